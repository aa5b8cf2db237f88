"""Back office: OCOP certificates, entered by sellers and decided on by reviewers."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select
from sqlalchemy.orm import joinedload, selectinload

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue import certificates as verbs
from shop.catalogue import covering, programme, reminders, words
from shop.catalogue.certificate_schemas import (
    CertificateSchema,
    ExtensionSchema,
    RefusalSchema,
    WithdrawalSchema,
)
from shop.catalogue.models import Certificate, CertificateState, Coverage, Product
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Schema
from shop.media import arrivals, documents
from shop.sellers import profile
from shop.sellers.models import Seller

bp = Blueprint("certificates", __name__, url_prefix="/ban-hang/chung-nhan")

PAPER_NAMES = {
    "scan": _l("Bản chụp chứng nhận"),
    "extension": _l("Văn bản gia hạn"),
    "withdrawal": _l("Quyết định thu hồi"),
}
LEVEL_NAMES = {
    "ministry": _l("Bộ (cấp trung ương)"),
    "province": _l("Tỉnh, thành phố"),
    "district": _l("Huyện (trước 01/07/2025)"),
}
STATES = (
    ("", _l("Tất cả")),
    (CertificateState.WAITING, _l("Chờ duyệt")),
    (CertificateState.VERIFIED, _l("Đã xác minh")),
    (CertificateState.REFUSED, _l("Bị từ chối")),
    (CertificateState.WITHDRAWN, _l("Đã thu hồi")),
)


@bp.get("")
@access.signed_in
def certificates(actor: Actor) -> ResponseReturnValue:
    """The certificates of the actor's sellers."""
    access.expect(actor, Permission.CATALOGUE_READ)
    chosen = request.args.get("trang-thai", "")
    query = _rows(actor, Permission.CATALOGUE_READ)
    if chosen in set(CertificateState):
        query = query.where(Certificate.state == chosen)
    return pages.page(
        "certificates/certificates.html",
        page=pages.paged(query.order_by(Certificate.expires_on.desc(), Certificate.id.desc())),
        tabs=[(name, _list_url(state), state == chosen) for state, name in STATES],
        may_add=actor.may(Permission.CATALOGUE_WRITE),
        today=clock.today(),
    )


def _list_url(state: str) -> str:
    more: dict[str, Any] = {"trang-thai": state} if state else {}
    return url_for("certificates.certificates", **more)


def _rows(actor: Actor, permission: Permission) -> Select[Certificate]:
    query = access.rows(actor, Certificate, permission)
    covered = selectinload(Certificate.coverage).joinedload(Coverage.product)
    return query.options(joinedload(Certificate.seller), covered)


@bp.get("/cho-duyet")
@access.signed_in
def queue(actor: Actor) -> ResponseReturnValue:
    """Certificates that wait for a reviewer, the oldest first."""
    if not actor.may(Permission.REVIEW):
        raise NotFound
    waiting = _rows(actor, Permission.REVIEW).where(Certificate.state == CertificateState.WAITING)
    page = pages.paged(waiting.order_by(Certificate.id))
    return pages.page("certificates/queue.html", page=page, today=clock.today())


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def certificate_new(actor: Actor) -> ResponseReturnValue:
    """Enter a certificate of one seller, its scan with it."""
    access.expect(actor, Permission.CATALOGUE_WRITE)
    seller = _seller(actor)
    if seller is None:
        query = access.rows(actor, Seller, Permission.CATALOGUE_WRITE).order_by(Seller.sort_key)
        said = request.args.get("q", "").strip()[:100]
        page = pages.paged(profile.named(query, said))
        return pages.page("certificates/whose.html", page=page, words=said)
    form = _with_covers(pages.form(CertificateSchema(), {"covers": _asked()}))
    if (answer := pages.repeated(form)) is not None:
        return answer
    taken = arrivals.document(form) if form.data else None
    if form.data and taken:
        with form.guard(), transaction():
            covers = covering.chosen(actor, seller.id, form.data["covers"])
            row = verbs.enter(actor, seller, form.data, covers)
            _keep(actor, row, taken, "scan")
            pages.claim(form, "certificates.certificate", ref=row.ref)
            ref = row.ref
        if not form.errors:
            sent = _("Đã nhận chứng nhận. Người duyệt so với bản chụp rồi sao mới hiện.")
            return pages.saved("certificates.certificate", sent, ref=ref)
    return pages.page(
        "certificates/certificate_new.html",
        form=form,
        seller=seller,
        **_choices(actor, seller.id, form),
    )


def _seller(actor: Actor) -> Seller | None:
    """Whose certificate it is: as the address says, or the only seller of the actor."""
    ref, product = request.args.get("nguoi-ban", ""), request.args.get("san-pham", "")
    if ref:
        return access.get(actor, Seller, ref, Permission.CATALOGUE_WRITE)
    if product:
        return access.get(actor, Product, product, Permission.CATALOGUE_WRITE).seller
    query = access.rows(actor, Seller, Permission.CATALOGUE_WRITE).limit(2)
    found = db.session.scalars(query).all()
    return found[0] if len(found) == 1 else None


def _asked() -> list[str]:
    product = request.args.get("san-pham")
    return [f"product:{product}"] if product else []


def _with_covers(form: pages.Form) -> pages.Form:
    if request.method == "POST":
        form.values["covers"] = request.form.getlist("covers")
    return form


