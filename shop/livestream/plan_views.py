"""Back office: a session as it is planned, with its checklist, papers and states."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.livestream import broadcasts as verbs
from shop.livestream import checklist, complaints, festivals, hosts, notices, papers, pins
from shop.livestream.models import Broadcast, BroadcastState
from shop.livestream.plan_models import Host
from shop.livestream.plan_schemas import (
    UNPAID,
    BroadcastSchema,
    PaperSchema,
    PlanSchema,
    ReplaySchema,
    SeenSchema,
)
from shop.livestream.schemas import PLATFORMS
from shop.media import arrivals, documents
from shop.orders import vouchers
from shop.sellers.models import Seller
from shop.sellers.papers import KINDS

bp = Blueprint("sessions", __name__, url_prefix="/ban-hang/livestream")

RUN, READ = Permission.LIVESTREAM_RUN, Permission.LIVESTREAM_READ


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def session_new(actor: Actor) -> ResponseReturnValue:
    """A form for a new session; everything else is planned on its own page."""
    access.expect(actor, RUN)
    form = pages.form(BroadcastSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, form.data["seller"], RUN)
            row = verbs.plan(actor, seller, verbs.named(actor, form.data))
            pages.claim(form, ".session", ref=row.ref)
            ref = row.ref
        if not form.errors:
            return pages.saved(".session", _("Đã tạo phiên."), ref=ref)
    sellers = db.session.scalars(access.rows(actor, Seller, RUN).order_by(Seller.sort_key))
    return pages.page(
        "sessions/session_new.html",
        form=form,
        sellers=[(seller.ref, seller.name) for seller in sellers],
        platforms=list(PLATFORMS.items()),
    )


@bp.get("/<ref>/chuan-bi")
@access.signed_in
def session(actor: Actor, ref: str) -> ResponseReturnValue:
    """One session as it is planned: what is missing, codes, papers, and what can be done now."""
    row = access.get(actor, Broadcast, ref, READ)
    on_sale = checklist.with_goods(row)  # held, so that the page asks for none of it again
    steps = checklist.steps(row, checklist.planned_on(row))
    goods = {pin.variant.product.id: pin.variant.product for pin in on_sale if pin.variant}
    may_run = actor.may(RUN, row.seller_id)
    return pages.page(
        "sessions/session.html",
        broadcast=row,
        steps=steps,
        missing=checklist.missing(steps),
        past=pins.past(row),
        notices=notices.of(row),
        complaints=complaints.counted(row),
        replay=pages.Form(values={"replay_url": row.replay_url}),
        where=PLATFORMS,
        unpaid=UNPAID,
        usual_minutes=current_app.config["SETTINGS"].hold_minutes,
        may_run=may_run,
        may_remove=actor.may(Permission.CATALOGUE_WRITE, row.seller_id),
        may_plan=may_run and row.state != BroadcastState.CLOSED,
        **_papers(row, list(goods.values())),
    )


def _papers(row: Broadcast, goods: list[Product]) -> dict[str, Any]:
    """The papers there are, and the form for one more where some are asked for."""
    asked = papers.needed(row, goods, clock.today())
    products = {need.product.ref: need.product for need in asked}
    shown = documents.of_many([f"broadcast:{row.ref}", *(f"product:{ref}" for ref in products)])
    kinds = list(dict.fromkeys(kind for need in asked for kind in need.rule.kinds))
    return {
        "papers": [paper for held in shown.values() for paper in held],
        "paper_names": KINDS,
        "paper_kinds": [(kind, KINDS[kind]) for kind in kinds],
        "paper_goods": [(p.ref, p.name) for p in products.values()],
        "today": clock.today(),
    }


@bp.route("/<ref>/sua", methods=["GET", "POST"])
@access.signed_in
def change(actor: Actor, ref: str) -> ResponseReturnValue:
    """A form for everything a session is planned with."""
    row = access.get(actor, Broadcast, ref, RUN)
    form = pages.form(PlanSchema(), _planned(row))
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Broadcast, ref, RUN, lock=True)
            verbs.change(actor, row, verbs.named(actor, form.data))
        if not form.errors:
            return pages.saved(".session", _("Đã lưu."), ref=ref)
        row = access.get(actor, Broadcast, ref, RUN)
    return pages.page("sessions/change.html", form=form, broadcast=row, **_choices(actor, row))


def _planned(row: Broadcast) -> dict[str, Any]:
    return {
        "title": row.title,
        "platform": row.platform,
        "starts_at": _box(row.starts_at),
        "host": row.host.ref if row.host else "",
        "festival": row.festival.ref if row.festival else "",
        "voucher_code": row.voucher_code,
        "hold_minutes": row.hold_minutes or "",
        "unpaid": row.unpaid,
        "claim_from": row.claim_from,
        "ask_from": row.ask_from,
    }


def _box(at: datetime | None) -> str:
    """An instant as a box for day and time takes it."""
    return f"{clock.vietnam(at):%Y-%m-%dT%H:%M}" if at else ""


def _choices(actor: Actor, row: Broadcast) -> dict[str, Any]:
    people = db.session.scalars(
        hosts.standing(actor, RUN).where(Host.seller_id == row.seller_id)
    ).all()
    events = festivals.to_come()
    if row.festival is not None and row.festival not in events:
        events = [row.festival, *events]
    given = vouchers.to_give(row.seller_id)
    taken = {row.voucher_code} - {"", *(voucher.code for voucher in given)}
    return {
        "platforms": list(PLATFORMS.items()),
        "people": [("", _("Chưa chọn")), *((host.ref, _called(host)) for host in people)],
        "events": [("", _("Không thuộc lễ hội nào")), *((e.ref, e.name) for e in events)],
        "codes": [
            ("", _("Không")),
            *((voucher.code, voucher.code) for voucher in given),
            *((code, code) for code in taken),
        ],
        "unpaid": list(UNPAID.items()),
        "usual_minutes": current_app.config["SETTINGS"].hold_minutes,
    }


def _called(host: Host) -> str:
    """A host for a list to choose from, with what a reviewer said of them where that is not yes."""
    if host.refused:
        return str(_("%(name)s (chưa được nhận)", name=host.name))
    return host.name if host.checked_at else str(_("%(name)s (đang chờ đối chiếu)", name=host.name))


@bp.post("/<ref>/dien-tap")
@access.signed_in
def rehearse(actor: Actor, ref: str) -> ResponseReturnValue:
    """Begin the rehearsal."""
    return _moved(actor, ref, verbs.rehearse, _("Đã bắt đầu diễn tập."))


@bp.post("/<ref>/thoi-dien-tap")
@access.signed_in
def end_rehearsal(actor: Actor, ref: str) -> ResponseReturnValue:
    """End the rehearsal."""
    return _moved(actor, ref, verbs.end_rehearsal, _("Đã thôi diễn tập."))


@bp.post("/<ref>/tam-dung")
@access.signed_in
def pause(actor: Actor, ref: str) -> ResponseReturnValue:
    """The picture is away for a while."""
    return _moved(actor, ref, verbs.pause, _("Đã tạm dừng. Bình luận vẫn được nhận."))


@bp.post("/<ref>/tiep-tuc")
@access.signed_in
def go_on(actor: Actor, ref: str) -> ResponseReturnValue:
    """The picture is back."""
    return _moved(actor, ref, verbs.go_on, _("Phiên đang lên sóng."))


def _moved(
    actor: Actor, ref: str, move: Callable[[Actor, Broadcast], None], said: str
) -> ResponseReturnValue:
    form = pages.Form()
    with form.guard(), transaction():
        move(actor, access.get(actor, Broadcast, ref, RUN, lock=True))
    if form.errors:
        return pages.refused(".session", form, ref=ref)
    return pages.saved(".session", said, ref=ref)


@bp.post("/<ref>/xem-lai")
@access.signed_in
def replay(actor: Actor, ref: str) -> ResponseReturnValue:
    """Where the recording can be watched."""
    form = pages.form(ReplaySchema())
    with transaction():
        row = access.get(actor, Broadcast, ref, RUN, lock=True)
        if not form.errors:
            verbs.keep_replay(actor, row, form.data.get("replay_url", ""))
    if form.errors:
        return pages.refused(".session", form, ref=ref, _anchor="xem-lai")
    return pages.saved(".session", _("Đã lưu."), ref=ref, _anchor="xem-lai")


@bp.post("/<ref>/giay-to")
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def paper_add(actor: Actor, ref: str) -> ResponseReturnValue:
    """A paper of what is sold, for its product or for this session alone; kept private."""
    row = access.get(actor, Broadcast, ref, RUN)
    form = pages.form(PaperSchema())
    holder, seller_id = f"broadcast:{ref}", row.seller_id
    if form.data.get("product"):
        product = access.get(actor, Product, form.data["product"], RUN)
        holder, seller_id = f"product:{product.ref}", product.seller_id
    taken = arrivals.document(form) if form.data else None
    if taken is None or form.errors:
        return pages.refused(".session", form, ref=ref, _anchor="giay-to")
    kind = form.data["kind"]
    with transaction():
        documents.accept(
            actor,
            seller_id,
            holder,
            taken,
            kind=kind,
            title=str(KINDS[kind]),
            valid_until=form.data["valid_until"],
        )
    return pages.saved(".session", _("Đã nhận giấy tờ."), ref=ref, _anchor="giay-to")


@bp.post("/<ref>/da-doc")
@access.signed_in
def acknowledge(actor: Actor, ref: str) -> ResponseReturnValue:
    """The host has read what an operator said."""
    form = pages.form(SeenSchema())
    with transaction():
        row = access.get(actor, Broadcast, ref, RUN)
        notices.acknowledge(actor, row, form.data.get("notice", ""))
    return pages.saved("livestream.console", _("Đã ghi là đã đọc."), ref=ref)
