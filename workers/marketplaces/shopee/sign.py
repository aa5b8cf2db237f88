"""Shopee's signatures: lower-case hex of HMAC-SHA256 under the partner key as text.

Source: Open Platform, "Authorization and authentication" and "Push mechanism".
"""

import hashlib
import hmac


def public(partner_key: str, partner_id: str, path: str, timestamp: int) -> str:
    """Of a call for nobody's shop. `path` begins /api/v2, without host and query."""
    return _hex(partner_key, f"{partner_id}{path}{timestamp}".encode())


def shop(public_base: str, partner_key: str, access_token: str, shop_id: str) -> str:
    """Of a call for a shop; `public_base` as `base` gives it. Neither query nor body is signed."""
    return _hex(partner_key, f"{public_base}{access_token}{shop_id}".encode())


def base(partner_id: str, path: str, timestamp: int) -> str:
    """What every signature begins with. `timestamp` in epoch seconds, good for five minutes."""
    return f"{partner_id}{path}{timestamp}"


def push(push_key: str, callback_url: str, raw: bytes) -> str:
    """Of a message the marketplace sends us, to be compared with its Authorization header."""
    return _hex(push_key, f"{callback_url}|".encode() + raw)


def _hex(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
