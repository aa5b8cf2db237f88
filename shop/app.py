"""create_app(): settings, tools, rooms, page frame. The only module that knows every room."""

import os
from functools import partial
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    has_request_context,
    request,
    url_for,
)
from flask_babel import Babel, Domain, get_locale
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix

from shop import (
    api,
    broker,
    clock,
    compression,
    faces,
    health,
    logs,
    menu,
    money,
    pages,
    phones,
    processes,
    quantities,
    storage,
    streams,
    wiring,
)
from shop import settings as settings_module
from shop.accounts import access, signin, tokens
from shop.database import db, engine_options
from shop.figures import Figure, Group
from shop.settings import ROOT, Settings
from traceability import lane

SITE_NAME = "Chợ OCOP"
LANGUAGES = (("vi", "Tiếng Việt"), ("en", "English"))
YEAR_SECONDS = 365 * 24 * 3600
UNVERSIONED_SECONDS = 300

# WTForms brings no Vietnamese; Flask-WTF takes the catalogue that a request carries.
WTFORMS = Domain(str(ROOT / "shop" / "translations"), "wtforms")

# Where pages are; each module has a blueprint `bp`.
VIEWS = (
    "shop.storefront.views",
    "shop.storefront.area_views",
    "shop.storefront.basket_views",
    "shop.apidocs",
    "shop.accounts.views",
    "shop.accounts.token_views",
    "shop.media.views",
    "shop.sellers.views",
    "shop.sellers.profile_views",
    "shop.sellers.stall_views",
    "shop.catalogue.views",
    "shop.catalogue.pack_views",
    "shop.catalogue.certificate_views",
    "shop.catalogue.evidence_views",
    "shop.catalogue.import_views",
    "shop.inventory.views",
    "shop.inventory.bulk_views",
    "shop.orders.views",
    "shop.orders.slip_views",
    "shop.orders.delivery_views",
    "shop.orders.buyer_views",
    "shop.orders.harvest_views",
    "shop.payments.views",
    "shop.payments.code_views",
    "shop.payments.webhooks",
    "shop.payments.gateway_views",
    "shop.payments.refund_views",
    "shop.payments.review_views",
    "shop.payments.entry_views",
    "shop.payments.payout_views",
    "shop.invoices.views",
    "shop.invoices.public",
    "shop.reconciliation.views",
    "shop.reconciliation.giving_back_views",
    "shop.reconciliation.closing_views",
    "shop.reconciliation.statement_views",
    "shop.reconciliation.settlement_views",
    "shop.books.views",
    "shop.books.file_views",
    "shop.markets.views",
    "shop.markets.booth_views",
    "shop.markets.helper_views",
    "shop.markets.plate_views",
    "shop.markets.import_views",
    "shop.markets.till_views",
    "shop.markets.goods_views",
    "shop.markets.day_views",
    "shop.markets.public",
    "shop.livestream.views",
    "shop.livestream.stage_views",
    "shop.livestream.slip_views",
    "shop.livestream.plan_views",
    "shop.livestream.pin_views",
    "shop.livestream.host_views",
    "shop.livestream.host_review_views",
    "shop.livestream.festival_views",
    "shop.livestream.watch_views",
    "shop.livestream.complaint_views",
    "shop.livestream.word_views",
    "shop.livestream.closing_views",
    "shop.livestream.work_views",
    "shop.livestream.source_views",
    "shop.livestream.public",
    "shop.community.views",
    "shop.community.public",
    "shop.community.training_views",
    "shop.community.consent_views",
    "shop.community.team_views",
    "shop.landmarks.views",
    "shop.landmarks.public",
    "shop.reports.views",
    "shop.reports.sheet_views",
    "shop.reports.official_views",
    "shop.reports.reported_views",
    "shop.reports.own_views",
    "shop.reports.public",
    "shop.admin.views",
    "shop.admin.leaving_views",
    "shop.admin.parting_views",
    "shop.admin.queue_views",
    "traceability.views",
    "traceability.layout_views",
    "traceability.lot_views",
    "traceability.event_views",
    "traceability.field_views",
    "traceability.working_views",
    "traceability.container_views",
    "traceability.site_views",
    "traceability.paper_views",
    "traceability.recall_views",
    "traceability.packing_views",
    "traceability.public",
    "traceability.form_views",
    "traceability.record_views",
    "traceability.problem_views",
    "traceability.scan_views",
    "traceability.exchange_views",
    "traceability.vocabulary_views",
    "workers.channels.views",
    "workers.channels.order_views",
    "workers.channels.payout_views",
    "workers.sync.views",
    "workers.sync.listing_views",
    "workers.sync.letter_views",
    "workers.sync.link_views",
    "workers.channels.webhooks",
    "workers.portals.views",
    "workers.portals.file_views",
    "workers.feeds.views",
    "workers.feeds.public",
)
# Where API resources are; each module has a smorest blueprint `blp`.
RESOURCES = (
    "shop.sellers.resources",
    "shop.catalogue.resources",
    "shop.catalogue.pack_resources",
    "shop.inventory.resources",
    "shop.inventory.place_resources",
    "shop.orders.resources",
    "shop.orders.deed_resources",
    "shop.orders.harvest_resources",
    "shop.orders.offer_resources",
    "shop.orders.delivery_resources",
    "shop.payments.resources",
    "shop.payments.tracking_resources",
    "shop.payments.review_resources",
    "shop.payments.account_resources",
    "shop.payments.payout_resources",
    "shop.invoices.resources",
    "shop.reconciliation.resources",
    "shop.reconciliation.deed_resources",
    "shop.reconciliation.line_resources",
    "shop.reconciliation.terms_resources",
    "shop.reconciliation.settlement_resources",
    "shop.books.resources",
    "shop.books.voucher_resources",
    "shop.storefront.checkout_resources",
    "shop.markets.resources",
    "shop.livestream.resources",
    "shop.livestream.plan_resources",
    "shop.landmarks.resources",
    "traceability.lot_resources",
    "traceability.event_resources",
    "traceability.site_resources",
    "traceability.stamp_resources",
    "traceability.recall_resources",
    "traceability.scan_resources",
)


