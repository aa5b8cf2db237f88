"""HTML pages: rendering, forms, paging, what is public, and the headers of every answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow import Schema
from sqlalchemy import Select, func, select

from shop import once
from shop.database import db
from shop.errors import BadInput, DomainError

F = TypeVar("F", bound=Callable[..., ResponseReturnValue])

PAGE_SIZE = 25
FURTHEST_PAGE = 1_000_000
# Pages that hold nobody's secret; all others are kept by no cache and found by no search engine.
OPEN_BLUEPRINTS = {
    "storefront",
    "public_markets",
    "scan",
    "sights",
    "catalogue_api",
    "sellers_api",
    "landmarks_api",
    "health",
    "api-docs",
    "apidocs",
    "area_pages",
    "open_data",
}

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def public(view: F) -> F:
    """Mark a view that anybody may see. Every other view needs a signed-in person."""
    view.public = True  # type: ignore[attr-defined]
    return view


def takes_files(most_bytes: int) -> Callable[[F], F]:
    """Mark a view whose form carries files: from signed-in people it takes so many bytes.

    Below the route and `access.signed_in`. Other bodies keep to MAX_CONTENT_LENGTH.
    """

    def mark(view: F) -> F:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark


def page(template: str, **values: Any) -> Response:
    """A rendered page; 422 when its form was refused."""
    form = values.get("form")
    status = 422 if isinstance(form, Form) and form.errors else 200
    return make_response(render_template(template, **values), status)


def saved(endpoint: str, message: str | None = None, **values: Any) -> ResponseReturnValue:
    """After a change: say so and show the result with a GET (a reload sends nothing twice)."""
    flash(message or _("Đã lưu."), "good")
    return redirect(url_for(endpoint, **values), 303)


@dataclass
class Form:
    """What a person typed, what is wrong with it, and the data once it is right.

    `values` and `errors` are what the form macros show; `key` is the client key (see `once`);
    `prefix` tells apart two forms of one page that share field names.
    """

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    key: str = field(default_factory=once.new_key)
    prefix: str = ""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn a refusal raised in the block into a message on the form."""
        try:
            yield
        except DomainError as error:
            if error.status == 404:
                raise
            # The same form, sent at the same moment, may have acted first.
            if address := once.led_to(self.key):
                abort(redirect(address, 303))
            if isinstance(error, BadInput):
                self.errors.update(error.errors)
            else:
                self.errors.setdefault("", []).append(error.message)


def form(schema: Schema, start: dict[str, Any] | None = None) -> Form:
    """The form of this request: on GET with `start` values, on POST checked by `schema`.

    `form.data` is filled only when a POST passed the schema.
    """
    if request.method != "POST":
        return Form(values=start or {})
    sent = Form(values=request.form.to_dict(), key=once.checked(request.form.get("_once")))
    sent.errors = schema.validate(request.form)
    if not sent.errors:
        sent.data = schema.load(request.form)
    return sent


def refused(endpoint: str, form: Form, **values: Any) -> ResponseReturnValue:
    """A small form without a page of its own was wrong: say why on the page it came from."""
    for reasons in form.errors.values():
        for reason in reasons:
            flash(reason, "bad")
    return redirect(url_for(endpoint, **values), 303)


def repeated(form: Form) -> ResponseReturnValue | None:
    """Where the first submit of this very form led, if it was sent before."""
    if request.method != "POST":
        return None
    address = once.led_to(form.key)
    return redirect(address, 303) if address else None


class SentTwice(DomainError):
    """The same form arrived twice at the same moment; the first one acted."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Biểu mẫu này vừa được gửi rồi."))


def claim(form: Form, endpoint: str, **values: Any) -> None:
    """Claim the form's client key in the transaction that acts on it. Raises SentTwice."""
    if not once.claim(form.key, url_for(endpoint, **values)):
        raise SentTwice


@dataclass(frozen=True)
class Page:
    """One page of a long list. `total` counts all rows, `number` starts at 1.

    `more`: there are more rows than `total`, which nobody has counted and no page shows.
    """

    items: list[Any]
    number: int
    total: int
    size: int = PAGE_SIZE
    more: bool = False

    @property
    def counted(self) -> str:
        """How many rows there are, in words: “118”, “hơn 1.000”."""
        total = format_decimal(self.total)
        return str(_("hơn %(total)s", total=total)) if self.more else str(total)

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def prev_url(self) -> str | None:
        """Address of the page before, or None."""
        return self._url(self.number - 1) if self.number > 1 else None

    @property
    def last_url(self) -> str:
        """Address of the last page."""
        return str(self._url(self.pages))

    @property
    def next_url(self) -> str | None:
        """Address of the page after, or None."""
        return self._url(self.number + 1) if self.number < self.pages else None

    def _url(self, number: int) -> str:
        kept = {k: v for k, v in request.args.items() if k != "trang"}
        values: dict[str, Any] = {**(request.view_args or {}), **kept, "trang": number}
        return url_for(str(request.endpoint), **values)


def paged(query: Select[Any], size: int = PAGE_SIZE) -> Page:
    """The page of `query` that the address asks for (`?trang=2`); two queries."""
    number = asked_number()
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
    rows = db.session.scalars(query.limit(size).offset((number - 1) * size))
    return Page(list(rows.unique()), number, total or 0, size)


def asked_number() -> int:
    """The number of the page that the address asks for (`?trang=2`)."""
    return min(max(1, request.args.get("trang", 1, type=int)), FURTHEST_PAGE)


def panels(place: str, **values: Any) -> Markup:
    """The pieces that other rooms lend to `place` (see wiring.PANELS)."""
    lent = current_app.extensions["panels"].get(place, [])
    # Rendered by templates of our own, which have escaped what needs it.
    return Markup("").join(Markup(piece(**values)) for piece in lent)  # noqa: S704


def wants_json() -> bool:
    """Whether this request is a program's: under /api, or asking for JSON first."""
    if request.path.startswith(("/api/", "/webhooks/")):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


class Sessions(SecureCookieSessionInterface):
    """The session's cookie, left out of answers that are the same for everybody.

    With `Vary: Cookie` a browser would ask again for every photo after each change of the cookie.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the session, unless the answer is marked `public`."""
        if not response.cache_control.public:
            super().save_session(app, session, response)


def security_headers(base_url: str) -> dict[str, str]:
    """What every answer of a site at `base_url` says to protect its visitors."""
    https = {"Strict-Transport-Security": "max-age=31536000"}
    return SECURITY_HEADERS | (https if base_url.startswith("https:") else {})


def init_app(app: Flask, *, base_url: str) -> None:
    """Give every answer its security headers, every template `panels`."""
    app.session_interface = Sessions()
    always = security_headers(base_url)

    @app.after_request
    def harden(response: Response) -> Response:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        # Older browsers know only this header, and it has no word for "anybody".
        if "frame-ancestors *" in response.headers["Content-Security-Policy"]:
            response.headers.pop("X-Frame-Options")
        if request.endpoint != "static" and request.blueprint not in OPEN_BLUEPRINTS:
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("X-Robots-Tag", "noindex")
        return response

    app.jinja_env.globals["panels"] = panels
