"""Child processes: free ports, dying with the parent, and not being root."""

import ctypes
import errno
import gc
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now. Raises OSError for an unusable host."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
            return False
    return True


@contextmanager
def uncollected() -> Iterator[None]:
    """Inside, no garbage is collected: for loading what stays.

    Each full collection walks all that is loaded so far; together they were a sixth of the time in
    which a process starts.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def keep_loaded() -> None:
    """What this process has loaded stays for good: said once, before it begins to serve.

    Else every full collection of garbage walks the application's 400,000 objects, and whatever the
    process is doing waits for it, a sixth of a second. A child that is forked shares their memory
    as long as nobody walks them.
    """
    gc.collect()
    gc.freeze()


def die_with_parent(number: int = signal.SIGTERM) -> Callable[[], None]:
    """A `preexec_fn`: on Linux the kernel sends `number` to the child when its parent dies."""
    parent = os.getpid()

    def ask() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(number))
            if os.getppid() != parent:
                os._exit(1)

    return ask


@dataclass(frozen=True)
class Guise:
    """How to run a program that refuses to be root: a command before it, or another user."""

    prefix: list[str] = field(default_factory=list)
    user: str | None = None


def not_root() -> Guise:
    """The guise this process needs: none unless it is root.

    In a user namespace of its own the program sees itself as an ordinary user while its files
    stay root's, so it works below a private folder like /root too. Where namespaces are not
    allowed, a user that every system has owns the files, and every folder above must let it pass.
    """
    if os.geteuid() != 0:
        return Guise()
    namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if shutil.which(namespace[0]):
        tried = subprocess.run([*namespace, "true"], capture_output=True, check=False)
        if tried.returncode == 0:
            return Guise(prefix=namespace)
    return Guise(user="nobody")


def give(path: Path, guise: Guise) -> None:
    """Let the program that runs in `guise` own `path` and all below it."""
    if os.geteuid() != 0:
        return
    owner = pwd.getpwnam(guise.user or "root")
    if path.stat().st_uid == owner.pw_uid and not _has_strangers(path, owner.pw_uid):
        return
    for found in [path, *path.rglob("*")]:
        os.chown(found, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def _has_strangers(path: Path, uid: int) -> bool:
    # One look below is enough: a cluster belongs to one user as a whole.
    return path.is_dir() and any(below.lstat().st_uid != uid for below in path.iterdir())
