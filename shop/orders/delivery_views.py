"""Back office: what a seller asks for delivery, and its vouchers."""

from decimal import Decimal

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from shop import clock, pages, places
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.fields import Quantity, Vnd
from shop.orders import delivery, vouchers
from shop.orders.models import DeliveryFee, DeliveryTerms, Voucher
from shop.orders.schemas import MOST_FEE, TermsSchema, VoucherSchema
from shop.sellers.models import Seller

bp = Blueprint("delivery", __name__, url_prefix="/ban-hang")

READ, WRITE = Permission.ORDERS_READ, Permission.ORDERS_WRITE
ROWS = 12
KILOS = Quantity(least="0.001", most="1000")
FEE = Vnd(least=0, most=MOST_FEE)


@bp.get("/giao-hang")
@access.signed_in
def choose(actor: Actor) -> ResponseReturnValue:
    """Whose terms and vouchers?"""
    access.expect(actor, READ)
    query = access.rows(actor, Seller, READ).order_by(Seller.sort_key, Seller.id)
    page = pages.paged(query)
    writable = {seller.id for seller in page.items if actor.may(WRITE, seller.id)}
    return pages.page("delivery/choose.html", page=page, writable=writable)


@bp.route("/giao-hang/<ref>", methods=["GET", "POST"])
@access.signed_in
def terms(actor: Actor, ref: str) -> ResponseReturnValue:
    """How a seller hands goods over, and what that costs where."""
    seller = access.get(actor, Seller, ref, WRITE)
    there = delivery.terms_of([seller.id]).get(seller.id)
    form = pages.form(TermsSchema(), _values(there))
    if request.method == "POST":
        fees = _fees(form)
        if form.data and form.data["delivers"] and not fees and not form.errors:
            form.errors["fee-0"] = [_("Ghi ít nhất một mức phí giao hàng.")]
        if form.data and not form.errors:
            with transaction():
                delivery.settle(actor, seller, form.data, fees)
            return pages.saved("delivery.terms", ref=ref)
    provinces = [(row.code, row.label) for row in places.provinces()]
    return pages.page(
        "delivery/terms.html",
        form=form,
        seller=seller,
        provinces=provinces,
        rows=range(ROWS),
        usual=delivery.RETURNS,
    )


def _values(there: DeliveryTerms | None) -> dict[str, str]:
    if there is None:
        return {"delivers": "1", "picks_up": "1"}
    values = {name: "1" if getattr(there, name) else "" for name in ("delivers", "picks_up", "cod")}
    values |= {name: getattr(there, name) for name in ("pickup_note", "note", "returns")}
    values["free_from_vnd"] = "" if there.free_from_vnd is None else str(there.free_from_vnd)
    for number, fee in enumerate(there.fees[:ROWS]):
        commune = places.commune(fee.commune_code or "")
        values |= {
            f"province-{number}": fee.province_code or "",
            f"commune-{number}": commune.label if commune else "",
            f"kilos-{number}": f"{Decimal(fee.up_to_g) / 1000:f}" if fee.up_to_g else "",
            f"fee-{number}": str(fee.fee_vnd),
        }
    return values


def _fees(form: pages.Form) -> list[DeliveryFee]:
    """The rows that say a fee; what is wrong is named on the form."""
    found = []
    for number in range(ROWS):
        row = {
            name: request.form.get(f"{name}-{number}", "").strip()
            for name in ("province", "commune", "kilos", "fee")
        }
        if any(row.values()):
            found.append(_fee(form, number, row))
    return [fee for fee in found if fee is not None]


def _fee(form: pages.Form, number: int, row: dict[str, str]) -> DeliveryFee | None:
    name = "fee"
    try:
        fee_vnd = FEE.deserialize(row["fee"])
        name = "kilos"
        up_to_g = int(KILOS.deserialize(row["kilos"]) * 1000) if row["kilos"] else None
        name = "commune"
        area = _area(row)
    except ValidationError as error:
        form.errors[f"{name}-{number}"] = [str(message) for message in error.messages]
        return None
    return DeliveryFee(
        province_code=area[0], commune_code=area[1], up_to_g=up_to_g, fee_vnd=fee_vnd
    )


def _area(row: dict[str, str]) -> tuple[str | None, str | None]:
    province = places.province(row["province"]) if row["province"] else None
    if not row["commune"]:
        return province.code if province else None, None
    commune = places.find(province.label if province else "", "", row["commune"]).commune
    if commune is None:
        raise ValidationError(_("Không rõ xã, phường nào; chọn tỉnh và ghi tên ngày nay."))
    return commune.province_code, commune.code


@bp.get("/ma-giam-gia/<ref>")
@access.signed_in
def codes(actor: Actor, ref: str) -> ResponseReturnValue:
    """The vouchers of a seller, the newest first."""
    seller = access.get(actor, Seller, ref, READ)
    query = access.rows(actor, Voucher, READ).where(Voucher.seller_id == seller.id)
    page = pages.paged(query.order_by(Voucher.id.desc()))
    return pages.page(
        "delivery/codes.html",
        seller=seller,
        page=page,
        used=vouchers.used_of([row.id for row in page.items]),
        now=clock.now(),
        may_write=actor.may(WRITE, seller.id),
    )


@bp.route("/ma-giam-gia/<ref>/them", methods=["GET", "POST"])
@access.signed_in
def code_new(actor: Actor, ref: str) -> ResponseReturnValue:
    """One more voucher."""
    seller = access.get(actor, Seller, ref, WRITE)
    form = pages.form(VoucherSchema(), {"first_day": clock.today().isoformat()})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        said = ""
        with form.guard(), transaction():
            row = vouchers.make(actor, seller, form.data)
            said = _("Đã thêm mã giảm giá.")
            if vouchers.above_limit(row):
                said += " " + _(
                    "Lưu ý: có đơn được giảm quá nửa giá. Luật chỉ cho giảm quá mức này trong đợt "
                    "khuyến mại tập trung; xin xem lại đơn tối thiểu hoặc mức giảm."
                )
            pages.claim(form, "delivery.codes", ref=ref)
        if not form.errors:
            return pages.saved("delivery.codes", said, ref=ref)
    return pages.page("delivery/code_new.html", form=form, seller=seller)


@bp.post("/ma-giam-gia/<ref>/dung")
@access.signed_in
def code_end(actor: Actor, ref: str) -> ResponseReturnValue:
    """A voucher is taken back: nobody uses it from now on."""
    with transaction():
        row = access.get(actor, Voucher, ref, WRITE, lock=True)
        vouchers.change(actor, row, {"active": False})
        seller = db.session.get_one(Seller, row.seller_id)
    return pages.saved("delivery.codes", _("Đã dừng mã."), ref=seller.ref)
