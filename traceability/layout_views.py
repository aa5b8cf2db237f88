"""Back office: label layouts of one's own, what they look like, and the page to test a printer."""

import io

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.sellers.models import Seller
from traceability import addresses, calibration, layouts, previews, words
from traceability.digital_link import Identity
from traceability.labels import Face
from traceability.schemas import LayoutSchema
from traceability.sheets import LAYOUTS, Layout
from traceability.stamp_models import SavedLayout

bp = Blueprint("layouts", __name__, url_prefix="/ban-hang/khuon-tem", template_folder="templates")

READ, PRINT = Permission.STAMPS_READ, Permission.STAMPS_PRINT
_START = "a4-4x7"  # what a new layout begins from, unless another one is named


@bp.get("")
@access.signed_in
def layout_list(actor: Actor) -> ResponseReturnValue:
    """Ours and those that were saved."""
    access.expect(actor, READ)
    query = access.rows(actor, SavedLayout, READ).options(joinedload(SavedLayout.seller))
    return pages.page(
        "traceability/layouts.html",
        page=pages.paged(query.order_by(SavedLayout.name, SavedLayout.id)),
        ours=[(name, said, LAYOUTS[name]) for name, said in words.LAYOUTS.items()],
        of=layouts.of,
        may_print=actor.may(PRINT),
    )


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def layout_new(actor: Actor) -> ResponseReturnValue:
    """A layout of one's own, begun from one of ours (`?tu=`)."""
    query = access.rows(actor, Seller, PRINT).order_by(Seller.sort_key).limit(500)
    sellers = list(db.session.scalars(query))
    if not sellers:
        raise NotFound
    begun = LAYOUTS.get(request.args.get("tu", ""), LAYOUTS[_START])
    start = layouts.values(begun) | {"name": "", "seller": sellers[0].ref}
    form = pages.form(LayoutSchema(), start)
    if (answer := pages.repeated(form)) is not None:
        return answer
    drawn = _drawn(form, begun)
    if form.data and "preview" not in request.form and not form.errors:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, request.form.get("seller", ""), PRINT)
            row = layouts.save(actor, seller, layouts.made(form.data))
            db.session.flush()
            pages.claim(form, "layouts.layout_list")
            said = _("Đã lưu khuôn “%(name)s”.", name=row.name)
        if not form.errors:
            return pages.saved("layouts.layout_list", said)
    return pages.page(
        "traceability/layout_form.html",
        form=form,
        drawn=drawn,
        row=None,
        sellers=[(each.ref, each.name) for each in sellers],
    )


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def layout_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Other measures for a saved layout; batches printed on it keep their files."""
    row = access.get(actor, SavedLayout, ref, PRINT)
    form = pages.form(LayoutSchema(), layouts.values(layouts.of(row)))
    drawn = _drawn(form, layouts.of(row))
    if form.data and "preview" not in request.form and not form.errors:
        with form.guard(), transaction():
            row = access.get(actor, SavedLayout, ref, PRINT, lock=True)
            layouts.save(actor, row.seller, layouts.made(form.data), row)
        if not form.errors:
            return pages.saved("layouts.layout_list")
    return pages.page("traceability/layout_form.html", form=form, drawn=drawn, row=row, sellers=[])


def _drawn(form: pages.Form, begun: Layout) -> tuple[Markup, Markup] | None:
    """One label and its page, where the measures allow it; else the form says what is wrong."""
    with form.guard():
        layout = layouts.made(form.data) if form.data else begun
        face = Face((_("Chè tôm nõn Tân Cương"), _("HTX Trà Hảo Đạt"), _("Lô %(code)s", code="L1")))
        return previews.label(layout, face), previews.page(layout)
    return None


@bp.post("/<ref>/xoa")
@access.signed_in
def layout_remove(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take a layout away."""
    with transaction():
        layouts.remove(actor, access.get(actor, SavedLayout, ref, PRINT))
    return pages.saved("layouts.layout_list", _("Đã xóa khuôn tem."))


@bp.get("/thu-may-in.pdf")
@access.signed_in
def printer_test(actor: Actor) -> ResponseReturnValue:
    """A page with rulers and symbols of several sizes."""
    if not actor.may(READ):
        raise NotFound
    out = io.BytesIO()
    calibration.write(out, addresses.written(Identity(serial=addresses.SAMPLE)))
    headers = {"Content-Disposition": 'attachment; filename="thu-may-in.pdf"'}
    return Response(out.getvalue(), mimetype="application/pdf", headers=headers)
