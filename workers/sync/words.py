"""What people call the parts of a listing that are told to a marketplace."""

from typing import Any

from flask_babel import lazy_gettext as _l

from workers.sync.models import LaneKind

KINDS: dict[str, Any] = {
    LaneKind.STOCK: _l("Tồn kho"),
    LaneKind.PRICE: _l("Giá"),
    LaneKind.STATUS: _l("Ẩn, hiện"),
    LaneKind.CONTENT: _l("Tên, mô tả"),
    LaneKind.IMAGES: _l("Ảnh"),
}
# What marked a lane, where it was no person → for people.
CAUSES: dict[str, Any] = {
    "product_changed": _l("Sản phẩm đổi"),
    "products_changed": _l("Bảng sản phẩm đổi"),
    "photos_changed": _l("Ảnh đổi"),
    "stock_changed": _l("Tồn kho đổi"),
    "push_all": _l("Đẩy tất cả"),
    "drift": _l("So thấy khác với sàn"),
}


def cause_name(cause: str) -> str:
    """An event in words; a person by name."""
    return str(CAUSES.get(cause, cause))


def named(kinds: str) -> str:
    """Kinds as a letter joins them ("price,stock"), for people."""
    return ", ".join(str(KINDS[kind]) for kind in kinds.split(","))
