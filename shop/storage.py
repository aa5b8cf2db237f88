"""The one home of files: a folder on this machine, or a bucket of any S3 server.

Callers know keys (`stamps/2026/ab12.pdf`), never paths. A key is one or more parts between
slashes; each part is letters, digits and `. _ - @ + =`, and does not begin with a dot.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from flask_babel import gettext as _

from shop.errors import DomainError
from shop.settings import Settings

Data = bytes | Path | BinaryIO

CHUNK_BYTES = 64 * 1024
MAX_KEY_BYTES = 900  # S3 allows 1024
MAX_PRESIGNED_SECONDS = 7 * 24 * 3600  # the limit of signature version 4

_PART = r"[A-Za-z0-9_@+=-][A-Za-z0-9._@+=-]{0,199}"
_KEY = re.compile(rf"{_PART}(/{_PART})*")
_MISSING = {"404", "NoSuchKey", "NotFound"}


class StorageError(DomainError):
    """Anything that can go wrong with a stored file."""

    status = 500


class NotStored(StorageError):
    """No file under this key. `facts["key"]`."""

    status = 404

    def __init__(self, key: str) -> None:
        super().__init__(_("Không tìm thấy tệp."), key=key)


class BadKey(StorageError):
    """A key that could leave the store or that one of the backends cannot hold."""

    status = 400

    def __init__(self, key: str) -> None:
        super().__init__(_("Tên tệp không hợp lệ."), key=key)


class StorageDown(StorageError):
    """The disk or the S3 server does not answer or refuses us. `why`: its own words, for logs."""

    status = 503

    def __init__(self, why: str) -> None:
        super().__init__(_("Kho tệp đang tạm nghỉ. Xin thử lại sau."))
        self.why = why


class Storage(Protocol):
    """What both backends can do. Every method may raise BadKey and StorageDown.

    `read` (whole) and `size` (bytes) raise NotStored; `delete` does nothing where there is no file;
    `where` is for people to see: a path or `s3://bucket/key`.
    """

    def prepare(self) -> None:
        """Make the folder or the bucket if it is not there; once, before the first start."""

    def read(self, key: str) -> bytes: ...
    def exists(self, key: str) -> bool: ...
    def size(self, key: str) -> int: ...
    def delete(self, key: str) -> None: ...
    def where(self, key: str) -> str: ...

    def put(self, key: str, data: Data, content_type: str) -> None:
        """Store `data`, replacing what was there; readers see the old or the new, never a part.

        A stream is read to its end and closed.
        """

    def stream(self, key: str) -> Iterator[bytes]:
        """The file in pieces of at most CHUNK_BYTES. Raises NotStored at the call, not later."""

    def url(self, key: str, *, seconds: int, filename: str | None = None) -> str | None:
        """An address anybody can read from for `seconds`, saved there as `filename`.

        None: this backend has no address of its own, the web server must pass the file on.
        """


def of(settings: Settings) -> Storage:
    """The storage that the settings name."""
    return open_storage(
        settings.var_dir / "files",
        bucket=settings.s3_bucket,
        endpoint_url=settings.s3_endpoint_url,
        access_key=settings.s3_access_key_id,
        secret_key=settings.s3_secret_access_key,
        region=settings.s3_region,
    )


def open_storage(
    folder: Path,
    *,
    bucket: str | None = None,
    endpoint_url: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
    region: str = "us-east-1",
) -> Storage:
    """The bucket when there is one, else `folder`. Touches neither disk nor network yet.

    Without keys boto3 looks for them where it always does (environment, instance profile).
    """
    if bucket is None:
        return FolderStorage(folder)
    return BucketStorage(
        bucket,
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name=region,
    )


def checked(key: str) -> str:
    """`key` itself. Raises BadKey unless it is safe in a path, in S3 and in an address."""
    if not _KEY.fullmatch(key) or len(key) > MAX_KEY_BYTES:
        raise BadKey(key)
    return key


class FolderStorage:
    """Files below one folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, data: Data, content_type: str) -> None:
        # The content type is not kept: who serves the file knows it.
        path = self._path(key)
        with _opened(data) as source:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace(path, source)
            except OSError as error:
                raise StorageDown(str(error)) from error

    def read(self, key: str) -> bytes:
        return b"".join(self.stream(key))

    def stream(self, key: str) -> Iterator[bytes]:
        return _pieces(self._open(key))

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def size(self, key: str) -> int:
        with self._open(key) as file:
            return os.fstat(file.fileno()).st_size

    def delete(self, key: str) -> None:
        try:
            if self.exists(key):
                self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageDown(str(error)) from error

    def url(self, key: str, *, seconds: int, filename: str | None = None) -> str | None:
        checked(key)
        return None  # the web server passes the file on

    def where(self, key: str) -> str:
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self.folder / checked(key)

    def _open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotStored(key) from None
        except OSError as error:
            raise StorageDown(str(error)) from error


