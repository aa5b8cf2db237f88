"""OCOP certificates: which star today, and everything that happens to a certificate.

A star is shown, printed or sent anywhere only while a verified, unexpired, unrevoked certificate
of that seller covers that product. `star_today` and its set forms are the only answer.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import lazyload

from shop import clock, seen
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue import changes, programme
from shop.catalogue.errors import CannotDecide, LookAgain, NoScan
from shop.catalogue.models import Certificate, CertificateState, Coverage, Product, Variant
from shop.database import db
from shop.errors import BadInput
from shop.media import documents
from shop.sellers.models import Seller

# Decision 490/QĐ-TTg began the programme. Papers hold for 36 months; who grants more is rare.
BEGINNING, LONGEST = date(2018, 5, 7), timedelta(5 * 366)

# What a certificate covers: a product whole (None), or one pack of it.
Covers = Sequence[tuple[Product, Variant | None]]

_OTHER, _PACK = Coverage.__table__.alias("other"), Variant.__table__.alias("pack")


def star_today(
    product: Product, variant: Variant | None = None, on: date | None = None
) -> int | None:
    """The star of a product, or of one pack of it, on a day in Vietnam (today); None without one.

    Of several certificates in force the highest star counts (an upgrade comes mid-life).
    """
    certificate = in_force(product, variant, on)
    return certificate.star if certificate else None


def in_force(
    product: Product, variant: Variant | None = None, on: date | None = None
) -> Certificate | None:
    """The certificate behind `star_today`; its `coverage` is not loaded."""
    reach = _of_pack(variant.id) if variant else _of_whole()
    query = _with_star(select(Certificate), on).where(Coverage.product_id == product.id, reach)
    query = query.order_by(star_of_score().desc(), Certificate.expires_on.desc(), Certificate.id)
    best = db.session.scalars(query.options(lazyload(Certificate.coverage)).limit(1))
    found: Certificate | None = best.first()
    return found


def stars(product_ids: Iterable[int], on: date | None = None) -> dict[int, int]:
    """The same for many products: product id → star, for those that have one; one query."""
    query = starred(on).where(Coverage.product_id.in_(list(product_ids)))
    return {row[0]: row[1] for row in db.session.execute(query)}


def behind(product_ids: Iterable[int], on: date | None = None) -> dict[int, Certificate]:
    """The certificate behind the star of each of many products; one query."""
    query = _with_star(select(Coverage.product_id, Certificate), on)
    query = query.where(Coverage.product_id.in_(list(product_ids)), _of_whole())
    query = query.order_by(star_of_score(), Certificate.expires_on, Certificate.id.desc())
    # The best comes last and stays.
    rows = db.session.execute(query.options(lazyload(Certificate.coverage)))
    return {row[0]: row[1] for row in rows}


def of_packs(packs: Iterable[Variant], on: date | None = None) -> dict[int, Certificate]:
    """The certificate behind the star of each of many packs: pack id → certificate; one query."""
    named = or_(Coverage.variant_id.is_(None), Coverage.variant_id == Variant.id)
    query = _with_star(select(Variant.id, Certificate), on)
    query = query.join(Variant, and_(Variant.product_id == Coverage.product_id, named))
    query = query.where(Variant.id.in_([pack.id for pack in packs]))
    query = query.order_by(star_of_score(), Certificate.expires_on, Certificate.id.desc())
    rows = db.session.execute(query.options(lazyload(Certificate.coverage)))
    return {row[0]: row[1] for row in rows}


def starred(on: date | None = None) -> Select[int, int]:
    """Every product that has a star, as a query: `product_id`, `star`."""
    best = func.max(star_of_score()).label("star")
    query = _with_star(select(Coverage.product_id, best), on).where(_of_whole())
    grouped: Select[int, int] = query.group_by(Coverage.product_id)
    return grouped


def _with_star(query: Any, on: date | None) -> Any:
    day, withdrawn = on or clock.today(), Certificate.withdrawn_on
    its_own = and_(Product.id == Coverage.product_id, Product.seller_id == Certificate.seller_id)
    query = query.select_from(Certificate).join(Coverage, Coverage.certificate_id == Certificate.id)
    return query.join(Product, its_own).where(
        # Only what was verified is ever withdrawn.
        Certificate.state.in_((CertificateState.VERIFIED, CertificateState.WITHDRAWN)),
        Certificate.issued_on <= day,
        func.coalesce(Certificate.extended_until, Certificate.expires_on) >= day,
        or_(withdrawn.is_(None), withdrawn > day),
        star_of_score().is_not(None),
    )


# Built once: it has a hundred elements, and every list and page asks for it.
@cache
def star_of_score() -> ColumnElement[int | None]:
    """The star of a certificate's score, as `programme.star` reckons it."""
    bands = [
        (and_(Certificate.issued_on.between(p.since, p.until), Certificate.score >= least), star)
        for p in programme.periods()
        for star, least in p.bands
    ]
    return case(*bands)


