"""One foreground process that keeps servers and children running, and leaves nothing behind.

A pure tool: what to run comes as argv lists. One thread only, so that the kernel's "parent died"
signal, which follows the thread that started a child, means this whole process.
"""

import fcntl
import os
import selectors
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO

from shop import embedded, processes
from shop.embedded import Running

STOP_SECONDS = 15.0
MAX_BACKOFF_SECONDS = 30.0
STEADY_SECONDS = 60.0
PATIENCE_SECONDS = 30.0
ANNOUNCE_SECONDS = 60.0


class CannotStart(RuntimeError):
    """Why the stack does not start, as one line for the operator."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM arrived."""


@dataclass(frozen=True)
class Child:
    """A process: a name for its log lines, what to run, and what to add to its environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to run. `ports`: variable name → port that must be free on `host`.

    `before` run once, in order; `children` are kept running and stopped in the order given. The
    first one begins alone: on two cores eight that begin at once keep people waiting for it. Once
    `ready_url` answers 200, or PATIENCE_SECONDS have passed, the others begin; once it answers,
    `address` is printed, and what `announce` writes.
    """

    var_dir: Path
    host: str
    ports: Mapping[str, int]
    postgres: bool
    valkey: bool
    before: Sequence[Child]
    children: Sequence[Child]
    ready_url: str
    address: str
    announce: Child | None = None


@dataclass
class _Kept:
    """A child or server under care; `start` starts it again, on the same port."""

    name: str
    process: subprocess.Popen[bytes]
    start: Callable[[], subprocess.Popen[bytes]]
    started: float
    failures: int = 0
    retry_at: float | None = None


def run(plan: Plan) -> None:
    """Run the plan until Ctrl-C or SIGTERM, then stop everything in order.

    Raises CannotStart when a port is taken, another run holds `var_dir`, or a step fails.
    """
    lock = _lock(plan.var_dir)
    _check_ports(plan)
    care = _Care(plan)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        care.start()
        care.watch()
    except Stopped:
        _say("ocop", "đang dừng…")
    except embedded.ServerFailed as error:
        raise CannotStart(str(error)) from None
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        care.stop()
        lock.close()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _check_ports(plan: Plan) -> None:
    for variable, port in plan.ports.items():
        try:
            free = processes.is_free(port, plan.host)
        except OSError as error:
            raise CannotStart(f"HOST {plan.host!r} không dùng được: {error.strerror}") from None
        if not free:
            raise CannotStart(f"Cổng {port} đang bị chiếm: hãy đặt {variable} sang cổng khác.")


def _lock(var_dir: Path) -> IO[str]:
    path = var_dir / "run" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        pid = lock.read().strip() or "?"
        lock.close()
        raise CannotStart(f"`ocop run` khác (pid {pid}) đang chạy trên {var_dir}.") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _say(name: str, line: str) -> None:
    print(f"{name:<10}| {line}", flush=True)