def _choices(actor: Actor, seller_id: int, form: pages.Form) -> dict[str, Any]:
    sets = [(each.code, each.name) for each in programme.known_sets()]
    return {
        "goods": covering.goods(actor, seller_id, form.values.get("covers", [])),
        "criteria_sets": [("", _("Chưa chọn")), *sets],
        "levels": [("", _("Chưa chọn")), *LEVEL_NAMES.items()],
    }


def _keep(actor: Actor, row: Certificate, taken: documents.Taken, kind: str) -> None:
    holder, title = f"certificate:{row.ref}", f"{PAPER_NAMES[kind]} {row.number}"
    documents.accept(actor, row.seller_id, holder, taken, kind=kind, title=title)


@bp.get("/<ref>")
@access.signed_in
def certificate(actor: Actor, ref: str) -> ResponseReturnValue:
    """One certificate: what its paper says, what it covers, and what a reviewer may do."""
    row = access.get(actor, Certificate, ref, Permission.CATALOGUE_READ)
    return pages.page(
        "certificates/certificate.html",
        row=row,
        papers=documents.of(f"certificate:{ref}"),
        paper_names=PAPER_NAMES,
        level_names=LEVEL_NAMES,
        set_name=programme.set_name(row.criteria_set),
        window=reminders.window(row),
        due=reminders.due(row),
        today=clock.today(),
        may_write=actor.may(Permission.CATALOGUE_WRITE, row.seller_id),
        may_review=actor.may(Permission.REVIEW, row.seller_id),
        seen=verbs.looked_at(row),
        forms={name: pages.Form(prefix=name) for name in ("refuse", "extend", "withdraw")},
    )


@bp.route("/<ref>/sua", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def certificate_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Correct a certificate; a reviewer then has to see it again."""
    row = access.get(actor, Certificate, ref, Permission.CATALOGUE_WRITE)
    form = _with_covers(pages.form(CertificateSchema(), _start(row)))
    sent = request.files.get("file")
    # The scan that is there stays, unless another one comes.
    taken = arrivals.document(form) if form.data and sent and sent.filename else None
    if form.data and not form.errors:
        with form.guard(), transaction():
            locked = access.get(actor, Certificate, ref, Permission.CATALOGUE_WRITE, lock=True)
            verbs.expect(locked, request.form.get("seen"))
            covers = covering.chosen(actor, locked.seller_id, form.data["covers"])
            verbs.correct(actor, locked, form.data, covers)
            if taken:
                _keep(actor, locked, taken, "scan")
        if not form.errors:
            return pages.saved("certificates.certificate", _("Đã lưu, chờ duyệt lại."), ref=ref)
    return pages.page(
        "certificates/certificate_change.html",
        form=form,
        row=row,
        seen=verbs.looked_at(row),
        **_choices(actor, row.seller_id, form),
    )


def _start(row: Certificate) -> dict[str, Any]:
    names = ("number", "score", "criteria_set", "level", "authority", "issued_on", "expires_on")
    return words.start({name: getattr(row, name) for name in names}) | {
        "covers": covering.boxes(row)
    }


def _looked_at(actor: Actor, ref: str) -> Certificate:
    """The certificate, locked, as the reviewer's page showed it. Raises NotFound, LookAgain."""
    row = access.get(actor, Certificate, ref, Permission.REVIEW, lock=True)
    verbs.expect(row, request.form.get("seen"))
    return row


@bp.post("/<ref>/xac-minh")
@access.signed_in
def verify(actor: Actor, ref: str) -> ResponseReturnValue:
    """A reviewer has compared it with its scan: its star counts."""
    form = pages.form(Schema())
    with form.guard(), transaction():
        verbs.verify(actor, _looked_at(actor, ref))
    return _done(form, ref, _("Đã xác minh chứng nhận."))


@bp.post("/<ref>/tu-choi")
@access.signed_in
def refuse(actor: Actor, ref: str) -> ResponseReturnValue:
    """A reviewer does not accept it and says why."""
    access.get(actor, Certificate, ref, Permission.REVIEW)
    form = pages.form(RefusalSchema())
    if form.data:
        with form.guard(), transaction():
            row = _looked_at(actor, ref)
            verbs.refuse(actor, row, form.data["reason"])
    return _done(form, ref, _("Đã từ chối, lý do hiện cho người bán."))


@bp.post("/<ref>/gia-han")
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def extend(actor: Actor, ref: str) -> ResponseReturnValue:
    """A reviewer extends it for the time of transition, by a document."""
    access.get(actor, Certificate, ref, Permission.REVIEW)
    form = pages.form(ExtensionSchema())
    taken = arrivals.document(form) if form.data else None
    if form.data and taken:
        with form.guard(), transaction():
            row = _looked_at(actor, ref)
            verbs.extend(actor, row, form.data)
            _keep(actor, row, taken, "extension")
    return _done(form, ref, _("Đã ghi gia hạn."))


@bp.post("/<ref>/thu-hoi")
@access.signed_in
def withdraw(actor: Actor, ref: str) -> ResponseReturnValue:
    """A reviewer records the decision by which its issuer took it back."""
    access.get(actor, Certificate, ref, Permission.REVIEW)
    form = pages.form(WithdrawalSchema())
    if form.data:
        with form.guard(), transaction():
            row = _looked_at(actor, ref)
            verbs.withdraw(actor, row, form.data)
    return _done(form, ref, _("Đã thu hồi. Sao không còn hiện ở đâu nữa."))


def _done(form: pages.Form, ref: str, message: str) -> ResponseReturnValue:
    if form.errors:
        return pages.refused("certificates.certificate", form, ref=ref)
    return pages.saved("certificates.certificate", message, ref=ref)
