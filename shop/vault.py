"""Credentials and bank data at rest: sealed with AES-256-GCM under a key derived from VAULT_KEY."""

import base64
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "v1"
_MARK = b"v1."
_NONCE_BYTES = 12
_PURPOSE = b"ocop-hub vault v1"
_FINGERPRINTS = b"ocop-hub fingerprints v1"


class CannotOpen(Exception):
    """The text was not sealed with this key, or was changed since."""


def seal(plain: str, key: str) -> str:
    """`plain` as text that only the holder of `key` (any text of 32 characters or more) opens.

    The same plain text never seals to the same text twice.
    """
    return f"{_VERSION}.{base64.urlsafe_b64encode(_close(plain.encode(), key)).decode()}"


def open_sealed(sealed: str, key: str) -> str:
    """What `seal` was given. Raises CannotOpen; the message holds neither text nor key."""
    version, _, body = sealed.partition(".")
    try:
        return _open(base64.urlsafe_b64decode(body.encode()), key, version).decode()
    except (InvalidTag, ValueError):
        raise CannotOpen("sealed with another key, or damaged") from None


def seal_bytes(plain: bytes, key: str) -> bytes:
    """The same for bytes as they were received: shorter by a quarter than text would be."""
    return _MARK + _close(plain, key)


def is_sealed(kept: bytes) -> bool:
    """Whether these bytes begin as `seal_bytes` gives them."""
    return kept.startswith(_MARK)


def open_bytes(sealed: bytes, key: str) -> bytes:
    """What `seal_bytes` was given. Raises CannotOpen."""
    try:
        return _open(sealed.removeprefix(_MARK), key, _VERSION)
    except (InvalidTag, ValueError):
        raise CannotOpen("sealed with another key, or damaged") from None


def fingerprint(plain: str, key: str) -> str:
    """HMAC-SHA256 of `plain`, hex, under a key of its own derived from `key`.

    The same text has always the same one, and without the key nobody can try out which it was.
    """
    return hmac.digest(_derived(key, _FINGERPRINTS), plain.encode(), "sha256").hex()


def _close(plain: bytes, key: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_derived(key)).encrypt(nonce, plain, _VERSION.encode())


def _open(raw: bytes, key: str, version: str) -> bytes:
    nonce, closed = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
    return AESGCM(_derived(key)).decrypt(nonce, closed, version.encode())


@lru_cache(maxsize=8)
def _derived(key: str, purpose: bytes = _PURPOSE) -> bytes:
    if len(key) < 32:
        raise ValueError("a vault key has at least 32 characters")
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(key.encode())