class BucketStorage:
    """Objects of one bucket. `connection`: the keyword arguments of `boto3.client`."""

    def __init__(self, bucket: str, **connection: Any) -> None:
        self.bucket = bucket
        self._connection = connection

    @cached_property
    def client(self) -> Any:
        """The boto3 client, made at first use: a process that stores nothing pays nothing."""
        # Other S3 servers rarely have a host name per bucket, nor know the newer checksums.
        custom = self._connection.get("endpoint_url") is not None
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if custom else "auto"},
            connect_timeout=3,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        # A session of its own: the default one of boto3 must not be used by two threads at once.
        return boto3.session.Session().client("s3", config=config, **self._connection)

    def prepare(self) -> None:
        try:
            self.client.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _MISSING:
                raise StorageDown(str(error)) from error
            self.client.create_bucket(Bucket=self.bucket)
        except BotoCoreError as error:
            raise StorageDown(str(error)) from error

    def put(self, key: str, data: Data, content_type: str) -> None:
        more = {"ContentType": content_type}
        with _opened(data) as source:
            self._call("upload_fileobj", key, Fileobj=source, ExtraArgs=more)

    def read(self, key: str) -> bytes:
        return b"".join(self.stream(key))

    def stream(self, key: str) -> Iterator[bytes]:
        return _received(self._call("get_object", key)["Body"])

    def exists(self, key: str) -> bool:
        with suppress(NotStored):
            self._call("head_object", key)
            return True
        return False

    def size(self, key: str) -> int:
        return int(self._call("head_object", key)["ContentLength"])

    def delete(self, key: str) -> None:
        self._call("delete_object", key)

    def url(self, key: str, *, seconds: int, filename: str | None = None) -> str | None:
        wanted = {"Bucket": self.bucket, "Key": key}
        if filename is not None:
            name = quote(filename, safe="")
            wanted["ResponseContentDisposition"] = f"attachment; filename*=UTF-8''{name}"
        more = {"Params": wanted, "ExpiresIn": min(seconds, MAX_PRESIGNED_SECONDS)}
        with self._errors(key):
            return str(self.client.generate_presigned_url("get_object", **more))

    def where(self, key: str) -> str:
        return f"s3://{self.bucket}/{checked(key)}"

    def _call(self, operation: str, key: str, **more: Any) -> Any:
        with self._errors(key):
            return getattr(self.client, operation)(Bucket=self.bucket, Key=key, **more)

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        checked(key)
        try:
            yield
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _MISSING:
                raise NotStored(key) from None
            raise StorageDown(str(error)) from error
        except BotoCoreError as error:
            raise StorageDown(str(error)) from error


def _replace(path: Path, source: BinaryIO) -> None:
    # The name is taken only once the bytes are on the disk; a crash leaves at most a hidden file.
    handle, name = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            shutil.copyfileobj(source, out, CHUNK_BYTES)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
        _sync_folder(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _opened(data: Data) -> BinaryIO:
    if isinstance(data, Path):
        return data.open("rb")
    return BytesIO(data) if isinstance(data, bytes) else data


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


def _received(body: Any) -> Iterator[bytes]:
    try:
        yield from body.iter_chunks(CHUNK_BYTES)
    except BotoCoreError as error:  # the line broke half-way
        raise StorageDown(str(error)) from error
    finally:
        body.close()
