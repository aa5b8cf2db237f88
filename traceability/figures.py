"""What can be counted of stamps: printed, scanned, scanned for the first time."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select

from shop.catalogue.models import Product
from shop.figures import Figure, Group, Scope, Words
from shop.sellers import figures as of_sellers
from shop.sellers.models import Seller
from traceability.stamp_models import BatchState, Level, ScanDay, StampBatch

STAMPS = _l("tem")
LEVELS: dict[str, Words] = {
    Level.PRODUCT: _l("Tem của sản phẩm"),
    Level.LOT: _l("Tem của lô"),
    Level.ITEM: _l("Tem từng món"),
}


def _printed(scope: Scope) -> Select[Any]:
    columns = of_sellers.columns(
        key=StampBatch.id,
        label=Product.name,
        ref=StampBatch.ref,
        amount=StampBatch.count,
        split=StampBatch.level,
        at=StampBatch.ready_at,
    )
    query = select(*columns).join(Product, Product.id == StampBatch.product_id)
    query = query.join(Seller, Seller.id == StampBatch.seller_id)
    made = StampBatch.state == BatchState.READY
    return query.where(of_sellers.within(scope), made, scope.during(StampBatch.ready_at))


def _scans(scope: Scope, amount: Any) -> Select[Any]:
    """One row a product: how often its codes were scanned; rows of a day are too many to list."""
    columns = of_sellers.columns(
        key=Product.id,
        label=func.min(Product.name),
        ref=func.min(Product.ref),
        amount=func.sum(amount),
    )
    query = select(*columns).join(Product, Product.id == ScanDay.product_id)
    query = query.join(Seller, Seller.id == Product.seller_id)
    return query.where(of_sellers.within(scope), scope.on_days(ScanDay.on)).group_by(
        Product.id, Seller.id
    )


FIGURES = (
    Figure(
        name="traceability.stamps_printed",
        group=Group.TRACE,
        title=_l("Tem truy xuất đã in"),
        unit=STAMPS,
        definition=_l("Tem của các đợt in xong trong kỳ."),
        source=_l("Đợt in tem"),
        top=_l("số tem của các đợt in xong trong kỳ"),
        rows=_printed,
        summed=True,
        split_by=_l("Theo cấp"),
        splits=lambda level: LEVELS.get(level, level),
        page="traceability.batch",
    ),
    Figure(
        name="traceability.scans",
        group=Group.TRACE,
        title=_l("Lượt quét tem"),
        unit=_l("lượt"),
        definition=_l("Lượt quét mã trên hàng của vùng trong kỳ, ai quét và ở đâu cũng tính."),
        source=_l("Số lượt quét theo ngày"),
        top=_l("lượt quét trong kỳ"),
        rows=lambda scope: _scans(scope, ScanDay.scans),
        summed=True,
        page="catalogue.product",
    ),
    Figure(
        name="traceability.first_scans",
        group=Group.TRACE,
        title=_l("Tem được quét lần đầu"),
        unit=STAMPS,
        definition=_l("Tem riêng từng món được quét lần đầu tiên trong kỳ."),
        source=_l("Số lượt quét theo ngày"),
        top=_l("tem có lượt quét đầu tiên trong kỳ"),
        rows=lambda scope: _scans(scope, ScanDay.firsts),
        summed=True,
        page="catalogue.product",
    ),
)
