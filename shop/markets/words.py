"""How the markets' room says its kinds to people."""

from flask_babel import lazy_gettext as _l

from shop.markets.models import Booth, BoothKind, ImportState, MarketKind, PayModel, RunState
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
PAPERS = {
    "a5": _l("A5, đặt trên bàn hoặc dán tường"),
    "a6": _l("A6, đặt trên sạp"),
    "stickers": _l("Tem dán, 12 tem một tờ A4 (63,5 × 72 mm)"),
}
RUNS = {
    RunState.DRAWING: _l("Đang vẽ"),
    RunState.DONE: _l("Xong"),
    RunState.FAILED: _l("Không vẽ được"),
}
RUN_TONES = {RunState.DRAWING: "info", RunState.DONE: "good", RunState.FAILED: "bad"}
IMPORTS = {
    ImportState.READING: _l("Đang đọc"),
    ImportState.SHOWN: _l("Chờ đồng ý"),
    ImportState.APPLYING: _l("Đang ghi"),
    ImportState.DONE: _l("Đã ghi"),
    ImportState.FAILED: _l("Không ghi được"),
}
IMPORT_TONES = {
    ImportState.READING: "info",
    ImportState.SHOWN: "warn",
    ImportState.APPLYING: "info",
    ImportState.DONE: "good",
    ImportState.FAILED: "bad",
}


def booth_name(booth: Booth) -> str:
    """What people call it: "Sạp A12"."""
    return f"{BOOTHS[BoothKind(booth.kind)]} {booth.number}"
