"""Back office: the static VietQR code of an account, to be printed and put on a table."""

from io import BytesIO

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.errors import NotFound
from shop.payments import banks, plates, vietqr
from shop.sellers.models import BankAccount

bp = Blueprint("account_codes", __name__, url_prefix="/ban-hang/tai-khoan-ngan-hang")


@bp.get("/<ref>/ma-tinh")
@access.signed_in
def static_code(actor: Actor, ref: str) -> ResponseReturnValue:
    """The code to print, with the account's name, number and bank under it."""
    account = _account(actor, ref)
    return pages.page(
        "account_codes/static_code.html",
        account=account,
        bank=banks.bank(account.bank_bin),
        svg=vietqr.svg(_payload(account)),
    )


@bp.get("/<ref>/ma-tinh.png")
@access.signed_in
def static_png(actor: Actor, ref: str) -> ResponseReturnValue:
    """The code alone, as a picture."""
    return _file(vietqr.png(_payload(_account(actor, ref))), "image/png", f"vietqr-{ref}.png")


@bp.get("/<ref>/ma-tinh.svg")
@access.signed_in
def static_svg(actor: Actor, ref: str) -> ResponseReturnValue:
    """The code alone, as a drawing that stays sharp on a plate."""
    drawn = vietqr.svg(_payload(_account(actor, ref))).encode()
    return _file(drawn, "image/svg+xml", f"vietqr-{ref}.svg")


@bp.get("/<ref>/ma-tinh.pdf")
@access.signed_in
def static_pdf(actor: Actor, ref: str) -> ResponseReturnValue:
    """The code on an A5 page, ready for the printer."""
    account, out = _account(actor, ref), BytesIO()
    plates.plate(account, _payload(account), out)
    return _file(out.getvalue(), "application/pdf", f"vietqr-{ref}.pdf")


def _account(actor: Actor, ref: str) -> BankAccount:
    account = access.get(actor, BankAccount, ref, Permission.BANK_MANAGE)
    if not account.active:
        raise NotFound(ref=ref)
    return account


def _payload(account: BankAccount) -> str:
    payee = vietqr.Payee(account.bank_bin, account.account_number, account.account_name)
    return vietqr.payload(payee, None, "")


def _file(data: bytes, kind: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(data, mimetype=kind, headers=headers)