def create_serving_app() -> Flask:
    """The app of a process that does nothing but serve it."""
    app = create_app()
    configure_mappers()
    processes.keep_loaded()
    return app


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application. Raises BadSettings when the environment will not do."""
    settings = settings or settings_module.load()
    logs.setup(settings.log_format)
    app = Flask("shop", static_folder=str(ROOT / "static"), static_url_path="/static")
    app.config.from_mapping(_config(settings))
    # Within the proxies, who say who asks.
    app.wsgi_app = streams.Gate(lane.Lane(app), settings.web_threads)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    app.before_request(_open_request)
    health.init_app(app)
    _tools(app, settings)
    signin.init_app(app, settings)
    tokens.init_app(app)
    with processes.uncollected():
        _rooms(app)
    app.before_request(_require_sign_in)
    _pages(app)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SETTINGS": settings,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.web_threads),
        "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "SEND_FILE_MAX_AGE_DEFAULT": YEAR_SECONDS,
        "BABEL_DEFAULT_LOCALE": "vi",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "shop" / "translations"),
        "METRICS_SHARED": "PROMETHEUS_MULTIPROC_DIR" in os.environ,
        "PREFERRED_URL_SCHEME": settings.base_url.split(":")[0],
        # Links in mails and QR codes are made from the host of the request: only ours will do.
        "TRUSTED_HOSTS": [urlsplit(settings.base_url).hostname, "127.0.0.1", "localhost"],
        "PROPAGATE_EXCEPTIONS": False,
    }


def _tools(app: Flask, settings: Settings) -> None:
    wiring.load_models()
    db.init_app(app)
    if settings.redis_url is None:
        raise settings_module.BadSettings("REDIS_URL: thiếu (ocop run tự đặt khi chạy nhúng)")
    broker.init_app(app, settings.redis_url)
    app.extensions["storage"] = storage.of(settings)
    Babel(app, locale_selector=_language)
    app.before_request(_open_forms)
    app.extensions["csrf"] = CSRFProtect(app)
    pages.init_app(app, base_url=settings.base_url)


def _rooms(app: Flask) -> None:
    for name in VIEWS:
        app.register_blueprint(import_module(name).bp)
    resources = api.init_app(app)
    for name in RESOURCES:
        blueprint = import_module(name).blp
        # Exempt from the check of forms; `tokens` checks what a session wants to change here.
        app.extensions["csrf"].exempt(blueprint)
        resources.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(import_module("shop.payments.webhooks").bp)
    app.extensions["csrf"].exempt("shop.payments.gateway_views.notice")
    app.extensions["csrf"].exempt("shop.invoices.public.notice")
    app.extensions["csrf"].exempt("shop.storefront.basket_views.change")
    app.extensions["csrf"].exempt(import_module("traceability.form_views").bp)
    app.extensions["csrf"].exempt(import_module("workers.channels.webhooks").bp)
    app.extensions["csrf"].exempt(import_module("traceability.exchange_views").bp)
    app.extensions["checks"] = {name: _named(check) for name, check in wiring.CHECKS.items()}
    app.extensions["public_paths"] = [_named(name) for name in wiring.PUBLIC_PATHS]
    app.extensions["evidence"] = [_named(name) for name in wiring.EVIDENCE]
    app.extensions["figures"] = _figures()
    app.extensions["panels"] = {
        place: [_named(name) for name in names] for place, names in wiring.PANELS.items()
    }


def _figures() -> dict[str, Figure]:
    """Every figure by name, group by group. A name is an address, so it is one figure's alone."""
    found = [each for name in wiring.FIGURES for each in import_module(name).FIGURES]
    found.sort(key=lambda figure: list(Group).index(figure.group))
    by_name = {figure.name: figure for figure in found}
    if len(by_name) < len(found):
        raise RuntimeError("two figures have one name")
    return by_name


