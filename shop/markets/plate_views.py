"""Back office: payment plates on paper, of one booth at once, of a whole market in a run."""

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor
from shop.database import transaction
from shop.errors import NotFound
from shop.fields import Choice, Schema
from shop.markets import booths, plates, registry, runs, words
from shop.markets.models import RunState
from shop.markets.plates import PAPERS

bp = Blueprint("plates", __name__, url_prefix="/ban-hang")

PDF = "application/pdf"


class RunSchema(Schema):
    """On which paper."""

    paper = Choice(list(PAPERS), required=True)


@bp.get("/sap/<ref>/bien.pdf")
@access.signed_in
def plate(actor: Actor, ref: str) -> ResponseReturnValue:
    """The plate of one booth, read back before it is handed out (`?giay=a6`)."""
    paper = PAPERS.get(request.args.get("giay", "a5"))
    if paper is None:
        raise NotFound(ref=ref)
    row = booths.printable(actor, ref)
    return _file(plates.one(row, booths.payee(row), paper), f"bien-{row.number_key}.pdf")


@bp.route("/cho/<ref>/bien", methods=["GET", "POST"])
@access.signed_in
def market_plates(actor: Actor, ref: str) -> ResponseReturnValue:
    """The plates of a whole market: asking for them, and the latest runs."""
    market = registry.get(actor, ref)
    form = pages.form(RunSchema(), {"paper": "a5"})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            row = runs.start(actor, market, form.data["paper"])
            pages.claim(form, ".run", ref=row.ref)
            started = row.ref
        if not form.errors:
            return pages.saved(".run", _("Đang vẽ biển cho cả chợ."), ref=started)
    return pages.page(
        "plates/market_plates.html",
        form=form,
        market=market,
        papers=list(words.PAPERS.items()),
        runs=runs.of_market(market),
        words=words,
    )


@bp.get("/bien/<ref>")
@access.signed_in
def run(actor: Actor, ref: str) -> ResponseReturnValue:
    """One run: how far it is, then its file and whom it passed over."""
    row = runs.get(actor, ref)
    return pages.page("plates/run.html", row=row, market=row.market, words=words)


@bp.get("/bien/<ref>/trang-thai")
@access.signed_in
def run_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of that page that changes while a worker draws."""
    return pages.page("plates/run_state.html", row=runs.get(actor, ref))


@bp.get("/bien/<ref>/tep.pdf")
@access.signed_in
def run_file(actor: Actor, ref: str) -> ResponseReturnValue:
    """All plates in one file."""
    row = runs.get(actor, ref)
    if row.state != RunState.DONE or row.file_key is None:
        raise NotFound(ref=ref)
    storage = current_app.extensions["storage"]
    headers = _headers(f"bien-{ref.lower()}.pdf") | {
        "Content-Length": str(storage.size(row.file_key))
    }
    return Response(storage.stream(row.file_key), mimetype=PDF, headers=headers)


def _file(data: bytes, name: str) -> Response:
    return Response(data, mimetype=PDF, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