class _Care:
    """The processes of one run and the reading of their output."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.env = dict(os.environ)
        self.servers: list[Running] = []
        self.kept: list[_Kept] = []
        self.outputs = selectors.DefaultSelector()
        self.to_begin = list(plan.children)

    def start(self) -> None:
        """Servers, then what must run before, then the first child."""
        if self.plan.postgres:
            self._keep_server(embedded.start_postgres, "DATABASE_URL")
        if self.plan.valkey:
            self._keep_server(embedded.start_valkey, "REDIS_URL")
        for step in self.plan.before:
            process = self._spawn(step)
            while process.poll() is None:
                self._relay(0.1)
            self._relay(0)
            if process.returncode:
                raise CannotStart(f"Bước `{step.name}` hỏng (mã {process.returncode}).")
        self._begin(1)

    def watch(self) -> None:
        """Relay output, restart what died, begin the rest, announce once. Ends by Stopped."""
        ready, next_look = False, 0.0
        patience = time.monotonic() + PATIENCE_SECONDS
        while True:
            self._relay(0.2)
            for kept in self.kept:
                self._mend(kept)
            if not ready and time.monotonic() >= next_look:
                next_look = time.monotonic() + 0.5
                ready = _answers(self.plan.ready_url)
                if ready:
                    self._announce()
                if ready or next_look >= patience:
                    self._begin(len(self.to_begin))

    def _begin(self, count: int) -> None:
        for child in self.to_begin[:count]:
            self._keep(child.name, partial(self._spawn, child))
        del self.to_begin[:count]

    def stop(self) -> None:
        """Children in the order given, then servers, the last started first."""
        names = {server.name for server in self.servers}
        for kept in [k for k in self.kept if k.name not in names]:
            self._end(kept.process, signal.SIGTERM)
        for kept in reversed([k for k in self.kept if k.name in names]):
            self._end(kept.process, embedded.STOP_SIGNALS[kept.name])

    def _keep_server(self, start: Callable[..., Running], variable: str) -> None:
        running = start(self.plan.var_dir)
        self.env[variable] = running.url
        self.servers.append(running)

        def again() -> subprocess.Popen[bytes]:
            return start(self.plan.var_dir, port=running.port).process

        self.kept.append(_Kept(running.name, running.process, again, time.monotonic()))

    def _keep(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.kept.append(_Kept(name, start(), start, time.monotonic()))

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            list(child.argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self.env, "PYTHONUNBUFFERED": "1", **child.env},
            start_new_session=True,
            preexec_fn=processes.die_with_parent(),
        )
        assert process.stdout is not None  # noqa: S101
        os.set_blocking(process.stdout.fileno(), False)
        self.outputs.register(
            process.stdout, selectors.EVENT_READ, [child.name, b"", process.stdout]
        )
        return process

    def _relay(self, seconds: float) -> None:
        if not self.outputs.get_map():
            time.sleep(seconds)
        for key, _events in self.outputs.select(seconds):
            data = os.read(key.fd, 65536)
            *lines, key.data[1] = (key.data[1] + data).split(b"\n")
            for line in lines:
                _say(key.data[0], line.decode(errors="replace"))
            if not data:
                self.outputs.unregister(key.fileobj)
                key.data[2].close()

    def _mend(self, kept: _Kept) -> None:
        now = time.monotonic()
        if kept.retry_at is None:
            if kept.process.poll() is None:
                return
            if now - kept.started > STEADY_SECONDS:
                kept.failures = 0
            wait = min(0.5 * 2**kept.failures, MAX_BACKOFF_SECONDS)
            kept.failures, kept.retry_at = kept.failures + 1, now + wait
            _signal_group(kept.process, signal.SIGTERM)
            _say(
                "ocop", f"{kept.name} đã tắt (mã {kept.process.returncode}), {wait:g} s nữa mở lại"
            )
        elif now >= kept.retry_at:
            kept.started, kept.retry_at = now, None
            try:
                kept.process = kept.start()
            except embedded.ServerFailed as error:
                _say("ocop", str(error))

    def _end(self, process: subprocess.Popen[bytes], number: int) -> None:
        if process.poll() is None:
            process.send_signal(number)
        deadline = time.monotonic() + STOP_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            self._relay(0.05)
        # What the child itself started goes too.
        _signal_group(process, signal.SIGKILL)
        process.wait()

    def _announce(self) -> None:
        _say("ocop", f"sẵn sàng: {self.plan.address}  (Ctrl-C để dừng)")
        if self.plan.announce is not None:
            child = self.plan.announce
            try:
                shown = subprocess.run(
                    list(child.argv),
                    env={**self.env, **child.env},
                    capture_output=True,
                    text=True,
                    timeout=ANNOUNCE_SECONDS,
                )
            except subprocess.TimeoutExpired:
                _say("ocop", f"`{child.name}` chưa xong sau {ANNOUNCE_SECONDS:g} s, bỏ qua.")
                return
            sys.stdout.write(shown.stdout)
            sys.stdout.flush()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False
