import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLEEPER = "import os, time; print('up', os.getpid(), flush=True); time.sleep(600)"
# Ready after a second, in which others might begin; with port 0 never.
WEB = """
import sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass
print("up", flush=True)
time.sleep(1)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Hello).serve_forever()
"""
PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
from shop import supervisor
from shop.supervisor import Child, Plan
child = Child("sleeper", [sys.executable, "-c", {sleeper!r}])
plan = Plan(var_dir=Path(sys.argv[1]), host="127.0.0.1", ports={{"PORT": int(sys.argv[2])}},
    postgres=False, valkey=True, before=[Child("step", [sys.executable, "-c", "print('stepped')"])],
    children=[child], ready_url="http://127.0.0.1:9/", address="http://127.0.0.1:9")
if len(sys.argv) > 3:
    supervisor.PATIENCE_SECONDS = float(sys.argv[3])
    web = Child("web", [sys.executable, "-c", {web!r}, sys.argv[2]])
    url = f"http://127.0.0.1:{{sys.argv[2]}}/"
    plan = replace(plan, children=[web, child], ready_url=url, address=url)
try:
    supervisor.run(plan)
except supervisor.CannotStart as error:
    print(error, file=sys.stderr)
    sys.exit(2)
"""


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def start(tmp_path, free_port):
    started = []

    def run(port=free_port, *more):
        program = PROGRAM.format(sleeper=SLEEPER, web=WEB)
        argv = [sys.executable, "-c", program, str(tmp_path), str(port), *map(str, more)]
        process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def child_pid(process):
    """The next pid that the sleeper tells."""
    for line in process.stdout:
        if line.startswith("sleeper") and " up " in line:
            return int(line.split()[-1])
    raise AssertionError(process.stderr.read())


def is_gone(pid, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def valkey_pid(var_dir):
    return int((var_dir / "run" / "valkey.pid").read_text())


def test_a_taken_port_is_one_line_naming_it(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = start(port)
        out, err = refused.communicate(timeout=20)
    assert (refused.returncode, out) == (2, "")
    assert err == f"Cổng {port} đang bị chiếm: hãy đặt PORT sang cổng khác.\n"


def test_a_second_run_on_the_same_folder_refuses(start, tmp_path):
    first = start()
    child_pid(first)
    second = start()
    _out, err = second.communicate(timeout=20)
    assert second.returncode == 2
    assert err == f"`ocop run` khác (pid {first.pid}) đang chạy trên {tmp_path}.\n"


def test_sigterm_stops_everything_without_a_traceback(start, tmp_path):
    stack = start()
    sleeper = child_pid(stack)
    valkey = valkey_pid(tmp_path)
    stack.send_signal(signal.SIGTERM)
    _out, err = stack.communicate(timeout=20)
    assert (stack.returncode, err) == (0, "")
    assert is_gone(sleeper)
    assert is_gone(valkey)


def test_a_killed_child_is_started_again(start):
    stack = start()
    first = child_pid(stack)
    os.kill(first, signal.SIGKILL)
    assert child_pid(stack) != first


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-died signal")
def test_a_killed_supervisor_leaves_nothing_behind(start, tmp_path):
    stack = start()
    sleeper = child_pid(stack)
    valkey = valkey_pid(tmp_path)
    stack.kill()
    assert is_gone(sleeper)
    assert is_gone(valkey)
    child_pid(start())


def told(process, *wanted):
    """Which of `wanted` stand in its lines, in their order, up to the first of them."""
    found = []
    for line in process.stdout:
        found += [word for word in wanted if word in line and word not in found]
        if wanted[0] in found:
            return found
    raise AssertionError(process.stderr.read())


def test_the_first_child_has_the_machine_to_itself_until_it_answers(start, free_port):
    stack = start(free_port, 60)
    order = ["web       | up", "sẵn sàng", "sleeper"]
    assert told(stack, *reversed(order)) == order, "or another program took the port"


def test_a_first_child_that_never_answers_keeps_nobody_waiting_for_ever(start):
    stack = start(0, 1)
    assert child_pid(stack)
