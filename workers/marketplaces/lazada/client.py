"""Lazada's calls: signed, answered, checked; and the tokens that make them possible."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from shop import clock, http
from workers.marketplaces.lazada import errors, sign
from workers.marketplaces.protocol import Grant, Partner, Refused, Retry, Shop, Tokens

COUNTRY = "vn"


def consent_url(partner: Partner, redirect_url: str, state: str) -> str:
    """Where the seller agrees; leads back with `code`, good once and for half an hour."""
    query = {
        "response_type": "code",
        "force_auth": "true",
        "redirect_uri": redirect_url,
        "client_id": partner.key,
        "state": state,
    }
    return f"{partner.consent}/oauth/authorize?{urlencode(query)}"


def exchange(partner: Partner, came_back: Mapping[str, str]) -> Grant:
    """The Vietnamese shop of the account that agreed, and its first tokens."""
    answer = _token_call(partner, "/auth/token/create", {"code": came_back.get("code", "")})
    for user in answer.get("country_user_info") or []:
        if str(user.get("country")).lower() == COUNTRY:
            name = str(answer.get("account") or "")
            return Grant(str(user["seller_id"]), name, _tokens(answer))
    raise Refused("no_shop_in_vietnam")


def refresh(partner: Partner, refresh_token: str, shop_id: str) -> Tokens:
    """The next pair; the consent ends when it would have ended anyway."""
    answer = _token_call(partner, "/auth/token/refresh", {"refresh_token": refresh_token})
    return _tokens({"refresh_token": refresh_token} | answer)


def _tokens(answer: dict[str, Any]) -> Tokens:
    """As the answer tells: kinds of apps differ in how long their tokens live."""
    now = int(clock.now().timestamp())
    ends = answer.get("refresh_expires_in")
    return Tokens(
        str(answer["access_token"]),
        str(answer["refresh_token"]),
        now + int(answer["expires_in"]),
        now + int(ends) if ends else None,
    )


def _token_call(partner: Partner, path: str, given: dict[str, Any]) -> dict[str, Any]:
    # As a form: what opens a shop does not stand in an address.
    return _checked(path, *_send("POST", partner.auth, path, signed(partner, path, given)))


def get(shop: Shop, path: str, **given: Any) -> Any:
    """A reading call such as "/products/get"; its `data`."""
    return _shop_call("GET", shop, path, given).get("data")


def post(shop: Shop, path: str, **given: Any) -> Any:
    """A writing call; its `data`."""
    return _shop_call("POST", shop, path, given).get("data")


def upload(shop: Shop, path: str, image: bytes) -> Any:
    """Send an image as multipart, which is not signed; its `data`."""
    return _shop_call("POST", shop, path, {}, files={"image": ("image", image)}).get("data")


def post_each(shop: Shop, path: str, payload: str) -> list[dict[str, Any]]:
    """A writing call about several SKUs; what its answer says of those that failed."""
    shop.before_call()
    query = signed(shop.partner, path, {"payload": payload}, shop.access_token)
    status, answer, retry_after = _send("POST", shop.partner.api, path, query)
    detail = answer.get("detail")
    if status < 400 and str(answer.get("code")) in errors.UMBRELLAS and detail:
        return [row if isinstance(row, dict) else {"message": row} for row in detail]
    errors.check(path, status, answer, retry_after)
    return []


def _shop_call(
    method: str, shop: Shop, path: str, given: dict[str, Any], **content: Any
) -> dict[str, Any]:
    shop.before_call()
    query = signed(shop.partner, path, given, shop.access_token)
    return _checked(path, *_send(method, shop.partner.api, path, query, **content))


def signed(
    partner: Partner, path: str, given: Mapping[str, Any], access_token: str = ""
) -> dict[str, str]:
    """Every parameter of a call with its signature. Empty ones are left out: clients disagree on
    whether they are signed.
    """
    system = {
        "app_key": partner.key,
        "timestamp": int(clock.now().timestamp() * 1000),
        "sign_method": "sha256",
        "access_token": access_token,
    }
    params = {key: str(value) for key, value in {**given, **system}.items() if value != ""}
    return params | {"sign": sign.call(partner.secret, path, params)}


def _send(
    method: str, host: str, path: str, query: dict[str, str], **content: Any
) -> tuple[int, dict[str, Any], str | None]:
    place = "params" if method == "GET" else "data"
    try:
        sent = http.call(method, host + path, **{place: query}, **content)
    except http.CallFailed as error:
        raise Retry("no_answer", str(error), away=True) from error
    try:
        answer = sent.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Retry(f"http_{sent.status_code}", "not JSON", away=True)
    return sent.status_code, answer, sent.headers.get("Retry-After")


def _checked(
    path: str, status: int, answer: dict[str, Any], retry_after: str | None
) -> dict[str, Any]:
    errors.check(path, status, answer, retry_after)
    return answer
