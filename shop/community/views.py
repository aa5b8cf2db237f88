"""A helper's pages, for a phone: what is to do in the area, and the consents to do it."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import clock, limits, pages, places, qr
from shop.accounts import access, delegation
from shop.accounts.access import Actor, Permission
from shop.accounts.delegation import Consent
from shop.accounts.models import Delegation, User, Way
from shop.community import codes, newcomers, papers, teams, todo
from shop.community.schemas import (
    ASKED,
    NOTED,
    WAY_NAMES,
    AskSchema,
    CodeSchema,
    ConsentSchema,
    NewcomerSchema,
)
from shop.database import db, transaction
from shop.errors import NotFound
from shop.media import arrivals, documents
from shop.sellers import addresses
from shop.sellers.models import Seller, SellerKind
from shop.sellers.words import KIND_NAMES

bp = Blueprint("community", __name__, url_prefix="/ban-hang/giup")

USUALLY = timedelta(days=180)
# Each code sent is a mail to somebody who may not have asked for it.
CODES_PER_HELPER = "10/hour"
# So is each asking anew, after giving up what was asked before.
ASKED_OF_ONE = "5/day"


@bp.get("")
@access.signed_in
def home(actor: Actor) -> ResponseReturnValue:
    """The sellers of the helper's communes that lack something, and what."""
    access.expect(actor, Permission.HELP)
    lacking = request.args.get("thieu", "")
    page = pages.paged(todo.sellers(actor, lacking))
    return pages.page(
        "community/home.html",
        page=page,
        tasks=todo.tasks(actor, page.items),
        things=todo.THINGS,
        counts=todo.counts(actor),
        lacking=lacking,
        teams=teams.of(actor.user_id),
        communes=_communes(actor),
        kind_names=KIND_NAMES,
    )


def _communes(actor: Actor) -> list[tuple[str, str]]:
    found = filter(None, map(places.commune, sorted(actor.helps_in)))
    return [(row.code, row.label) for row in found]


@bp.get("/nguoi-ban/<ref>")
@access.signed_in
def seller(actor: Actor, ref: str) -> ResponseReturnValue:
    """What one seller lacks, each with its screen; without a consent, how to get one."""
    access.expect(actor, Permission.HELP)
    row = todo.get(actor, ref)
    form = pages.Form(values=_usual(Way.PAPER) | {"consenter": row.representative or ""})
    return _seller_page(actor, row, form)


def _usual(way: Way) -> dict[str, Any]:
    return {"way": str(way), "until": (clock.today() + USUALLY).isoformat()}


def _seller_page(actor: Actor, row: Seller, form: pages.Form) -> ResponseReturnValue:
    code_goes = codes.where(actor, row)
    return pages.page(
        "community/seller.html",
        form=form,
        seller=row,
        task=todo.tasks(actor, [row])[0],
        consent=_open(actor, row),
        has_people=delegation.has_people(row.id),
        noted=_named(NOTED),
        asked=_named(ASKED if code_goes else (Way.ACCOUNT,)),
        code_goes=code_goes,
        way_names=WAY_NAMES,
        kind_names=KIND_NAMES,
        address_today=addresses.today(row),
        today=clock.today(),
    )


def _named(ways: tuple[Way, ...]) -> list[tuple[str, Any]]:
    return [(str(way), WAY_NAMES[way]) for way in ways]


def _open(actor: Actor, row: Seller, *, lock: bool = False) -> Delegation | None:
    query = delegation.of_seller(row.id).where(
        Delegation.user_id == actor.user_id,
        Delegation.ended_at.is_(None),
        Delegation.until >= clock.today(),
    )
    return db.session.scalar(query.with_for_update() if lock else query.limit(1))


