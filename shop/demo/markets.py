"""Markets of the articles with a few invented booths, and one booth of the demo's cooperative.

Places, models, partners and starts are those of the articles; who trades there, the accounts and
the sales are made up and say so.
"""

from typing import Any

from sqlalchemy import select

from shop.database import db
from shop.demo.browser import Browser, wait
from shop.demo.people import HOST
from shop.markets.models import Market, PlateRun, RunState
from shop.sellers.models import Seller
from shop.settings import Settings

FAIR = "Phiên chợ OCOP (minh họa)"
MARKETS = (
    {
        "name": "Chợ trung tâm huyện Đại Từ",
        "kind": "market",
        "address": "thị trấn Hùng Sơn, huyện Đại Từ, tỉnh Thái Nguyên",
        "model": "market_4_0",
        "started": "2022",
        "partners": "Sở Thông tin và Truyền thông\nViettel\nUBND huyện Đại Từ",
    },
    {
        "name": "Chợ Đu",
        "kind": "market",
        "address": "thị trấn Đu, huyện Phú Lương, tỉnh Thái Nguyên",
        "model": "market_4_0",
        "started": "2022",
    },
    {
        "name": "Tuyến phố không dùng tiền mặt thị trấn Đu",
        "kind": "street",
        "address": "thị trấn Đu, huyện Phú Lương, tỉnh Thái Nguyên",
        "model": "cashless_street",
        "started": "2023",
    },
    {
        "name": "Chợ 4.0 Trường Long Tây",
        "kind": "market",
        "address": "xã Trường Long Tây, huyện Châu Thành A, tỉnh Hậu Giang",
        "model": "market_4_0",
    },
    {
        "name": FAIR,
        "kind": "market",
        "address": "xã Tân Cương, tỉnh Thái Nguyên",
        "about": "Chợ minh họa của bản chạy thử.",
    },
)
# Market, number, kind, goods, and the account as BIN and number, empty for none.
BOOTHS = (
    ("Chợ Đu", "A1", "sap", "Rau, củ, quả", "970436", "9999000011"),
    ("Chợ Đu", "A2", "sap", "Thịt lợn", "971005", "9999000012"),
    ("Chợ Đu", "K3", "kiosk", "Quần áo", "", ""),
    ("Chợ trung tâm huyện Đại Từ", "12", "shop", "Tạp hóa", "971025", "9999000013"),
    ("Chợ trung tâm huyện Đại Từ", "13", "sap", "Chè khô", "", ""),
)
# What the cooperative sells at its booth: đồng, and how it is paid.
SALES = ((185_000, "cash"), (370_000, "cash"), (45_000, "transfer"), (60_000, "transfer"))


def open_markets(browser: Browser, _settings: Settings) -> None:
    """Enter markets and booths, print the plates of one market, sell at the cooperative's booth."""
    for number, facts in enumerate(MARKETS):
        browser.post("/ban-hang/cho/them", facts | {"_once": f"demo-market-{number}"})
    for number, (market, *place, bin, account) in enumerate(BOOTHS, 1):
        booth = _booth(browser, market, dict(zip(("number", "kind", "goods"), place, strict=True)))
        if bin and "/tai-khoan" in browser.get(f"/ban-hang/sap/{booth}").text:
            name = f"NGUOI BAN MINH HOA {number}"
            form = {"bank_bin": bin, "account_number": account, "account_name": name}
            browser.post(f"/ban-hang/sap/{booth}/tai-khoan", form)
    _print(browser)
    _sell(browser)


def _booth(browser: Browser, market: str, place: dict[str, Any]) -> str:
    """The reference of a booth, opened for an invented trader, or for the cooperative."""
    db.session.rollback()
    row = db.session.scalars(select(Market).where(Market.name == market)).one()
    seller = db.session.scalars(select(Seller).where(Seller.starter_id == HOST)).one()
    whose = {"seller": seller.ref} if market == FAIR else {"trader": _trader(place["number"])}
    once = {"_once": f"demo-booth-{row.ref}-{place['number']}"}
    answer = browser.post(f"/ban-hang/cho/{row.ref}/sap/them", place | whose | once)
    return answer.url.rsplit("/", 1)[1]


def _trader(number: str) -> str:
    return f"Người bán minh họa, sạp {number}"


def _print(browser: Browser) -> None:
    ref = db.session.scalars(select(Market.ref).where(Market.name == "Chợ Đu")).one()
    form = {"paper": "a6", "_once": "demo-plates"}
    run = browser.post(f"/ban-hang/cho/{ref}/bien", form).url.rsplit("/", 1)[1]
    state = select(PlateRun.state).where(PlateRun.ref == run)
    wait("vẽ biển thu tiền", lambda: db.session.scalar(state) == RunState.DONE)


def _sell(browser: Browser) -> None:
    place = {"number": "01", "kind": "shop", "goods": "Chè Tân Cương"}
    till = f"/ban-hang/quay/{_booth(browser, FAIR, place)}"
    for number, (amount_vnd, way) in enumerate(SALES):
        form = {"amount_vnd": str(amount_vnd), "way": way, "_once": f"demo-till-{number}"}
        browser.post(till, form)