def _of_pack(variant_id: int) -> ColumnElement[bool]:
    return or_(Coverage.variant_id.is_(None), Coverage.variant_id == variant_id)


@cache
def _of_whole() -> ColumnElement[bool]:
    """The whole product is covered, by name or by every pack of it that is offered."""
    covered = select(_OTHER.c.id).where(
        _OTHER.c.certificate_id == Certificate.id, _OTHER.c.variant_id == _PACK.c.id
    )
    # One answer a coverage, by the packs' index; as EXISTS in an OR it would read all packs.
    all_of_them = select(func.bool_and(covered.correlate(Certificate, _PACK).exists()))
    all_of_them = all_of_them.where(_PACK.c.product_id == Coverage.product_id, _PACK.c.active)
    offered = all_of_them.correlate(Certificate, Coverage).scalar_subquery()
    return or_(Coverage.variant_id.is_(None), offered)


def enter(actor: Actor, seller: Seller, data: dict[str, Any], covers: Covers) -> Certificate:
    """A certificate as its paper says, to be verified. `data` as CertificateSchema gives it.

    Raises BadInput naming what cannot be: no star by its score, issued by who could not, …
    """
    row = Certificate(seller_id=seller.id, state=CertificateState.WAITING)
    row.seller = seller
    _fill(row, data, covers)
    _save(row)
    audit.note(actor, "certificate.enter", row, row.number)
    return row


def correct(actor: Actor, row: Certificate, data: dict[str, Any], covers: Covers) -> None:
    """Other facts or products: it gives no star until a reviewer has seen it again.

    Raises BadInput; CannotDecide of a withdrawn one.
    """
    _expect(row, CertificateState.WAITING, CertificateState.REFUSED, CertificateState.VERIFIED)
    before = _covered(row)
    _tell(row)  # also those that it covers no longer
    row.extended_until = row.ended_on = row.reminded = None
    row.state, row.reason = CertificateState.WAITING, ""
    _fill(row, data, covers)
    _save(row)
    audit.note(actor, "certificate.correct", row, row.number)
    if (after := _covered(row)) != before:
        said = {"covers": [before, after]}
        audit.write(actor, "certificate.cover", row.seller_id, row.number, row.ref, said)


def _save(row: Certificate) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError as error:  # entered at the same moment
        if "uq_certificates_seller_id_number" not in str(error.orig):
            raise
        raise BadInput({"number": [_("Số chứng nhận này đã được nhập.")]}) from None


_LOOKED_AT = (
    *("state", "number", "score", "criteria_set", "authority", "level", "issued_on"),
    *("expires_on", "extended_until", "withdrawn_on", "decision"),
)


def looked_at(row: Certificate) -> str:
    """The mark of the certificate as its page shows it, papers and products with it."""
    facts = [getattr(row, name) for name in _LOOKED_AT]
    shown = [paper.ref for paper in documents.of(_holder(row))]
    return seen.mark(*facts, _covered(row), shown)


