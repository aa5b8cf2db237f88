"""The back office menu: which pages are found where, and which of them a person is offered."""

from collections.abc import Iterable
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from shop.accounts.access import Actor, Permission

MenuEntry = tuple[Any, str, Permission]

# The menu in its groups: label, endpoint, what one must be allowed somewhere to see it.
MENU_GROUPS: tuple[tuple[Any, tuple[MenuEntry, ...]], ...] = (
    (
        "",
        (
            (_l("Tổng quan"), "sellers.overview", Permission.SELLER_READ),
            (_l("Giúp người bán"), "community.home", Permission.HELP),
            (_l("Số liệu"), "reports.start", Permission.AREA_READ),
        ),
    ),
    (
        _l("Hàng hóa"),
        (
            (_l("Sản phẩm"), "catalogue.products", Permission.CATALOGUE_READ),
            (_l("Kho hàng"), "inventory.stock", Permission.CATALOGUE_READ),
            (_l("Bán trước vụ"), "harvests.harvests", Permission.CATALOGUE_READ),
            (_l("Chứng nhận"), "certificates.certificates", Permission.CATALOGUE_READ),
        ),
    ),
    (
        _l("Truy xuất"),
        (
            (_l("Lô hàng"), "lots.lots", Permission.STAMPS_READ),
            (_l("Tem truy xuất"), "traceability.batches", Permission.STAMPS_READ),
            (_l("Lượt quét"), "scan_figures.scan_counts", Permission.STAMPS_READ),
            (_l("Phản ánh"), "problems.problem_list", Permission.STAMPS_READ),
            (_l("Thu hồi"), "recalls.recalls", Permission.STAMPS_READ),
        ),
    ),
    (
        _l("Bán hàng"),
        (
            (_l("Đơn hàng"), "orders.orders", Permission.ORDERS_READ),
            (_l("Giao hàng"), "delivery.choose", Permission.ORDERS_READ),
            (_l("Sàn"), "channels.connections", Permission.CHANNELS_READ),
            (_l("Livestream"), "livestream.broadcasts", Permission.LIVESTREAM_READ),
            (_l("Kết quả bán"), "own_figures.choose", Permission.ORDERS_READ),
        ),
    ),
    (
        _l("Tiền và sổ sách"),
        (
            (_l("Đối soát"), "reconciliation.bank_lines", Permission.MONEY_READ),
            (_l("Hóa đơn"), "invoices.invoice_list", Permission.MONEY_READ),
            (_l("Sổ sách"), "books.choose", Permission.MONEY_READ),
        ),
    ),
    (
        _l("Hồ sơ và người"),
        (
            (_l("Hồ sơ"), "profile.sellers", Permission.SELLER_READ),
            (_l("Thành viên"), "sellers.team", Permission.MEMBERS_MANAGE),
            (_l("Người giúp"), "consents.consents", Permission.MEMBERS_MANAGE),
            (_l("Nhật ký"), "accounts.audit_trail", Permission.AUDIT_READ),
        ),
    ),
    (
        _l("Vận hành"),
        (
            (_l("Duyệt"), "admin.sellers", Permission.REVIEW),
            (_l("Điểm đến"), "landmarks.landmarks", Permission.REVIEW),
            (_l("Chợ"), "markets.markets", Permission.OPERATE),
            (_l("Trông phiên"), "watch.running", Permission.OPERATE),
            (_l("Người đã rời"), "leaving.departures", Permission.OPERATE),
            (_l("Hàng đợi"), "queues.queue_state", Permission.OPERATE),
            (_l("Tổ công nghệ số"), "teams.teams", Permission.OPERATE),
        ),
    ),
)
# Every entry, for the rules that hold of all.
MENU = tuple(entry for _group, entries in MENU_GROUPS for entry in entries)

# Blueprint → the one that its pages are found under in the menu, where that is another.
MENU_PLACES = {
    "booth_imports": "markets",
    "booths": "markets",
    "helped_booths": "community",
    "trainings": "community",
    "channel_orders": "channels",
    "channel_payouts": "channels",
    "feeds": "channels",
    "item_links": "channels",
    "letters": "channels",
    "listings": "channels",
    "plates": "markets",
    "portal_files": "channels",
    "portals": "channels",
    "sheets": "reports",
    "officials": "reports",
    "reported": "reports",
    "sync": "channels",
    "complaints": "livestream",
    "festivals": "livestream",
    "helpers": "livestream",
    "hosts": "livestream",
    "livestream_results": "livestream",
    "livestream_sources": "livestream",
    "livestream_words": "livestream",
    "pins": "livestream",
    "session_slips": "livestream",
    "sessions": "livestream",
    "stage": "livestream",
    "host_reviews": "admin",
    "parting": "profile",
}


def of(actor: Actor | None) -> list[dict[str, Any]]:
    """The groups of which the actor may open something, each with its entries."""
    if actor is None:
        return []
    here = (request.endpoint or "").split(".")[0]
    groups = [{"label": name, "entries": _entries(actor, here, e)} for name, e in MENU_GROUPS]
    return [group for group in groups if group["entries"]]


def _entries(actor: Actor, here: str, entries: Iterable[MenuEntry]) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": url_for(endpoint), "active": _is_here(endpoint, here)}
        for label, endpoint, permission in entries
        if actor.may(permission)
    ]


def _is_here(endpoint: str, here: str) -> bool:
    if endpoint.split(".")[0] in {"accounts", "sellers"}:
        return endpoint == request.endpoint
    return endpoint.split(".")[0] == MENU_PLACES.get(here, here)
