"""Back office: what a marketplace paid for each order, and making a settlement of it."""

from datetime import timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from workers.channels import payouts
from workers.channels.models import Connection
from workers.channels.schemas import DaysSchema
from workers.channels.words import shop_name

bp = Blueprint(
    "channel_payouts", __name__, url_prefix="/ban-hang/san", template_folder="../templates"
)

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE
# A week of an ordinary shop; marketplaces pay about so often.
USUAL_DAYS = 7
MOST_DAYS = 92


@bp.get("/<ref>/tien-ve")
@access.signed_in
def paid(actor: Actor, ref: str) -> ResponseReturnValue:
    """The payouts of some days, order by order: what is left after fee and tax."""
    return _paid(actor, ref, pages.Form())


def _paid(actor: Actor, ref: str, form: pages.Form) -> ResponseReturnValue:
    row = access.get(actor, Connection, ref, READ)
    today = clock.today()
    usual = {"first": (today - timedelta(days=USUAL_DAYS - 1)).isoformat()}
    usual |= {"last": today.isoformat()}
    asked = {**usual, **request.args.to_dict(), **form.values}
    errors = DaysSchema().validate(asked)
    days = DaysSchema().load(usual if errors else asked)
    first = max(days["first"], days["last"] - timedelta(days=MOST_DAYS))
    rows = payouts.of(row.id, first, days["last"])
    form.errors = {**errors, **form.errors}
    form.values = {"first": first.isoformat(), "last": days["last"].isoformat()}
    return pages.page(
        "channel_payouts/paid.html",
        connection=row,
        title=shop_name(row),
        form=form,
        rows=rows,
        total=payouts.total(rows),
        may_write=actor.may(WRITE, row.seller_id),
    )


@bp.post("/<ref>/tien-ve")
@access.signed_in
def settle(actor: Actor, ref: str) -> ResponseReturnValue:
    """Make a settlement of these days; the same days of the same payouts make one."""
    access.get(actor, Connection, ref, WRITE)
    form = pages.form(DaysSchema())
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Connection, ref, WRITE)
            batch = payouts.settle(actor, row, form.data["first"], form.data["last"])
            made = batch.ref
        if not form.errors:
            said = _("Đã ghi thành bảng đối soát, đang đọc.")
            return pages.saved("settlements.batch", said, ref=made)
    return _paid(actor, ref, form)
