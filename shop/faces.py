"""How what goes wrong looks: a page for people, problem details for programs."""

import structlog
from flask import (
    Flask,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    SecurityError,
)

from shop import api, broker, errors, pages
from shop.accounts import access
from shop.database import is_outage

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Answer every error of the app."""
    app.errorhandler(errors.DomainError)(_domain_error)
    app.errorhandler(CSRFError)(_csrf_error)
    app.errorhandler(HTTPException)(_http_error)
    app.errorhandler(Exception)(_unexpected)


def _domain_error(error: errors.DomainError) -> ResponseReturnValue:
    if error.status >= 500:
        log.warning("refused", error=type(error).__name__, why=getattr(error, "why", None))
    if pages.wants_json():
        response = api.problem(error)
    elif isinstance(error, access.MustSignIn) and request.method == "GET":
        return redirect(url_for("security.login", next=error.facts["next"]))
    else:
        response = make_response(_error_page(error.status, error.message))
    if isinstance(error, errors.TooMany):
        response.headers["Retry-After"] = str(error.facts["retry_after"])
    return response


def _csrf_error(error: CSRFError) -> ResponseReturnValue:
    return _error_page(
        400, _("Trang này đã mở quá lâu. Xin quay lại, tải lại trang rồi gửi lần nữa.")
    )


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    foreign_host = isinstance(error, SecurityError)  # then there are no addresses for a page
    if error.response is not None or status < 400 or foreign_host:
        return error
    if pages.wants_json():
        facts = {"errors": error.data["messages"]} if hasattr(error, "data") else {}
        answer = make_response(api.plain_problem(status, error.name, **facts))
    else:
        answer = make_response(_error_page(status, _words(status)))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.allow.update(error.valid_methods)
    return answer


def _words(status: int) -> str:
    known: dict[int, str] = {
        400: _("Không hiểu được yêu cầu này. Xin quay lại trang trước và thử lại."),
        403: _("Bạn không được làm việc này."),
        404: _("Không có trang này."),
        405: _("Trang này không nhận kiểu gửi ấy."),
        413: _("Tệp gửi lên quá lớn."),
        429: _("Thử quá nhiều lần. Xin đợi ít phút."),
    }
    return known.get(status) or _("Có trục trặc phía chúng tôi. Xin thử lại sau ít phút.")


def _unexpected(error: Exception) -> ResponseReturnValue:
    if isinstance(error, RecursionError):
        return _http_error(BadRequest())
    outage = error if isinstance(error, DBAPIError) else None
    if isinstance(error, (*broker.OUTAGES, PoolTimeout)) or (outage and is_outage(outage)):
        log.warning("a server is away", error=type(error).__name__, page=request.endpoint)
        return _unavailable()
    # Not the path: some carry a token.
    log.error("unexpected error", page=request.endpoint, exc_info=error)
    return _http_error(InternalServerError())


def _unavailable() -> ResponseReturnValue:
    if pages.wants_json():
        response = api.problem(errors.Unavailable("server"))
    else:
        # Rendered without the context of other pages, which asks the database who is signed in.
        page = current_app.jinja_env.get_template("errors/unavailable.html")
        response = make_response(page.render(lang=str(get_locale()), request_id=g.request_id), 503)
    response.headers["Retry-After"] = "10"
    return response


def _error_page(status: int, message: str) -> ResponseReturnValue:
    try:
        page = render_template("errors/error.html", status=status, message=message)
    except (*broker.OUTAGES, DBAPIError):
        # The frame of the page shows who is signed in, which the database must answer.
        return _unavailable()
    return make_response(page, status)