def _named(dotted: str) -> Any:
    module, _dot, attribute = dotted.rpartition(".")
    return getattr(import_module(module), attribute)


def _language() -> str:
    if not has_request_context():
        return "vi"
    chosen = request.cookies.get("lang", "vi")
    return str(chosen) if chosen in dict(LANGUAGES) else "vi"


def _open_request() -> None:
    structlog.contextvars.clear_contextvars()
    g.request_id = logs.new_request_id(request.headers.get("X-Request-ID"))
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    _refuse_nul()


def _refuse_nul() -> None:
    """PostgreSQL keeps no NUL in a text. Our forms and scanned links say so themselves."""
    if "\0" in request.path and request.blueprint != "scan":
        abort(404)
    sent = [*request.args.values()]
    if request.blueprint == "security":
        sent += request.form.values()
    if any("\0" in value for value in sent):
        abort(400)


def _open_forms() -> None:
    setattr(request, "wtforms_translations", WTFORMS.get_translations())  # noqa: B010
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes = getattr(view, "most_bytes", None)
    # Now, because the check of the form's token reads the whole body.
    if most_bytes and access.current() is not None:
        request.max_content_length = most_bytes


def _require_sign_in() -> None:
    """A view that is not marked public needs a signed-in person, whoever wrote it."""
    if request.endpoint and not is_public(request.endpoint) and access.current() is None:
        raise access.MustSignIn


def is_public(endpoint: str) -> bool:
    """Whether anybody may call the endpoint: marked by `pages.public`, or a library's own."""
    if endpoint == "static" or endpoint.startswith(("security.", "api-docs.")):
        return True
    view = current_app.view_functions[endpoint]
    return bool(getattr(getattr(view, "view_class", view), "public", False))


def _pages(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # A misspelt name is an error, not a blank where the account number should stand.
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters |= {
        "vnd": money.show,
        "qty": quantities.show,
        "phone": phones.show,
        "day": lambda value: value.strftime("%d/%m/%Y") if value else "",
        "instant": lambda value: clock.vietnam(value).strftime("%d/%m/%Y %H:%M") if value else "",
        "clock_seconds": lambda value: clock.vietnam(value).strftime("%H:%M:%S") if value else "",
        "clock_time": lambda value: clock.vietnam(value).strftime("%H:%M") if value else "",
    }
    app.context_processor(_shell)
    app.url_defaults(partial(_version_static, _static_version()))
    app.after_request(_keep_static)
    app.after_request(_name_request)
    faces.init_app(app)
    compression.init_app(app)


def _keep_static(response: Response) -> Response:
    """Only an address that names the version is kept for a year.

    Modules import one another by names without it, and would outlive a release by as long.
    """
    if request.endpoint == "static" and "v" not in request.args:
        response.cache_control.max_age = UNVERSIONED_SECONDS
    return response


def _shell() -> dict[str, Any]:
    """What the page frame needs, in every template."""
    actor = access.current()
    return {
        "site_name": SITE_NAME,
        "me": actor
        and {
            "name": actor.name,
            "url": url_for("accounts.account"),
            "helps": bool(actor.helps_in),
        },
        "nav": menu.of(actor),
        "lang": str(get_locale()),
        "lang_urls": [(code, label, _language_url(code)) for code, label in LANGUAGES],
        "demo": _settings().demo,
        "request_id": g.get("request_id"),
    }


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _language_url(code: str) -> str:
    return url_for("storefront.language", code=code, next=request.full_path.rstrip("?"))


def _static_version() -> str:
    newest = max(path.stat().st_mtime_ns for path in (ROOT / "static").rglob("*"))
    return format(newest // 1_000_000, "x")


def _version_static(version: str, endpoint: str, values: dict[str, Any]) -> None:
    # A year in the browser's cache, and a new address the moment a file changes.
    if endpoint == "static":
        values.setdefault("v", version)


def _name_request(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "-")
    return response
