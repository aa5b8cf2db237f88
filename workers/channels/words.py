"""What people call the shops on marketplaces and how things stand there."""

from typing import Any

from flask_babel import lazy_gettext as _l

from workers.channels.models import Connection, Drift, Health
from workers.channels.schemas import PLATFORMS

DRIFTS: dict[str, Any] = {
    Drift.REPORT: _l("Chỉ báo cho tôi biết"),
    Drift.OVERWRITE: _l("Ghi lại theo thông tin ở đây"),
}
# A field of `preflight` → what a person calls it.
FIELDS: dict[str, Any] = {
    "category": _l("Ngành hàng"),
    "price": _l("Giá"),
    "name": _l("Tên"),
    "description": _l("Mô tả"),
    "weight": _l("Khối lượng"),
    "images": _l("Ảnh"),
    "attributes": _l("Thông tin thêm của ngành hàng"),
    "brand": _l("Thương hiệu"),
}
REMOTE: dict[str, Any] = {
    "live": _l("Khách đang thấy"),
    "off": _l("Đang ẩn"),
    "in_review": _l("Sàn đang duyệt"),
    "banned": _l("Sàn khóa"),
    "gone": _l("Không còn trên sàn"),
}


def shop_name(connection: Connection) -> str:
    """The marketplace and the shop on it, as one name; a portal as its seller calls it."""
    if connection.health == Health.MANUAL:
        return connection.name
    platform = PLATFORMS.get(connection.platform, connection.platform)
    return f"{platform} {connection.shop_id}"
