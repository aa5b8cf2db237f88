"""How the markets' room says its kinds to people."""

from flask_babel import lazy_gettext as _l

from shop.markets.models import BoothKind, MarketKind, PayModel
from shop.payments.banks import Kind

KINDS = {
    MarketKind.MARKET: _l("Chợ"),
    MarketKind.STREET: _l("Tuyến phố"),
}
MODELS = {
    PayModel.MARKET_4_0: _l("Chợ 4.0"),
    PayModel.CASHLESS_STREET: _l("Tuyến phố không dùng tiền mặt"),
}
BOOTHS = {
    BoothKind.SAP: _l("Sạp"),
    BoothKind.KIOSK: _l("Ki-ốt"),
    BoothKind.SHOP: _l("Gian hàng"),
}
ACCOUNTS = {
    Kind.BANK: _l("Ngân hàng"),
    Kind.WALLET: _l("Ví điện tử"),
    Kind.MOBILE_MONEY: _l("Mobile Money"),
}
