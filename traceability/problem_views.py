"""Back office: what people who scanned a code reported."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.fields import Schema, Text
from traceability import problems
from traceability.models import Lot
from traceability.stamp_models import Problem, Stamp

bp = Blueprint("problems", __name__, url_prefix="/ban-hang/phan-anh", template_folder="templates")


class AnswerSchema(Schema):
    """What was done about a report."""

    answer = Text(longest=2000, shortest=1, required=True)


@bp.get("")
@access.signed_in
def problem_list(actor: Actor) -> ResponseReturnValue:
    """The reports on the goods of the actor's sellers, open ones first, newest first."""
    access.expect(actor, Permission.STAMPS_READ)
    query = access.rows(actor, Problem, Permission.STAMPS_READ)
    page = pages.paged(query.order_by(Problem.settled_at.is_not(None), Problem.id.desc()))
    ids = {row.product_id for row in page.items}
    names = select(Product.id, Product.name).where(Product.id.in_(ids))
    return pages.page(
        "traceability/problem_list.html",
        page=page,
        names={row.id: row.name for row in db.session.execute(names)},
        kinds=problems.KINDS,
    )


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def problem(actor: Actor, ref: str) -> ResponseReturnValue:
    """One report, and what was done about it."""
    needed = Permission.STAMPS_PRINT if request.method == "POST" else Permission.STAMPS_READ
    row = access.get(actor, Problem, ref, needed)
    form = pages.form(AnswerSchema(), {"answer": row.answer})
    if form.data:
        with form.guard(), transaction():
            locked = access.get(actor, Problem, ref, Permission.STAMPS_PRINT, lock=True)
            problems.settle(actor, locked, form.data["answer"])
        return pages.saved(".problem", _("Đã lưu."), ref=ref)
    return pages.page(
        "traceability/problem.html",
        form=form,
        problem=row,
        kind=problems.KINDS.get(row.kind, row.kind),
        product=db.session.get_one(Product, row.product_id),
        lot=db.session.get(Lot, row.lot_id) if row.lot_id else None,
        stamp=db.session.get(Stamp, row.stamp_id) if row.stamp_id else None,
        may_settle=actor.may(Permission.STAMPS_PRINT, row.seller_id),
    )
