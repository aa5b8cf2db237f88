"""Proof that a record was not altered: canonical bytes, hashes, Merkle trees, signatures.

Pure functions on bytes, so that an outsider can write the same in an hour. Hashes and trees follow
RFC 6962 §2.1 (leaf `SHA-256(0x00 ‖ d)`, node `SHA-256(0x01 ‖ l ‖ r)`, the left subtree is the
largest power of two below n), canonical bytes RFC 8785, signatures Ed25519 (RFC 8032).
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

EMPTY_ROOT = sha256(b"").digest()


def canonical(data: Mapping[str, Any]) -> bytes:
    """`data` as RFC 8785 JSON in UTF-8. Raises rfc8785.CanonicalizationError for a float or date.

    Decimals are written as strings by whoever builds `data`.
    """
    return rfc8785.dumps(data)


def leaf(data: bytes) -> bytes:
    """The hash of a record."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle root of leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    # Pairing from the left and carrying the odd one up gives the tree of RFC 6962.
    while len(level) > 1:
        paired = [node(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = paired + (level[-1:] if len(level) % 2 else [])
    return level[0]


def proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The sibling hashes from leaf `index` up to the root (the audit path). Raises IndexError."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path: list[bytes] = []
    level, at = list(leaves), index
    while len(level) > 1:
        sibling = at ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        paired = [node(*level[each : each + 2]) for each in range(0, len(level) - 1, 2)]
        level, at = paired + (level[-1:] if len(level) % 2 else []), at // 2
    return path


def climb(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which `path` leads from leaf `index` of `size`; None for a path of wrong length.

    The check of RFC 9162 §2.1.3.2, the same tree.
    """
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def commitment(salt: str, text: str) -> str:
    """What stands in a record for words that may have to be erased: SHA-256(salt ‖ text), hex."""
    return sha256(f"{salt}{text}".encode()).hexdigest()


def signing_key(secret: str) -> Ed25519PrivateKey:
    """The key that signs tree heads, derived from the operator's secret (HKDF-SHA256)."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tree-head ed25519")
    return Ed25519PrivateKey.from_private_bytes(derive.derive(secret.encode()))


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public key that checks its signatures, 64 hex digits."""
    return key.public_key().public_bytes_raw().hex()


def signed_by(public: str, signature: str, data: bytes) -> bool:
    """Whether `signature` (hex) of `data` was made with the key that `public` (hex) belongs to."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True
