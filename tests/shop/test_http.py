import socket
import threading
from contextlib import suppress

import pytest

from shop import http


@pytest.fixture
def silent():
    """A server that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def answering():
    """A server that answers one call with a redirect."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            client, _address = server.accept()
            with client:
                client.recv(65536)
                client.sendall(
                    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
                )

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_nobody_listening_is_known_not_to_have_been_sent():
    with pytest.raises(http.CallFailed) as failed:
        http.call("GET", "http://127.0.0.1:1/path")
    assert failed.value.sent is False


def test_no_answer_in_time_may_have_arrived(silent, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.2))
    with pytest.raises(http.CallFailed) as failed:
        http.call("POST", f"{silent}/path", json={})
    assert failed.value.sent is True


def test_neither_logs_nor_errors_hold_the_query(silent, monkeypatch, caplog):
    caplog.set_level("DEBUG")
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.2))
    with pytest.raises(http.CallFailed) as failed:
        http.call("GET", f"{silent}/path", params={"access_token": "hidden-word"})
    assert "hidden-word" not in str(failed.value)
    assert "hidden-word" not in caplog.text


def test_a_redirect_is_an_answer_and_is_not_followed(answering):
    assert http.call("GET", f"{answering}/path").status_code == 302


@pytest.fixture
def talkative():
    """A server whose answer has no end."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            client, _address = server.accept()
            with client, suppress(OSError):
                client.recv(65536)
                client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                while True:
                    client.sendall(b"x" * 65536)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_an_answer_without_end_is_given_up(talkative, monkeypatch):
    monkeypatch.setattr(http, "MOST_BYTES", 1024 * 1024)
    with pytest.raises(http.CallFailed) as failed:
        http.call("GET", talkative)
    assert failed.value.sent is True