def expect(row: Certificate, mark: str | None) -> None:
    """Raises LookAgain unless the locked row is what the page with `mark` showed.

    None (a form that carries none) expects nothing.
    """
    if mark is not None and mark != looked_at(row):
        raise LookAgain


def _holder(row: Certificate) -> str:
    return f"certificate:{row.ref}"


def _covered(row: Certificate) -> list[str]:
    """What it covers, in words."""
    return sorted(
        f"{each.product.name}, {each.variant.pack}" if each.variant else each.product.name
        for each in row.coverage
    )


def _fill(row: Certificate, data: dict[str, Any], covers: Covers) -> None:
    for name in ("number", "score", "criteria_set", "authority", "level", "issued_on"):
        setattr(row, name, data[name])
    row.expires_on = data["expires_on"] or programme.expiry(row.issued_on)
    _check(row, covers)
    wanted = {(product.id, pack.id if pack else None): (product, pack) for product, pack in covers}
    # A pack of a product that is covered whole says nothing more.
    wanted = {k: pair for k, pair in wanted.items() if not k[1] or (k[0], None) not in wanted}
    kept = [each for each in row.coverage if (each.product_id, each.variant_id) in wanted]
    there = {(each.product_id, each.variant_id) for each in kept}
    new = [
        Coverage(product_id=product.id, variant_id=key[1], product=product, variant=pack)
        for key, (product, pack) in wanted.items()
        if key not in there
    ]
    row.coverage = [*kept, *new]


def _check(row: Certificate, covers: Covers) -> None:
    wrong: dict[str, list[str]] = {}
    if row.issued_on > clock.today():
        wrong["issued_on"] = [_("Ngày cấp còn ở tương lai.")]
    if row.issued_on < BEGINNING:
        wrong["issued_on"] = [_("Chương trình OCOP có từ tháng 5/2018: xem lại ngày cấp.")]
    if row.expires_on - row.issued_on > LONGEST:
        wrong["expires_on"] = [_("Giấy có hạn lâu hơn 5 năm: xem lại ngày hết hạn.")]
    if row.expires_on <= row.issued_on:
        wrong["expires_on"] = [_("Ngày hết hạn phải sau ngày cấp.")]
    if row.star is None:
        wrong["score"] = [_("Dưới 50 điểm thì không có chứng nhận OCOP.")]
    elif row.level not in programme.levels(row.star, row.issued_on):
        wrong["level"] = [_("Cơ quan cấp này không công nhận hạng ứng với số điểm ấy vào ngày ấy.")]
    if row.criteria_set not in {each.code for each in programme.known_sets()}:
        wrong["criteria_set"] = [_("Chọn một mục trong danh sách.")]
    if not covers:
        wrong["covers"] = [_("Chọn ít nhất một sản phẩm ghi trong chứng nhận.")]
    if any(product.seller_id != row.seller_id for product, _pack in covers) or any(
        pack and pack.product_id != product.id for product, pack in covers
    ):
        wrong["covers"] = [_("Chứng nhận chỉ gồm sản phẩm của chính đơn vị này.")]
    if _taken(row):
        wrong["number"] = [_("Số chứng nhận này đã được nhập.")]
    if wrong:
        raise BadInput(wrong)


def _taken(row: Certificate) -> bool:
    with db.session.no_autoflush:
        query = select(Certificate.id).where(
            Certificate.seller_id == row.seller_id, Certificate.number == row.number
        )
        return db.session.scalar(query.where(Certificate.id != (row.id or 0))) is not None


def verify(actor: Actor, row: Certificate) -> None:
    """A reviewer has compared it with the scan: it gives its star from now on. Twice is once.

    Raises NoScan when there is nothing to compare it with.
    """
    if row.state != CertificateState.VERIFIED:
        _expect(row, CertificateState.WAITING)
        if not any(paper.kind == "scan" for paper in documents.of(_holder(row))):
            raise NoScan
        _decide(actor, row, CertificateState.VERIFIED, "certificate.verify")


