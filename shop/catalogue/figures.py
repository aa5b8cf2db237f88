"""What can be counted of products and their OCOP certificates."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from shop.catalogue import certificates
from shop.catalogue.models import Certificate, CertificateState, Coverage, Product, SaleSpan
from shop.figures import Figure, Group, Scope, Words
from shop.sellers import figures as of_sellers
from shop.sellers.models import Seller

PRODUCTS = _l("sản phẩm")
CERTIFICATES = _l("chứng nhận")
# Renewal is filed until 120 days before the end, from 180 days on (26/2026/QĐ-TTg).
EXPIRING_DAYS = 180
# Only what was verified is ever withdrawn.
_REAL = (CertificateState.VERIFIED, CertificateState.WITHDRAWN)
SOURCE = _l("Chứng nhận OCOP đã được người duyệt xác minh")


def ocop(scope: Scope) -> Select[Any]:
    """Products of the region with a star on the last day of the period, one row each."""
    starred = certificates.starred(scope.period.last).subquery()
    columns = of_sellers.columns(
        key=Product.id, label=Product.name, ref=Product.ref, split=starred.c.star
    )
    query = select(*columns).join(Seller, Seller.id == Product.seller_id)
    return query.join(starred, starred.c.product_id == Product.id).where(of_sellers.within(scope))


def on_sale(scope: Scope) -> ColumnElement[bool]:
    """The product was offered in our own shop at the end of the period."""
    end = scope.period.end
    span = select(SaleSpan.id).where(
        SaleSpan.product_id == Product.id,
        SaleSpan.from_at < end,
        or_(SaleSpan.until_at.is_(None), SaleSpan.until_at >= end),
    )
    return span.exists()


def offered_during(scope: Scope) -> ColumnElement[bool]:
    """The seller had some product on offer in our own shop at some time of the period."""
    span = select(SaleSpan.id).join(Product, Product.id == SaleSpan.product_id)
    return span.where(
        Product.seller_id == Seller.id,
        SaleSpan.from_at < scope.period.end,
        or_(SaleSpan.until_at.is_(None), SaleSpan.until_at > scope.period.start),
    ).exists()


def _ocop_on_sale(scope: Scope) -> Select[Any]:
    return ocop(scope).where(on_sale(scope))


def _new(scope: Scope) -> Select[Any]:
    first = select(SaleSpan.product_id, func.min(SaleSpan.from_at).label("at"))
    firsts = first.group_by(SaleSpan.product_id).subquery()
    columns = of_sellers.columns(
        key=Product.id, label=Product.name, ref=Product.ref, at=firsts.c.at
    )
    query = select(*columns).join(Seller, Seller.id == Product.seller_id)
    query = query.join(firsts, firsts.c.product_id == Product.id)
    return query.where(of_sellers.within(scope), scope.during(firsts.c.at))


def _certificates(scope: Scope, *such: Any, **more: Any) -> Select[Any]:
    columns = of_sellers.columns(
        key=Certificate.id, label=Certificate.number, ref=Certificate.ref, **more
    )
    query = select(*columns).join(Seller, Seller.id == Certificate.seller_id)
    return query.where(of_sellers.within(scope), Certificate.state.in_(_REAL), *such)


def _last_day(paper: Any = Certificate) -> ColumnElement[Any]:
    return func.coalesce(paper.extended_until, paper.expires_on)


def _holds(scope: Scope, paper: Any = Certificate) -> ColumnElement[bool]:
    """It is in force on the last day of the period."""
    day = scope.period.last
    kept = or_(paper.withdrawn_on.is_(None), paper.withdrawn_on > day)
    return and_(paper.state.in_(_REAL), paper.issued_on <= day, _last_day(paper) >= day, kept)


def _in_force(scope: Scope) -> Select[Any]:
    return _certificates(scope, _holds(scope), split=certificates.star_of_score())


def _expiring(scope: Scope) -> Select[Any]:
    until = scope.period.last + timedelta(days=EXPIRING_DAYS)
    return _certificates(scope, _holds(scope), _last_day() <= until)


def _lost(scope: Scope) -> Select[Any]:
    withdrawn = scope.on_days(Certificate.withdrawn_on)
    # One withdrawn before its end was lost then, and not again when it would have ended.
    stood = or_(Certificate.withdrawn_on.is_(None), Certificate.withdrawn_on > _last_day())
    ended = and_(stood, scope.on_days(_last_day() + 1), ~_renewed(scope))
    why = case((withdrawn, "withdrawn"), else_="ended")
    return _certificates(scope, or_(withdrawn, ended), split=why)


def _renewed(scope: Scope) -> ColumnElement[bool]:
    """Another paper of the seller, for one of its products, is in force when the period ends."""
    other, its, mine = aliased(Certificate), aliased(Coverage), aliased(Coverage)
    query = select(other.id).join(its, its.certificate_id == other.id)
    query = query.join(mine, mine.product_id == its.product_id)
    return query.where(
        mine.certificate_id == Certificate.id,
        other.seller_id == Certificate.seller_id,
        other.id != Certificate.id,
        _holds(scope, other),
    ).exists()


def star_name(star: str) -> Words:
    """What so many stars are called."""
    return str(_("%(star)s sao", star=star))


LOST = {"withdrawn": _l("Bị thu hồi"), "ended": _l("Hết hạn, chưa công nhận lại")}
OCOP_PRODUCTS = _l("sản phẩm OCOP của vùng còn chứng nhận vào ngày cuối kỳ")
NO_OCOP = _l("Vùng không có sản phẩm OCOP nào còn chứng nhận vào ngày cuối kỳ.")

FIGURES = (
    Figure(
        name="catalogue.ocop_products",
        group=Group.PRODUCTS,
        title=_l("Sản phẩm OCOP"),
        unit=PRODUCTS,
        definition=_l("Sản phẩm có chứng nhận OCOP từ 3 sao còn hiệu lực vào ngày cuối kỳ."),
        source=SOURCE,
        top=OCOP_PRODUCTS,
        rows=ocop,
        state=True,
        split_by=_l("Theo sao"),
        splits=star_name,
        public=True,
        page="catalogue.product",
    ),
    Figure(
        name="catalogue.ocop_on_sale",
        group=Group.PRODUCTS,
        title=_l("Sản phẩm OCOP đang bán trên sàn này"),
        unit="%",
        definition=_l("Bao nhiêu phần trăm sản phẩm OCOP của vùng đang được bán trên sàn này."),
        source=_l("Chứng nhận OCOP và lịch sử đăng bán"),
        top=_l("sản phẩm OCOP đang bán lúc hết kỳ"),
        bottom=OCOP_PRODUCTS,
        empty=NO_OCOP,
        rows=_ocop_on_sale,
        of=ocop,
        state=True,
        public=True,
        page="catalogue.product",
    ),
    Figure(
        name="catalogue.new_products",
        group=Group.PRODUCTS,
        title=_l("Sản phẩm mới lên sàn này"),
        unit=PRODUCTS,
        definition=_l("Sản phẩm được bán lần đầu trên sàn này trong kỳ, OCOP hay chưa."),
        source=_l("Lịch sử đăng bán"),
        top=_l("sản phẩm có ngày bán đầu tiên trong kỳ"),
        rows=_new,
        public=True,
        page="catalogue.product",
    ),
    Figure(
        name="certificates.in_force",
        group=Group.PRODUCTS,
        title=_l("Chứng nhận còn hiệu lực"),
        unit=CERTIFICATES,
        definition=_l("Chứng nhận OCOP đã xác minh, chưa hết hạn, chưa bị thu hồi."),
        source=SOURCE,
        top=_l("chứng nhận còn hiệu lực vào ngày cuối kỳ"),
        rows=_in_force,
        state=True,
        split_by=_l("Theo sao"),
        splits=star_name,
        public=True,
        page="certificates.certificate",
    ),
    Figure(
        name="certificates.expiring",
        group=Group.PRODUCTS,
        title=_l("Chứng nhận sắp hết hạn"),
        unit=CERTIFICATES,
        definition=_l(
            "Còn hiệu lực vào ngày cuối kỳ và hết hạn trong 180 ngày sau đó. "
            "Hồ sơ công nhận lại nộp từ 180 đến 120 ngày trước khi hết hạn (26/2026/QĐ-TTg)."
        ),
        source=SOURCE,
        top=_l("chứng nhận còn hiệu lực, hết hạn trong 180 ngày tới"),
        rows=_expiring,
        state=True,
        public=True,
        page="certificates.certificate",
    ),
    Figure(
        name="certificates.lost",
        group=Group.PRODUCTS,
        title=_l("Chứng nhận mất trong kỳ"),
        unit=CERTIFICATES,
        definition=_l(
            "Hết hạn hoặc bị thu hồi trong kỳ. Hết hạn mà đã được công nhận lại thì không tính."
        ),
        source=SOURCE,
        top=_l("chứng nhận có ngày hết hiệu lực trong kỳ"),
        rows=_lost,
        split_by=_l("Vì sao"),
        splits=lambda why: LOST.get(why, why),
        public=True,
        page="certificates.certificate",
    ),
)
