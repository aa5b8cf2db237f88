"""What can be counted of listings on marketplaces and portals."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, or_, select

from shop.catalogue import certificates
from shop.catalogue import figures as of_products
from shop.catalogue.models import Product, Variant
from shop.figures import Figure, Group, Scope, Words
from shop.orders import figures as of_orders
from shop.orders.models import Order
from shop.sellers import figures as of_sellers
from shop.sellers.models import Seller
from workers.channels.models import Connection, Listing, ListingSpan
from workers.marketplaces import known

SOURCE = _l("Lịch sử đăng bán trên từng sàn, không tính cửa hàng thử")


def _name(platform: str) -> Words:
    market = known.MARKETPLACES.get(platform)
    return market.name if market else platform


def _live_at_end(scope: Scope) -> ColumnElement[bool]:
    end = scope.period.end
    return (ListingSpan.from_at < end) & or_(
        ListingSpan.until_at.is_(None), ListingSpan.until_at >= end
    )


def _live_during(scope: Scope) -> ColumnElement[bool]:
    ended = ListingSpan.until_at
    return (ListingSpan.from_at < scope.period.end) & or_(
        ended.is_(None), ended > scope.period.start
    )


def _listed(*such: Any) -> Select[Any]:
    """Product and platform of each listing with a span that is such."""
    query: Any = select(Variant.product_id, Connection.platform)
    query = query.select_from(ListingSpan).join(Listing, Listing.id == ListingSpan.listing_id)
    query = query.join(Connection, Connection.id == Listing.connection_id)
    query = query.join(Variant, Variant.id == Listing.variant_id)
    found: Select[Any] = query.where(of_orders.real(Connection.sandbox), *such)
    return found


def _products(scope: Scope, there: Any, *such: Any, at: Any = None) -> Select[Any]:
    """A row for each product and platform of `there`."""
    columns = of_sellers.columns(
        key=Product.id, label=Product.name, ref=Product.ref, split=there.c.platform, at=at
    )
    query = select(*columns).join(Seller, Seller.id == Product.seller_id)
    query = query.join(there, there.c.product_id == Product.id)
    return query.where(of_sellers.within(scope), *such)


def _starred(scope: Scope) -> ColumnElement[bool]:
    starred = certificates.starred(scope.period.last).subquery()
    return Product.id.in_(select(starred.c.product_id))


def _ocop_listed(scope: Scope) -> Select[Any]:
    return _products(scope, _listed(_live_at_end(scope)).distinct().subquery(), _starred(scope))


def _listed_at_all(scope: Scope) -> Select[Any]:
    return _products(scope, _listed(_live_at_end(scope)).distinct().subquery())


def _covered(scope: Scope) -> Select[Any]:
    there = _listed(_live_at_end(scope)).distinct().subquery()
    return of_products.ocop(scope).where(Product.id.in_(select(there.c.product_id)))


def _new(scope: Scope) -> Select[Any]:
    first = func.min(ListingSpan.from_at).label("at")
    query = _listed().add_columns(first)
    firsts = query.group_by(Variant.product_id, Connection.platform).subquery()
    return _products(scope, firsts, scope.during(firsts.c.at), at=firsts.c.at)


def _sellers(scope: Scope) -> Select[Any]:
    """A row for each seller and platform with a listing there and a sale there in the period."""
    # As a list of its own: asked of each shop by itself, it reads every order of the marketplace.
    sales = select(Order.seller_id, Order.source).join(Seller, Seller.id == Order.seller_id)
    sales = sales.where(
        of_sellers.within(scope),
        Order.state.in_(of_orders.SOLD),
        scope.during(Order.placed_at),
        of_orders.real(Order.trial),
    )
    sold = sales.distinct().subquery()
    has_listed = (
        select(ListingSpan.id)
        .join(Listing, Listing.id == ListingSpan.listing_id)
        .where(Listing.connection_id == Connection.id, _live_during(scope))
    )
    columns = of_sellers.columns(key=Seller.id, ref=Seller.ref, split=Connection.platform)
    query = select(*columns).join(Connection, Connection.seller_id == Seller.id).distinct()
    source = "channel:" + Connection.platform
    query = query.join(sold, (sold.c.seller_id == Seller.id) & (sold.c.source == source))
    real = of_orders.real(Connection.sandbox)
    return query.where(of_sellers.within(scope), real, has_listed.exists())


FIGURES = (
    Figure(
        name="channels.selling_sellers",
        group=Group.SELLERS,
        title=_l("Người bán có gian hàng và có bán được trên sàn khác"),
        unit=of_sellers.UNIT,
        definition=_l(
            "Có hàng đăng trên sàn ấy và có ít nhất một đơn của sàn ấy trong kỳ; không tính cửa "
            "hàng thử."
        ),
        source=_l("Lịch sử đăng bán và đơn hàng"),
        top=_l("người bán có hàng đăng và có đơn trên cùng một sàn trong kỳ"),
        rows=_sellers,
        repeats=True,
        split_by=_l("Theo sàn"),
        splits=_name,
        page="profile.seller",
        noted=True,
    ),
    Figure(
        name="channels.ocop_listed",
        group=Group.CHANNELS,
        title=_l("Sản phẩm OCOP trên các sàn khác"),
        unit=of_products.PRODUCTS,
        definition=_l(
            "Sản phẩm còn chứng nhận OCOP vào ngày cuối kỳ và đang được bày bán trên ít nhất một "
            "sàn khác. Một sản phẩm ở hai sàn tính một lần trong tổng, và ở mỗi sàn một lần."
        ),
        source=_l("Chứng nhận OCOP và lịch sử đăng bán trên từng sàn, không tính cửa hàng thử"),
        top=_l("sản phẩm OCOP đang bày bán lúc hết kỳ"),
        rows=_ocop_listed,
        state=True,
        split_by=_l("Theo sàn"),
        splits=_name,
        public=True,
        page="catalogue.product",
    ),
    Figure(
        name="channels.coverage",
        group=Group.CHANNELS,
        title=_l("Sản phẩm OCOP của vùng đã lên sàn khác"),
        unit="%",
        definition=_l(
            "Bao nhiêu phần trăm sản phẩm OCOP của vùng có mặt trên ít nhất một sàn khác."
        ),
        source=_l("Chứng nhận OCOP và lịch sử đăng bán trên từng sàn, không tính cửa hàng thử"),
        top=_l("sản phẩm OCOP đang bày bán trên sàn khác lúc hết kỳ"),
        bottom=of_products.OCOP_PRODUCTS,
        empty=of_products.NO_OCOP,
        rows=_covered,
        of=of_products.ocop,
        state=True,
        public=True,
        page="catalogue.product",
    ),
    Figure(
        name="channels.new_listings",
        group=Group.CHANNELS,
        title=_l("Sản phẩm mới lên sàn khác"),
        unit=of_products.PRODUCTS,
        definition=_l("Sản phẩm lần đầu có mặt trên một sàn trong kỳ."),
        source=SOURCE,
        top=_l("sản phẩm có ngày đầu tiên trên sàn trong kỳ"),
        rows=_new,
        split_by=_l("Theo sàn"),
        splits=_name,
        public=True,
        page="catalogue.product",
    ),
    Figure(
        name="channels.starred_share",
        group=Group.CHANNELS,
        title=_l("Hàng trên sàn khác được gắn sao OCOP"),
        unit="%",
        definition=_l(
            "Trong các sản phẩm của vùng đang bày bán trên sàn khác, bao nhiêu phần trăm được gắn "
            "sao. Sao chỉ gắn khi chứng nhận còn hiệu lực."
        ),
        source=_l("Chứng nhận OCOP và lịch sử đăng bán trên từng sàn, không tính cửa hàng thử"),
        top=_l("sản phẩm trên sàn được gắn sao"),
        bottom=_l("sản phẩm trên sàn"),
        empty=_l("Lúc hết kỳ vùng không có sản phẩm nào trên sàn khác."),
        rows=_ocop_listed,
        of=_listed_at_all,
        state=True,
        public=True,
        page="catalogue.product",
    ),
)
