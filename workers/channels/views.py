"""Back office: shops on marketplaces, and how each listing stands there."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from shop import outbox, pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.sellers.models import Seller
from workers.channels import connections as verbs
from workers.channels import listings, pace, partners
from workers.channels import rules as rule_verbs
from workers.channels.errors import NotConfigured
from workers.channels.models import Connection, Health, Listing, ListingState
from workers.channels.order_models import ChannelOrder, Intake
from workers.channels.schemas import PLATFORMS, ConnectSchema, RulesSchema
from workers.channels.words import DRIFTS, shop_name
from workers.marketplaces.known import MARKETPLACES

bp = Blueprint("channels", __name__, url_prefix="/ban-hang/san", template_folder="../templates")


@bp.get("")
@access.signed_in
def connections(actor: Actor) -> ResponseReturnValue:
    """The shops that are connected, how their listings stand, and what waits or was refused."""
    access.expect(actor, Permission.CHANNELS_READ)
    page = pages.paged(_mine(actor).order_by(Connection.id))
    ids = [row.id for row in page.items]
    return pages.page(
        "channels/connections.html",
        page=page,
        counts=_counts(ids),
        pushed=_last_pushed(ids),
        orders_waiting=_orders_waiting(ids),
        open_work=_open_work(ids),
        names=_seller_names({row.seller_id for row in page.items}),
        shop_name=shop_name,
        paused=pace.paused,
        actor=actor,
        may_write=actor.may(Permission.CHANNELS_WRITE),
    )


def _mine(actor: Actor) -> Select[Any]:
    return access.rows(actor, Connection, Permission.CHANNELS_READ)


def _counts(connection_ids: list[int]) -> dict[tuple[int, str], int]:
    query = select(Listing.connection_id, Listing.state, func.count()).where(
        Listing.connection_id.in_(connection_ids)
    )
    rows = db.session.execute(query.group_by(Listing.connection_id, Listing.state))
    return {(connection_id, state): count for connection_id, state, count in rows}


def _last_pushed(connection_ids: list[int]) -> dict[int, datetime | None]:
    query = select(Listing.connection_id, func.max(Listing.pushed_at))
    query = query.where(Listing.connection_id.in_(connection_ids)).group_by(Listing.connection_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def _orders_waiting(connection_ids: list[int]) -> dict[int, int]:
    query = select(ChannelOrder.connection_id, func.count()).where(
        ChannelOrder.connection_id.in_(connection_ids),
        ChannelOrder.intake.in_([Intake.NEEDS_LINK, Intake.TROUBLE]),
    )
    return {
        row[0]: row[1] for row in db.session.execute(query.group_by(ChannelOrder.connection_id))
    }


def _open_work(connection_ids: list[int]) -> dict[int, dict[str, int]]:
    """Asked of the room above by name (see wiring.CHECKS)."""
    check = current_app.extensions["checks"]["channels.open_work"]
    found: dict[int, dict[str, int]] = check(connection_ids)
    return found


def _seller_names(seller_ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(Seller.id, Seller.name).where(Seller.id.in_(seller_ids)))
    return {row.id: row.name for row in rows}


@bp.route("/ket-noi", methods=["GET", "POST"])
@access.signed_in
def connect(actor: Actor) -> ResponseReturnValue:
    """Choose whose shop to connect, then on to the marketplace's consent page."""
    access.expect(actor, Permission.CHANNELS_WRITE)
    form = pages.form(ConnectSchema(), request.args.to_dict())
    if form.data:
        with form.guard():
            seller = access.get(actor, Seller, form.data["seller"], Permission.CHANNELS_WRITE)
            return redirect(verbs.begin(actor, seller, form.data["platform"]), 303)
    return _connect_page(actor, form)


def _connect_page(actor: Actor, form: pages.Form) -> Response:
    sellers = db.session.scalars(
        access.rows(actor, Seller, Permission.CHANNELS_WRITE).order_by(Seller.sort_key)
    )
    hosts, missing = _hosts()
    answer = pages.page(
        "channels/connect.html",
        form=form,
        sellers=[(seller.ref, seller.name) for seller in sellers],
        platforms=[(name, PLATFORMS[name]) for name in hosts],
        missing=missing,
    )
    # Browsers hold the redirect to the marketplace against the form's form-action, too.
    answer.headers["Content-Security-Policy"] = pages.CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", " ".join(["form-action 'self'", *sorted(set(hosts.values()))])
    )
    return answer