@bp.route("/nguoi-ban-moi", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def newcomer(actor: Actor) -> ResponseReturnValue:
    """A seller who is not in the system yet, entered with the yes of who represents it."""
    access.expect(actor, Permission.HELP)
    form = pages.form(NewcomerSchema(), _usual(Way.PAPER) | {"kind": str(SellerKind.HOUSEHOLD)})
    if (answer := pages.repeated(form)) is not None:
        return answer
    paper = _paper(form)
    if form.data and not form.errors:
        with form.guard(), transaction():
            made, row = newcomers.enter(actor, form.data, _consent(form))
            _keep(actor, row, paper)
            pages.claim(form, ".seller", ref=made.ref)
            ref = made.ref
        if not form.errors:
            return pages.saved(".seller", _("Đã thêm người bán. Giờ điền hồ sơ giúp họ."), ref=ref)
    return pages.page(
        "community/newcomer.html",
        form=form,
        kinds=[(str(kind), KIND_NAMES[kind]) for kind in SellerKind],
        communes=_communes(actor),
        noted=_named(NOTED),
    )


def _paper(form: pages.Form) -> documents.Taken | None:
    """The photographed paper; without it, a consent on paper is not taken."""
    if form.data and (form.data["way"] == Way.PAPER or arrivals.sent()):
        return arrivals.document(form)
    return None


def _consent(form: pages.Form) -> Consent:
    data = form.data
    return Consent(data["consenter"], Way(data["way"]), data["until"], data["note"])


def _keep(actor: Actor, row: Delegation, paper: documents.Taken | None) -> None:
    if paper is not None:
        newcomers.keep_paper(actor, row, paper)


@bp.post("/nguoi-ban/<ref>/dong-y")
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def consent(actor: Actor, ref: str) -> ResponseReturnValue:
    """Note the yes of a seller without an account."""
    access.expect(actor, Permission.HELP)
    row = todo.get(actor, ref)
    form = pages.form(ConsentSchema())
    paper = _paper(form)
    if form.data and not form.errors:
        with form.guard(), transaction():
            _keep(actor, delegation.record(actor, row.id, _consent(form)), paper)
    if form.errors:
        return _seller_page(actor, row, form)
    return pages.saved(".seller", _("Đã ghi lời đồng ý. Bạn làm giúp được ngay."), ref=ref)


@bp.post("/nguoi-ban/<ref>/xin")
@access.signed_in
def ask(actor: Actor, ref: str) -> ResponseReturnValue:
    """Ask a seller who has an account, a mail box or a phone."""
    access.expect(actor, Permission.HELP)
    row = todo.get(actor, ref)
    form = pages.form(AskSchema())
    if form.data:
        with form.guard(), transaction():
            asked = delegation.ask(actor, row.id, Way(form.data["way"]), form.data["until"])
            if asked.consented_at is None:
                _send(actor, asked, row)
    if form.errors:
        return pages.refused(".seller", form, ref=ref)
    return pages.saved(".seller", _("Đã xin. Khi họ đồng ý, bạn làm giúp được ngay."), ref=ref)


def _send(actor: Actor, asked: Delegation, row: Seller) -> None:
    limits.hit(ASKED_OF_ONE, "consent asked", str(actor.user_id), str(row.id))
    if asked.way == Way.ACCOUNT:
        codes.tell_owners(actor, asked, row)
        return
    limits.hit(CODES_PER_HELPER, "consent code", str(actor.user_id))
    codes.send_one(actor, asked, row)


@bp.post("/nguoi-ban/<ref>/ma")
@access.signed_in
def code(actor: Actor, ref: str) -> ResponseReturnValue:
    """The code that the seller read out."""
    access.expect(actor, Permission.HELP)
    row = todo.get(actor, ref)
    form = pages.form(CodeSchema())
    if form.data:
        with transaction():
            right = codes.read_back(actor, _asked(actor, row), row, form.data["code"])
        if not right:
            form.errors["code"] = [_("Mã sai hoặc đã quá 15 phút. Xin gửi mã mới.")]
    if form.errors:
        return pages.refused(".seller", form, ref=ref)
    return pages.saved(".seller", _("Đã ghi lời đồng ý. Bạn làm giúp được ngay."), ref=ref)


def _asked(actor: Actor, row: Seller) -> Delegation:
    query = select(Delegation).where(
        Delegation.seller_id == row.id,
        Delegation.user_id == actor.user_id,
        Delegation.ended_at.is_(None),
        Delegation.consented_at.is_(None),
    )
    found = db.session.scalar(query.with_for_update())
    if found is None:
        raise NotFound(ref=row.ref)
    return found


@bp.get("/nguoi-ban/<ref>/phieu")
@access.signed_in
def slip(actor: Actor, ref: str) -> ResponseReturnValue:
    """What was agreed, and a code with which to end it; to be printed and handed over."""
    row, found = _agreed(actor, ref)
    link = _ends(found)
    return pages.page(
        "community/slip.html",
        seller=row,
        consent=found,
        helper=papers.named(found.user, teams.of(actor.user_id)),
        limits=papers.LIMITS,
        link=link,
        svg=qr.svg(link),
    )


def _agreed(actor: Actor, ref: str) -> tuple[Seller, Delegation]:
    access.expect(actor, Permission.HELP)
    row = todo.get(actor, ref)
    found = _open(actor, row)
    if found is None or found.consented_at is None:
        raise NotFound(ref=ref)
    return row, found


def _ends(row: Delegation) -> str:
    return url_for("helped.helped", token=row.token, _external=True)


@bp.get("/nguoi-ban/<ref>/phieu.pdf")
@access.signed_in
def slip_pdf(actor: Actor, ref: str) -> Response:
    """The same on a page of A6."""
    row, found = _agreed(actor, ref)
    data = papers.slip(found, row, teams.of(actor.user_id), _ends(found))
    return _paper_file(data, f"phieu-nho-giup-{ref.lower()}.pdf")


@bp.get("/giay-dong-y.pdf")
@access.signed_in
def to_sign(actor: Actor) -> Response:
    """A sheet to sign: who reads it out fills it in, and photographs it for the consent."""
    access.expect(actor, Permission.HELP)
    helper = db.session.get_one(User, actor.user_id)
    return _paper_file(papers.to_sign(helper, teams.of(actor.user_id)), "giay-dong-y.pdf")


def _paper_file(data: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(data, mimetype="application/pdf", headers=headers)


@bp.post("/nguoi-ban/<ref>/thoi")
@access.signed_in
def give_up(actor: Actor, ref: str) -> ResponseReturnValue:
    """The helper helps here no more."""
    access.expect(actor, Permission.HELP)
    with transaction():
        row = todo.get(actor, ref)
        found = _open(actor, row, lock=True)
        if found is None:
            raise NotFound(ref=ref)
        delegation.end(actor, found)
    return pages.saved(".seller", _("Đã thôi giúp người bán này."), ref=ref)
