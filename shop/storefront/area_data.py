"""What an area sells, for other sites: its products as open data, and its stalls."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from shop.catalogue import certificates
from shop.catalogue.models import Product
from shop.database import db
from shop.sellers.models import Seller
from shop.sellers.words import KIND_NAMES
from shop.storefront import discovery
from shop.storefront.areas import Area

MOST_STALLS = 60
LICENCE = "CC BY 4.0"
# Columns of the open data: name, what stands in it.
COLUMNS = (
    ("product", _l("Tên sản phẩm")),
    ("url", _l("Trang của sản phẩm, địa chỉ không đổi")),
    ("seller", _l("Người bán")),
    ("seller_kind", _l("Loại người bán")),
    ("stall_url", _l("Gian hàng của người bán")),
    ("province_code", _l("Mã tỉnh hiện nay, 2 số")),
    ("commune_code", _l("Mã xã, phường hiện nay, 5 số; có thể trống")),
    ("commune", _l("Tên xã, phường")),
    ("ocop_star", _l("Số sao OCOP còn hiệu lực hôm nay; trống nếu không có")),
    ("months", _l("Các tháng có hàng; trống là quanh năm")),
)


def _of(area: Area) -> Any:
    inside = Seller.province_code == area.province_code
    return inside & (Seller.commune_code == area.commune_code) if area.commune_code else inside


def products(area: Area) -> list[dict[str, Any]]:
    """Everything on sale in an area, a row each, in the columns of COLUMNS; no prices, for those
    change and would be kept by others."""
    query = select(Product).join(Product.seller).where(Product.on_sale, _of(area))
    query = query.options(joinedload(Product.seller)).order_by(Product.sort_key, Product.id)
    rows = list(db.session.scalars(query))
    stars = certificates.stars([row.id for row in rows])
    return [_row(row, stars.get(row.id)) for row in rows]


def _row(row: Product, star: int | None) -> dict[str, Any]:
    seller = row.seller
    return {
        "product": row.name,
        "url": discovery.product_url(row),
        "seller": seller.name,
        "seller_kind": str(KIND_NAMES.get(seller.kind or "", "")),
        "stall_url": discovery.stall_url(seller),
        "province_code": seller.province_code or "",
        "commune_code": seller.commune_code or "",
        "commune": seller.commune or "",
        "ocop_star": star or "",
        "months": ", ".join(map(str, row.months)),
    }


def stalls(area: Area) -> Select[Seller]:
    """The sellers of an area that have something on sale."""
    offers = select(Product.id).where(Product.on_sale, Product.seller_id == Seller.id).exists()
    query = select(Seller).where(_of(area), discovery.public_seller(), offers)
    return query.order_by(Seller.sort_key, Seller.id).limit(MOST_STALLS)
