"""Lazada's signatures: HMAC-SHA256 under the app secret.

Source: Open Platform, "Signature algorithm" and "Lazada Push Mechanism".
"""

import hashlib
import hmac
from collections.abc import Mapping


def call(app_secret: str, path: str, params: Mapping[str, str]) -> str:
    """Of a call, in upper-case hex. `path` begins after /rest; `params` system and business ones
    as they are before encoding, files and `sign` apart.
    """
    told = "".join(key + params[key] for key in sorted(params))
    return _hex(app_secret, (path + told).encode()).upper()


def push(app_secret: str, app_key: str, raw: bytes) -> str:
    """Of a message the marketplace sends us, in lower-case hex (its Authorization header)."""
    return _hex(app_secret, app_key.encode() + raw)


def _hex(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
