"""Public pages may be kept: a minute without asking, then by their tag (304 when unchanged).

Only what is the same for every visitor: with a session, or a form's token in the page, never.
"""

from flask import Response, current_app, g, request, session

from shop.accounts import access

FRESH_SECONDS = 60
_ASK = "ask_each_time"
# Flask-Login's: it signs in whoever comes back with it.
_REMEMBERED = "remember_token"


def ask_each_time() -> None:
    """What this page says must never be late: who keeps it asks each time whether it holds."""
    setattr(g, _ASK, True)


def keep(response: Response) -> Response:
    """Let browsers and proxies keep the answer where it is everybody's."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    if not _is_everybodys():
        response.headers.setdefault("Cache-Control", "private, no-cache")
    else:
        response.cache_control.public = True
        if g.get(_ASK):
            response.cache_control.no_cache = True
        else:
            response.cache_control.max_age = FRESH_SECONDS
        # The language is a cookie.
        response.vary.add("Cookie")
        response.add_etag()
    return response


def _is_everybodys() -> bool:
    name = current_app.config["SESSION_COOKIE_NAME"]
    known = name in request.cookies or _REMEMBERED in request.cookies
    return not known and not session.modified and access.current() is None
