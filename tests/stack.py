"""The whole stack as a user starts it: `ocop run` in a process, on a folder of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stack:
    """A running `ocop run`. `lines`: what it printed so far."""

    var_dir: Path
    port: int
    sandbox_port: int
    demo: bool = True
    process: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        ours = {
            "VAR_DIR": str(self.var_dir),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
            "LOG_FORMAT": "json",
            "DEMO": str(self.demo).lower(),
        }
        clean = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
        return clean | ours

    def start(self) -> "Stack":
        command = [sys.executable, "-m", "shop.cli", "run"]
        self.process = subprocess.Popen(
            command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        self.wait_for(lambda: self.status("/readyz") == 200, 180)
        if self.demo:
            self.wait_for(lambda: any("Đăng nhập" in line for line in self.lines), 120)
        self.wait_for(lambda: any(c.endswith(" scheduler") for c in self.commands().values()), 120)
        return self

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            self.lines.append(line.rstrip())

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def status(self, path: str, **headers: str) -> int:
        """The status of a GET; 0 when nobody listens."""
        return self.get(path, **headers)[0]

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_for(self, is_true, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < deadline, "\n".join(self.lines[-60:])
            assert self.process
            assert self.process.poll() is None, "\n".join(self.lines[-60:])
            time.sleep(0.1)

    def ocop(self, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Another command beside the running stack, with these variables besides its own."""
        return subprocess.run(
            [sys.executable, "-m", "shop.cli", *argv],
            env=self.env | env,
            capture_output=True,
            text=True,
            timeout=240,
        )

    def sign_ins(self) -> list[tuple[str, str, str]]:
        """Phone, password and name of each demo person, as printed."""
        found = (re.search(r"Đăng nhập: (\S+)\s+mật khẩu: (\S+)\s+(.+)", s) for s in self.lines)
        return [match.groups() for match in found if match]  # type: ignore[misc]

    def servers(self) -> dict[str, int]:
        """The ports of the embedded servers."""
        return json.loads((self.var_dir / "run" / "servers.json").read_text())

    def children(self) -> list[int]:
        """Process ids of everything below the supervisor."""
        return sorted(self.commands())

    def commands(self) -> dict[int, str]:
        """Process id → command line of everything below the supervisor."""
        assert self.process
        listing = subprocess.run(
            ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split(None, 2) for line in listing.splitlines()]
        parent = {int(row[0]): int(row[1]) for row in rows}
        command = {int(row[0]): row[2].rstrip() for row in rows if len(row) == 3}
        below, grown = {self.process.pid}, True
        while grown:
            more = {pid for pid, above in parent.items() if above in below} - below
            below |= more
            grown = bool(more)
        return {pid: command.get(pid, "") for pid in below - {self.process.pid}}


def new(folder: Path, *, demo: bool = True) -> Stack:
    """A stack that is not started yet, in `folder`, on free ports."""
    folder.chmod(0o755)
    return Stack(folder / "var", free_port(), free_port(), demo)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
