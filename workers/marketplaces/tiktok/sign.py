"""TikTok Shop's signatures: lower-case hex of HMAC-SHA256 under the app secret.

Source: Partner Center, "Sign your API request" and "Webhooks overview".
"""

import hashlib
import hmac
from collections.abc import Mapping

# Stand in a query and are not signed.
UNSIGNED = ("sign", "access_token")


def call(secret: str, path: str, query: Mapping[str, str], raw: bytes = b"") -> str:
    """Of a call. `path` without host; `query` as it is before encoding.

    `raw`: the very bytes of the body; nothing for multipart/form-data.
    """
    told = "".join(name + query[name] for name in sorted(query) if name not in UNSIGNED)
    return _hex(secret, f"{secret}{path}{told}".encode() + raw + secret.encode())


def push(secret: str, app_key: str, raw: bytes) -> str:
    """Of a message TikTok Shop sends us, to be compared with its Authorization header."""
    return _hex(secret, app_key.encode() + raw)


def _hex(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
