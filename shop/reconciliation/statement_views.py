"""Back office: statement files of a bank."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.fields import Schema, Text
from shop.reconciliation import imports
from shop.reconciliation.models import ImportState, StatementImport
from shop.sellers.models import BankAccount

bp = Blueprint("statements", __name__, url_prefix="/ban-hang/sao-ke")

READ, WRITE = Permission.MONEY_READ, Permission.MONEY_WRITE

STATES = {
    ImportState.READING: _l("Đang đọc"),
    ImportState.READY: _l("Chờ đồng ý"),
    ImportState.REFUSED: _l("Không đọc được"),
    ImportState.WORKING: _l("Đang ghi"),
    ImportState.DONE: _l("Đã ghi"),
}
TONES = {
    ImportState.READING: "info",
    ImportState.READY: "warn",
    ImportState.REFUSED: "bad",
    ImportState.WORKING: "info",
    ImportState.DONE: "good",
}


class FileSchema(Schema):
    """Whose statement it is."""

    account = Text(longest=40, required=True)


@bp.route("", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(imports.FILE_BYTES)
def statements(actor: Actor) -> ResponseReturnValue:
    """Files that were sent, and sending one."""
    access.expect(actor, READ)
    form = pages.form(FileSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data and (ref := _sent(actor, form)):
        return pages.saved(".statement", _("Đã nhận tệp, đang đọc."), ref=ref)
    query = access.rows(actor, StatementImport, READ)
    query = query.options(joinedload(StatementImport.bank_account))
    accounts = access.rows(actor, BankAccount, WRITE).order_by(BankAccount.id).limit(500)
    return pages.page(
        "reconciliation/statements.html",
        form=form,
        page=pages.paged(query.order_by(StatementImport.id.desc())),
        accounts=[
            (row.ref, f"{row.account_number} – {row.account_name}")
            for row in db.session.scalars(accounts)
        ],
        states=STATES,
        tones=TONES,
    )


def _sent(actor: Actor, form: pages.Form) -> str:
    file = request.files.get("file")
    if file is None or not file.filename:
        form.errors["file"] = [_("Chưa chọn tệp nào.")]
        return ""
    data = file.stream.read(imports.FILE_BYTES + 1)
    ref, wanted = "", form.data["account"]
    with form.guard(), transaction():
        account = access.get(actor, BankAccount, wanted, WRITE)
        ref = imports.take(actor, account, data, file.filename).ref
        pages.claim(form, "statements.statement", ref=ref)
    return "" if form.errors else ref


@bp.get("/<ref>")
@access.signed_in
def statement(actor: Actor, ref: str) -> ResponseReturnValue:
    """One file: what is in it, and what became of it."""
    return pages.page("reconciliation/statement.html", **_told(actor, ref))


@bp.get("/<ref>/trang-thai")
@access.signed_in
def statement_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of that page that changes while a worker reads or records the file."""
    return pages.page("reconciliation/statement_state.html", **_told(actor, ref))


def _told(actor: Actor, ref: str) -> dict[str, object]:
    row = access.get(actor, StatementImport, ref, READ)
    return {
        "row": row,
        "states": STATES,
        "tones": TONES,
        "may_write": actor.may(WRITE, row.seller_id),
        "meanings": imports.MEANINGS,
        **_columns(row),
    }


def _columns(row: StatementImport) -> dict[str, object]:
    """What is needed to say which column holds what, while that can be said."""
    shown = row.state in {ImportState.READY, ImportState.REFUSED}
    rows = imports.first_rows(row) if shown else []
    chosen = imports.chosen(row)
    header = chosen["header"] or (str(rows[0][0]) if rows else "")
    heading = next((cells for number, cells in rows if str(number) == header), [])
    wide = max((len(cells) for _number, cells in rows), default=0)
    named = [*heading, *[""] * (wide - len(heading))]
    return {
        "form": pages.Form(values=chosen | {"header": header}),
        "rows": rows,
        "row_choices": [
            (number, f"{number}: {', '.join(filter(None, cells))[:80]}") for number, cells in rows
        ],
        "choices": [("", _("không có"))]
        + [(place, f"{place + 1}. {name}") for place, name in enumerate(named)],
    }


@bp.post("/<ref>/ghi")
@access.signed_in
def apply(actor: Actor, ref: str) -> ResponseReturnValue:
    """Record what was shown."""
    form = pages.Form()
    with form.guard(), transaction():
        imports.apply(actor, access.get(actor, StatementImport, ref, WRITE, lock=True))
    if form.errors:
        return pages.refused(".statement", form, ref=ref)
    return pages.saved(".statement", _("Đang ghi từng dòng và khớp với đơn."), ref=ref)


@bp.post("/<ref>/cot")
@access.signed_in
def remap(actor: Actor, ref: str) -> ResponseReturnValue:
    """Say which column holds what, and read the file again."""
    form = pages.Form()
    with form.guard(), transaction():
        row = access.get(actor, StatementImport, ref, WRITE, lock=True)
        imports.remap(actor, row, imports.typed(request.form))
    if form.errors:
        return pages.refused(".statement", form, ref=ref)
    return pages.saved(".statement", _("Đang đọc lại theo cột đã chọn."), ref=ref)