def _hosts() -> tuple[dict[str, str], list[str]]:
    """Where each marketplace asks for consent; of the others, what the operator has to do."""
    hosts: dict[str, str] = {}
    missing: list[str] = []
    for name in PLATFORMS:
        try:
            place = urlsplit(partners.partner(name).consent)
            hosts[name] = f"{place.scheme}://{place.netloc}"
        except NotConfigured as error:
            missing.append(f"{PLATFORMS[name]}: {error.message}")
    return hosts, missing


@bp.get("/ve")
@access.signed_in
def comes_back(actor: Actor) -> ResponseReturnValue:
    """Back from the consent page with a code: keep the connection."""
    access.expect(actor, Permission.CHANNELS_WRITE)
    ref = verbs.finish(actor, request.args)
    return pages.saved("channels.connection", _("Đã kết nối gian hàng."), ref=ref)


@bp.get("/<ref>")
@access.signed_in
def connection(actor: Actor, ref: str) -> ResponseReturnValue:
    """One shop: each listing's state, its trouble and what to do about it."""
    row = access.get(actor, Connection, ref, Permission.CHANNELS_READ)
    if row.health == Health.MANUAL:
        return redirect(url_for("portals.portal", ref=ref), 303)
    seller = db.session.get_one(Seller, row.seller_id)
    return pages.page(
        "channels/connection.html",
        connection=row,
        seller_name=seller.name,
        seller_ref=seller.ref,
        title=shop_name(row),
        page=pages.paged(_listings(row.id)),
        may_write=actor.may(Permission.CHANNELS_WRITE, row.seller_id),
        may_see_money=actor.may(Permission.MONEY_READ, row.seller_id),
        **_state(row, actor),
    )


def _listings(connection_id: int) -> Select[Any]:
    query = select(Listing).where(Listing.connection_id == connection_id).order_by(Listing.id)
    return query.options(joinedload(Listing.variant).joinedload(Variant.product))


def _state(row: Connection, actor: Actor) -> dict[str, Any]:
    counts = _counts([row.id])
    return {
        "actor": actor,
        "total": sum(counts.values()),
        "live": counts.get((row.id, ListingState.LIVE), 0),
        "failed": counts.get((row.id, ListingState.FAILED), 0),
        "pushed_at": _last_pushed([row.id]).get(row.id),
        "orders_waiting": _orders_waiting([row.id]).get(row.id, 0),
        "paused": pace.paused(row),
    }


@bp.get("/<ref>/trang-thai")
@access.signed_in
def connection_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """How far the push has come: a fragment that keeps itself fresh."""
    row = access.get(actor, Connection, ref, Permission.CHANNELS_READ)
    return pages.page("channels/connection_state.html", connection=row, **_state(row, actor))


@bp.route("/<ref>/cai-dat", methods=["GET", "POST"])
@access.signed_in
def rules(actor: Actor, ref: str) -> ResponseReturnValue:
    """How much of the stock is offered there, and how the shop is treated."""
    row = access.get(actor, Connection, ref, Permission.CHANNELS_WRITE)
    form = pages.form(RulesSchema(), _rules_now(row))
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Connection, ref, Permission.CHANNELS_WRITE, lock=True)
            rule_verbs.change(actor, row, form.data)
            # Another share is another stock: what stands the same there is not called for.
            outbox.add("workers.sync.jobs.mark_all", {"connection_id": row.id, "by": actor.name})
        if not form.errors:
            return pages.saved("channels.connection", _("Đã lưu cài đặt."), ref=ref)
    market = MARKETPLACES.get(row.platform)
    return pages.page(
        "channels/rules.html",
        connection=row,
        title=shop_name(row),
        form=form,
        drifts=list(DRIFTS.items()),
        usual_pace=market.per_second if market else None,
    )


def _rules_now(row: Connection) -> dict[str, Any]:
    now = {name: getattr(row, name) for name in rule_verbs.RULES}
    asked = now["calls_per_second"]
    return now | {"calls_per_second": f"{asked.normalize():f}" if asked is not None else ""}


@bp.post("/<ref>/dang")
@access.signed_in
def push_all(actor: Actor, ref: str) -> ResponseReturnValue:
    """Put every published product of the seller on the marketplace, or try again."""
    with transaction():
        row = access.get(actor, Connection, ref, Permission.CHANNELS_WRITE, lock=True)
        listings.link_all(row)
        outbox.add("workers.sync.jobs.mark_all", {"connection_id": row.id, "by": actor.name})
        audit.note(actor, "channels.push_all", row, f"{row.platform} {row.shop_id}")
    return pages.saved("channels.connection", _("Đang đẩy sản phẩm lên sàn."), ref=ref)
