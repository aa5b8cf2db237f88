import io
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import s3_server

from shop import storage
from shop.storage import BadKey, NotStored, StorageDown

pytestmark = pytest.mark.xdist_group("s3")


@pytest.fixture(scope="module")
def server(s3):
    s3_server.client(s3).create_bucket(Bucket="ocop")
    return s3


def bucket(server, **other):
    wanted = {
        "bucket": "ocop",
        "endpoint_url": server.endpoint_url,
        "access_key": server.access_key,
        "secret_key": server.secret_key,
    }
    return storage.open_storage(Path("unused"), **(wanted | other))


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path):
    if request.param == "folder":
        return storage.open_storage(tmp_path / "files")
    return bucket(request.getfixturevalue("server"))


@pytest.fixture
def key(request):
    return f"tests/{abs(hash(request.node.name))}/Tem-1.pdf"


def test_what_is_put_is_read_back(store, key):
    store.put(key, b"%PDF-1", "application/pdf")
    assert store.read(key) == b"%PDF-1"
    assert store.size(key) == 6
    assert store.exists(key)


def test_an_empty_file_is_a_file(store, key):
    store.put(key, b"", "text/plain")
    assert (store.read(key), store.size(key), store.exists(key)) == (b"", 0, True)


def test_a_second_put_replaces_the_first(store, key):
    store.put(key, b"one", "text/plain")
    store.put(key, b"second", "text/plain")
    assert store.read(key) == b"second"


def test_a_path_and_a_stream_can_be_put(store, key, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"from a file")
    store.put(key, source, "text/plain")
    assert store.read(key) == b"from a file"
    store.put(key, io.BytesIO(b"from a stream"), "text/plain")
    assert store.read(key) == b"from a stream"
    assert source.read_bytes() == b"from a file"


def test_a_large_file_comes_in_small_pieces(store, key):
    large = bytes(range(256)) * 4096 * 10  # 10 MiB: S3 takes it in several parts
    store.put(key, io.BytesIO(large), "application/octet-stream")
    pieces = list(store.stream(key))
    assert b"".join(pieces) == large
    assert max(map(len, pieces)) <= storage.CHUNK_BYTES


def test_what_was_never_put_is_not_stored(store):
    assert not store.exists("tests/none")
    for ask in (store.read, store.stream, store.size):
        with pytest.raises(NotStored) as refusal:
            ask("tests/none")
        assert refusal.value.facts == {"key": "tests/none"}


def test_deleting_takes_the_file_away_and_may_be_repeated(store, key):
    store.put(key, b"x", "text/plain")
    store.delete(key)
    store.delete(key)
    assert not store.exists(key)


@pytest.mark.parametrize(
    "bad",
    ["", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", "a\\b", "a\nb", "a\0b", "a b",
     ".hidden", "a/.hidden", "chè.pdf", "a%2fb", "a" * 201, "/".join(["a" * 100] * 10), "C:x"],
)  # fmt: skip
def test_a_key_that_could_leave_the_store_is_refused_everywhere(store, bad):
    for ask in (store.read, store.stream, store.exists, store.size, store.delete, store.where):
        with pytest.raises(BadKey):
            ask(bad)
    with pytest.raises(BadKey):
        store.put(bad, b"x", "text/plain")
    with pytest.raises(BadKey):
        store.url(bad, seconds=60)


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path):
    class Breaks(io.BytesIO):
        def read(self, size=-1):
            raise OSError("the disk is gone")

    store = storage.open_storage(tmp_path)
    store.put("a/b", b"old", "text/plain")
    with pytest.raises(StorageDown) as refusal:
        store.put("a/b", Breaks(), "text/plain")
    assert refusal.value.why == "the disk is gone"
    assert store.read("a/b") == b"old"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_a_folder_has_no_address_but_a_place(tmp_path):
    store = storage.open_storage(tmp_path)
    assert store.url("a/b.pdf", seconds=60, filename="Tem.pdf") is None
    assert store.where("a/b.pdf") == str(tmp_path / "a" / "b.pdf")


def test_a_file_where_a_folder_should_be_is_no_traceback(tmp_path):
    store = storage.open_storage(tmp_path)
    store.put("a", b"x", "text/plain")
    assert not store.exists("a/b")
    store.delete("a/b")
    with pytest.raises(NotStored):
        store.read("a/b")
    with pytest.raises(StorageDown):
        store.put("a/b", b"x", "text/plain")


def test_a_presigned_address_is_good_for_anybody_and_names_the_file(server):
    store = bucket(server)
    store.put("tests/signed.pdf", b"%PDF-signed", "application/pdf")
    address = store.url("tests/signed.pdf", seconds=60, filename="Tem chè.pdf")
    with urllib.request.urlopen(address, timeout=10) as answer:
        assert answer.read() == b"%PDF-signed"
        assert answer.headers["Content-Type"] == "application/pdf"
        named = "attachment; filename*=UTF-8''Tem%20ch%C3%A8.pdf"
        assert answer.headers["Content-Disposition"] == named


def test_a_changed_presigned_address_is_refused(server):
    store = bucket(server)
    store.put("tests/one", b"1", "text/plain")
    store.put("tests/two", b"2", "text/plain")
    address = store.url("tests/one", seconds=60).replace("tests/one", "tests/two")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(address, timeout=10)
    refusal.value.close()
    assert refusal.value.code == 403


def test_the_place_of_an_object_is_its_s3_name(server):
    assert bucket(server).where("a/b") == "s3://ocop/a/b"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"secret_key": "wrong" * 8}, "SignatureDoesNotMatch"),
        ({"access_key": "UNKNOWN"}, "InvalidAccessKeyId"),
        ({"bucket": "no-such-bucket"}, "NoSuchBucket"),
    ],
)
def test_a_refusal_of_the_server_is_told_in_its_words(server, other, why):
    with pytest.raises(StorageDown) as refusal:
        bucket(server, **other).put("tests/x", b"x", "text/plain")
    assert why in refusal.value.why
    assert refusal.value.status == 503


def test_a_server_that_does_not_answer_is_down_and_not_a_missing_file():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: every connection is refused
        store = storage.open_storage(
            Path("unused"),
            bucket="ocop",
            endpoint_url=f"http://127.0.0.1:{taken.getsockname()[1]}",
            access_key="a",
            secret_key="b",
        )
        with pytest.raises(StorageDown):
            store.exists("a")


def test_a_missing_bucket_is_made_once(s3):
    bucket = storage.open_storage(
        Path("/nowhere"),
        bucket="made-by-prepare",
        endpoint_url=s3.endpoint_url,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
    )
    bucket.prepare()
    bucket.prepare()
    bucket.put("a.txt", b"a", "text/plain")
    assert bucket.read("a.txt") == b"a"
