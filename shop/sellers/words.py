"""What people call the kinds of sellers."""

from typing import Any

from flask_babel import lazy_gettext as _l

from shop.sellers.models import SellerKind

KIND_NAMES: dict[str, Any] = {
    SellerKind.COOPERATIVE: _l("Hợp tác xã"),
    SellerKind.COOPERATIVE_GROUP: _l("Tổ hợp tác"),
    SellerKind.CRAFT_VILLAGE: _l("Làng nghề"),
    SellerKind.HOUSEHOLD: _l("Hộ sản xuất"),
    SellerKind.ENTERPRISE: _l("Doanh nghiệp"),
}
