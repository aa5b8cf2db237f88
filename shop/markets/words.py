"""How the markets' room says its kinds to people."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from shop import places
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


DEEDS = {
    "market.make": _l("thêm vào sổ"),
    "market.change": _l("sửa"),
    "market.manager": _l("thêm người quản lý"),
    "market.manager_end": _l("bớt người quản lý"),
}
# What the trail of a market calls its columns; those that say nothing to people are left out.
FIELDS = {
    "name": _l("Tên"),
    "kind": _l("Là"),
    "address": _l("Địa chỉ người ta gọi"),
    "commune_code": _l("Xã, phường"),
    "model": _l("Mô hình"),
    "started_on": _l("Theo mô hình từ"),
    "ended_on": _l("Thôi theo mô hình"),
    "partners": _l("Đơn vị cùng làm"),
    "about": _l("Giới thiệu"),
    "closed_on": _l("Đóng cửa"),
    "manager": _l("Người quản lý"),
}


def changed(changes: dict[str, list[Any]], people: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What the trail kept of a market, for people: what it is called, before, after.

    `people`: `registry.named`.
    """
    told = []
    for name, label in FIELDS.items():
        if name in changes:
            before, after = (people.get(str(value), value) for value in changes[name])
            told.append((str(label), _said(name, before), _said(name, after)))
    return told


def _said(name: str, value: Any) -> str:
    if not value:
        return "–"
    if name == "commune_code":
        commune = places.commune(value)
        return commune.full if commune else str(value)
    if name in {"kind", "model"}:
        return str(KINDS[MarketKind(value)] if name == "kind" else MODELS[PayModel(value)])
    if name.endswith("_on"):
        return date.fromisoformat(value).strftime("%d/%m/%Y")
    return ", ".join(value) if isinstance(value, list) else str(value)


def booth_name(booth: Booth) -> str:
    """What people call it: "Sạp A12"."""
    return f"{BOOTHS[BoothKind(booth.kind)]} {booth.number}"