def refuse(actor: Actor, row: Certificate, reason: str) -> None:
    """A reviewer does not accept it; its seller reads why and may correct it."""
    _expect(row, CertificateState.WAITING)
    row.reason = reason
    _decide(actor, row, CertificateState.REFUSED, "certificate.refuse")


def extend(actor: Actor, row: Certificate, data: dict[str, Any]) -> None:
    """The transitional extension (26/2026/QĐ-TTg Art. 12.3), for which a document is kept.

    `data` as ExtensionSchema gives it. Raises BadInput beyond 180 days past its expiry.
    """
    _expect(row, CertificateState.VERIFIED)
    most = row.expires_on + timedelta(programme.renewal(clock.today()).extension)
    if not row.expires_on < data["until"] <= most:
        why = _("Gia hạn đến một ngày sau khi hết hạn, muộn nhất %(day)s.", day=f"{most:%d/%m/%Y}")
        raise BadInput({"until": [why]})
    row.extended_until, row.decision = data["until"], data["decision"]
    _decide(actor, row, CertificateState.VERIFIED, "certificate.extend")


def withdraw(actor: Actor, row: Certificate, data: dict[str, Any]) -> None:
    """Its issuer took it back: no star from the beginning of that day (`withdrawn_on`, today).

    `data` as WithdrawalSchema gives it. Raises BadInput for a day to come or before its issue.
    """
    _expect(row, CertificateState.VERIFIED)
    day = data["withdrawn_on"] or clock.today()
    if not row.issued_on <= day <= clock.today():
        raise BadInput({"withdrawn_on": [_("Ngày thu hồi từ ngày cấp đến hôm nay.")]})
    row.withdrawn_on, row.decision, row.reason = day, data["decision"], data["reason"]
    _decide(actor, row, CertificateState.WITHDRAWN, "certificate.withdraw")


def _decide(actor: Actor, row: Certificate, state: CertificateState, action: str) -> None:
    row.state, row.reviewer, row.reviewed_at = state, actor.name, clock.now()
    if state == CertificateState.VERIFIED:
        row.reason = ""
    audit.note(actor, action, row, row.number)
    _tell(row)


def _expect(row: Certificate, *states: CertificateState) -> None:
    if row.state not in states:
        raise CannotDecide


def doubt(product: Product, before: str) -> None:
    """The product has another name than when it was covered: reviewers look again, stars wait."""
    query = select(Certificate).join(Coverage, Coverage.certificate_id == Certificate.id)
    query = query.where(
        Coverage.product_id == product.id, Certificate.state == CertificateState.VERIFIED
    )
    for row in db.session.scalars(query.with_for_update(of=Certificate)).unique():
        row.state = CertificateState.WAITING
        row.reason = _("“%(before)s” đổi tên thành “%(now)s”.", before=before, now=product.name)


def _tell(row: Certificate) -> None:
    """Pages, channels and everybody else hear that the products' stars may be others now."""
    ids = {each.product_id for each in row.coverage}
    query = select(Product).where(Product.id.in_(ids)).order_by(Product.id).with_for_update()
    for product in db.session.scalars(query):
        changes.note(product)


def close_ended() -> int:
    """Tell everybody, once, of certificates whose last day is over; how many there were."""
    last_day = func.coalesce(Certificate.extended_until, Certificate.expires_on)
    query = select(Certificate).where(
        Certificate.state == CertificateState.VERIFIED,
        last_day < clock.today(),
        or_(Certificate.ended_on.is_(None), Certificate.ended_on < last_day),
    )
    # A certificate at a time waits for nobody: one that is being decided on comes next minute.
    ended = db.session.scalars(query.limit(200).with_for_update(skip_locked=True)).all()
    for row in ended:
        row.ended_on = row.last_day
        _tell(row)
    return len(ended)
