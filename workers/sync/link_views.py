"""Back office: linking what a shop lists already to our packs, and letting go of it."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop import outbox, pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import DomainError, NotFound
from workers.channels import facts, linking, orders
from workers.channels.models import Connection, Listing
from workers.channels.words import shop_name
from workers.sync import lanes, outcomes
from workers.sync.models import LaneKind

bp = Blueprint("item_links", __name__, url_prefix="/ban-hang/san", template_folder="../templates")

WRITE = Permission.CHANNELS_WRITE
# More than that on one page nobody checks; what is linked makes room for the next.
MOST_SHOWN = 200
WHY_NOT = {
    "blank": _l("Món này trên sàn không có mã SKU. Ghi mã SKU trên sàn rồi hỏi lại."),
    "repeated": _l("Trên sàn có nhiều món cùng mã SKU này. Sửa để mỗi món một mã."),
    "taken": _l("Quy cách này đã nối với món khác. Bỏ nối món kia trước."),
    "unknown": _l("Ở đây không có quy cách nào mang mã này."),
}


@bp.get("/<ref>/noi")
@access.signed_in
def items(actor: Actor, ref: str) -> ResponseReturnValue:
    """What the shop lists, beside the pack with the same SKU; and what cannot be linked."""
    row = access.get(actor, Connection, ref, WRITE)
    found = linking.proposals(row)
    _known, asked_at = facts.known_items(row.platform, row.shop_id)
    return pages.page(
        "item_links/items.html",
        connection=row,
        title=shop_name(row),
        pairs=found.pairs[:MOST_SHOWN],
        more=len(found.pairs) - MOST_SHOWN,
        conflicts=[(item, WHY_NOT[why]) for item, why in found.conflicts[:MOST_SHOWN]],
        linked=found.linked,
        asked_at=asked_at,
        said=orders.said(row),
    )


@bp.post("/<ref>/noi/hoi")
@access.signed_in
def ask(actor: Actor, ref: str) -> ResponseReturnValue:
    """Ask the shop what it lists."""
    with transaction():
        row = access.get(actor, Connection, ref, WRITE)
        outbox.ask_once("workers.sync.jobs.ask_items", {"connection_id": row.id})
    return pages.saved(".items", _("Đang hỏi sàn, xin tải lại trang sau ít phút."), ref=ref)


@bp.post("/<ref>/noi")
@access.signed_in
def confirm(actor: Actor, ref: str) -> ResponseReturnValue:
    """Link the chosen pairs; then the shop is told our price, stock and words."""
    access.get(actor, Connection, ref, WRITE)
    chosen = request.form.getlist("item")[:MOST_SHOWN]
    form = pages.Form()
    if not chosen:
        form.errors[""] = [_("Chưa chọn món nào.")]
        return pages.refused(".items", form, ref=ref)
    try:
        with transaction():
            row = access.get(actor, Connection, ref, WRITE, lock=True)
            made = linking.confirm(actor, row, chosen)
            for kind in LaneKind:
                lanes.tell_again([each.id for each in made], kind, cause=actor.name)
            outcomes.ask(row.id)
    except DomainError as error:
        form.errors[""] = [error.message]
        return pages.refused(".items", form, ref=ref)
    return pages.saved(".items", _("Đã nối %(count)s món.", count=len(made)), ref=ref)


@bp.post("/<ref>/noi/quen")
@access.signed_in
def forget(actor: Actor, ref: str) -> ResponseReturnValue:
    """Somebody said wrongly which pack an item in an order is: it is asked again next time."""
    with transaction():
        row = access.get(actor, Connection, ref, WRITE, lock=True)
        item = request.form.get("item", "")[:200]
        if not orders.forget(row, item):
            raise NotFound(ref=ref)
        audit.note(actor, "channels.item_forgotten", row, item)
        outbox.add("workers.sync.jobs.pull_again", {"connection_id": row.id})
    return pages.saved(".items", _("Đã quên. Lần sau có đơn, món này được hỏi lại."), ref=ref)


@bp.post("/san-pham/<ref>/bo-noi")
@access.signed_in
def unlink(actor: Actor, ref: str) -> ResponseReturnValue:
    """Let go of the item on the marketplace; it stays there as it is."""
    with transaction():
        row = access.get(actor, Listing, ref, WRITE, lock=True)
        if row.external_id is not None:
            linking.unlink(actor, row)
    return pages.saved("listings.listing", _("Đã bỏ nối."), ref=ref)
