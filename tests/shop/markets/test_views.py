"""Pages of markets, booths, plates, tills and days, as administrators, managers and traders."""

import io
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role
from shop.database import db
from shop.markets import registry, till
from shop.markets.models import Booth, BoothDay, Market, MarketManager, PlateRun
from shop.orders import receipts
from shop.orders.models import Order, State
from shop.payments import feeds, vietqr
from shop.sellers.models import BankAccount, Seller
from tests import make, make_markets, make_money
from tests.app_fixtures import Person, sign_in

MARKET = {
    "name": "Chợ Đu",
    "kind": "market",
    "address": "thị trấn Đu, huyện Phú Lương, tỉnh Thái Nguyên",
    "model": "market_4_0",
    "started": "2022",
    "partners": "Viettel\nSở Thông tin và Truyền thông",
}
ACCOUNT = {"bank_bin": "970436", "account_number": "1012345678", "account_name": "NGUYEN THI THUY"}


def person(app, user, seller=None):
    return Person(user, sign_in(app, user), seller)


@pytest.fixture
def market(database):
    return make_markets.market()


@pytest.fixture
def manager(database, market):
    return person(database, make_markets.manager(market, name="Trưởng ban chợ"))


@pytest.fixture
def booth(market):
    return make_markets.booth(market)


@pytest.fixture
def trader(database, booth):
    return person(database, make.member(booth.seller, role=Role.OWNER), booth.seller)


def count(model):
    return db.session.scalar(select(func.count(model.id)))


def test_the_trail_of_a_market_says_who_changed_what(cast, market):
    changed = MARKET | {"partners": "Viettel\nVNPT", "model": "", "started": ""}
    cast.administrator.post(f"/ban-hang/cho/{market.ref}/sua", changed)
    cast.administrator.post(
        f"/ban-hang/cho/{market.ref}/quan-ly", {"name": "Trần Văn Chợ", "phone": "0912345670"}
    )
    found = db.session.scalars(registry.history(market)).all()
    assert [(row.action, row.actor_id) for row in found] == [
        ("market.manager", cast.administrator.user.id),
        ("market.change", cast.administrator.user.id),
    ]
    assert found[1].changes["partners"] == [["Viettel"], ["Viettel", "VNPT"]]
    page = cast.administrator.get(f"/ban-hang/cho/{market.ref}/nhat-ky").text
    for said in (
        "Đơn vị cùng làm: Viettel → Viettel, VNPT",
        "Mô hình: Chợ 4.0 → –",
        "Người quản lý: – → Trần Văn Chợ",
    ):
        assert said in page
    assert cast.administrator.get("/ban-hang/nhat-ky").text.count("sửa chợ: Chợ Đu") == 1


def test_saving_a_market_as_it_is_leaves_no_trace(cast):
    cast.administrator.post("/ban-hang/cho/them", MARKET)
    row = db.session.scalars(select(Market)).one()
    cast.administrator.post(f"/ban-hang/cho/{row.ref}/sua", MARKET)
    (made,) = db.session.scalars(registry.history(row)).all()
    assert made.action == "market.make"
    assert made.changes["name"] == [None, "Chợ Đu"]


def test_a_manager_who_was_ended_is_in_the_trail(cast, market, manager):
    named = db.session.scalars(select(MarketManager)).one()
    cast.administrator.post(f"/ban-hang/cho/quan-ly/{named.ref}/bot")
    (ended,) = db.session.scalars(registry.history(market)).all()
    assert ended.changes == {"manager": [manager.user.ref, None]}
    page = cast.administrator.get(f"/ban-hang/cho/{market.ref}/nhat-ky").text
    assert "Người quản lý: Trưởng ban chợ → –" in page
    assert manager.get(f"/ban-hang/cho/{market.ref}/nhat-ky").status_code == 404


def test_an_administrator_enters_a_market_by_its_old_name(cast):
    answer = cast.administrator.post("/ban-hang/cho/them", MARKET)
    row = db.session.scalars(select(Market)).one()
    assert answer.headers["Location"].endswith(f"/ban-hang/cho/{row.ref}")
    assert (row.commune_code, row.province_code) == ("05611", "19")
    assert (row.started_on.isoformat(), row.started_precision) == ("2022-12-31", "year")
    assert row.partners == ["Viettel", "Sở Thông tin và Truyền thông"]
    page = cast.administrator.get(f"/ban-hang/cho/{row.ref}").text
    assert "Xã Phú Lương" in page
    assert "Theo mô hình từ" in page


def test_a_place_that_is_open_is_asked_and_nothing_is_made(cast):
    vague = MARKET | {"address": "huyện Phú Lương, tỉnh Thái Nguyên"}
    page = cast.administrator.post("/ban-hang/cho/them", vague).text
    assert "Nay là xã, phường nào?" in page
    assert count(Market) == 0
    cast.administrator.post("/ban-hang/cho/them", vague | {"commune_code": "05611"})
    assert count(Market) == 1


def test_changing_a_market_keeps_its_place_unless_another_is_written(cast, market):
    start = MARKET | {"address": market.address, "started": "08/2022"}
    cast.administrator.post(f"/ban-hang/cho/{market.ref}/sua", start)
    db.session.refresh(market)
    assert (market.commune_code, market.started_on.isoformat()) == ("05611", "2022-08-31")


@pytest.mark.parametrize("path", ["/ban-hang/cho", "/ban-hang/cho/them"])
def test_who_keeps_no_market_finds_none(cast, market, path):
    assert cast.ours.get(path).status_code == 404


def test_a_manager_is_named_gets_a_link_and_sees_the_market_but_no_money(database, cast, market):
    page = cast.administrator.post(
        f"/ban-hang/cho/{market.ref}/quan-ly", {"name": "Trần Văn Sử", "phone": "0912 000 111"}
    ).text
    assert "/tai-khoan/" in page
    named = db.session.scalars(select(MarketManager)).one()
    booth = make_markets.booth(market)
    make_markets.cash(booth, 45_000, key="1")
    theirs = person(database, named.user)
    assert market.name in theirs.get("/ban-hang").text
    assert "Sạp A12" in theirs.get(f"/ban-hang/cho/{market.ref}").text
    for path in (f"/ban-hang/quay/{booth.ref}", f"/ban-hang/quay/{booth.ref}/chot-ngay"):
        assert theirs.get(path).status_code == 404
    assert "45.000" not in theirs.get(f"/ban-hang/sap/{booth.ref}").text
    cast.administrator.post(f"/ban-hang/cho/quan-ly/{named.ref}/bot")
    assert theirs.get(f"/ban-hang/cho/{market.ref}").status_code == 404


def test_a_booth_is_opened_for_a_trader_by_name_once(manager, market):
    url, form = f"/ban-hang/cho/{market.ref}/sap/them", {"_once": "k", "number": "A12"}
    form |= {"kind": "sap", "trader": "Nguyễn Thị Thúy", "phone": "0912345678", "goods": "Rau"}
    first, again = manager.post(url, form), manager.post(url, form)
    row = db.session.scalars(select(Booth)).one()
    assert first.headers["Location"] == again.headers["Location"]
    seller = db.session.get_one(Seller, row.seller_id)
    assert (seller.name, seller.phone, seller.kind, seller.review) == (
        *("Nguyễn Thị Thúy", "+84912345678", "household", "draft"),
    )
    assert (seller.commune, seller.commune_code) == ("Xã Phú Lương", "05611")
    taken = manager.post(url, form | {"_once": "k2", "trader": "Ai đó"})
    assert "Số A12 đang có người dùng." in taken.text
    assert count(Booth) == 1
    assert count(Seller) == 1


def test_a_manager_gives_no_booth_to_somebody_elses_seller(manager, market, cast):
    form = {"number": "A12", "kind": "sap", "seller": cast.ours.seller.ref}
    assert manager.post(f"/ban-hang/cho/{market.ref}/sap/them", form).status_code == 404
    assert count(Booth) == 0
    cast.administrator.post(f"/ban-hang/cho/{market.ref}/sap/them", form)
    assert db.session.scalars(select(Booth)).one().seller_id == cast.ours.seller.id


def test_the_first_account_is_entered_and_its_plate_pays_it(manager, booth):
    url = f"/ban-hang/sap/{booth.ref}"
    assert manager.get(f"{url}/bien.pdf").status_code == 409
    manager.post(f"{url}/tai-khoan", ACCOUNT)
    for paper, pages in (("a5", 1), ("a6", 1), ("stickers", 12)):
        answer = manager.get(f"{url}/bien.pdf?giay={paper}")
        picture = pypdfium2.PdfDocument(io.BytesIO(answer.data))[0].render(scale=3).to_pil()
        read = [vietqr.parse(found.text) for found in zxingcpp.read_barcodes(picture)]
        assert {(r.bin, r.account_number) for r in read} == {("970436", "1012345678")}
        assert len(read) == pages
    assert manager.get(f"{url}/bien.pdf?giay=b0").status_code == 404


def test_a_keeper_cannot_enter_a_second_account(manager, booth):
    url = f"/ban-hang/sap/{booth.ref}/tai-khoan"
    manager.post(url, ACCOUNT)
    refused = manager.post(url, ACCOUNT | {"account_number": "666666"}, follow_redirects=True)
    assert "chỉ chủ sạp đổi được" in refused.text
    assert db.session.scalars(select(BankAccount.account_number)).all() == ["1012345678"]


def test_a_whole_market_is_printed_in_one_run(manager, market, booth, run_tasks):
    make.bank_account(booth.seller)
    answer = manager.post(f"/ban-hang/cho/{market.ref}/bien", {"paper": "a6"})
    row = db.session.scalars(select(PlateRun)).one()
    assert answer.headers["Location"].endswith(f"/ban-hang/bien/{row.ref}")
    assert manager.get(f"/ban-hang/bien/{row.ref}/tep.pdf").status_code == 404
    assert "Đang vẽ" in manager.get(f"/ban-hang/bien/{row.ref}").text
    run_tasks()
    assert "Đã vẽ 1 biển" in manager.get(f"/ban-hang/bien/{row.ref}/trang-thai").text
    file = manager.get(f"/ban-hang/bien/{row.ref}/tep.pdf")
    assert file.data.startswith(b"%PDF")


def test_the_booths_without_an_account_are_one_tap_away(manager, market, booth, run_tasks):
    bare = make_markets.booth(market, number="B7", seller=make_markets.trader(name="Trần Văn Sử"))
    make.bank_account(booth.seller)
    path = f"/ban-hang/cho/{market.ref}"
    link = f"{path}?thieu=tai-khoan"
    assert link in manager.get(path).text
    page = manager.get(link).text
    assert bare.ref in page
    assert booth.ref not in page
    manager.post(f"{path}/bien", {"paper": "a6", "_once": "plates-1"})
    run_tasks()
    run = db.session.scalars(select(PlateRun)).one()
    assert link in manager.get(f"/ban-hang/bien/{run.ref}").text


def test_a_new_market_is_not_asked_when_it_closed(cast, market):
    assert "Đóng cửa hẳn ngày" not in cast.administrator.get("/ban-hang/cho/them").text
    assert "Đóng cửa hẳn ngày" in cast.administrator.get(f"/ban-hang/cho/{market.ref}/sua").text


def test_a_booth_says_when_its_trader_cannot_sign_in(cast, manager, booth):
    path = f"/ban-hang/sap/{booth.ref}"
    account = f"/quan-tri/to-cong-nghe-so/chua-co-tai-khoan/{booth.seller.ref}"
    assert "Người bán chưa đăng nhập được" in manager.get(path).text
    assert account not in manager.get(path).text
    assert account in cast.administrator.get(path).text
    make.member(booth.seller)
    assert "Người bán chưa đăng nhập được" not in manager.get(path).text


def test_a_market_of_somebody_else_is_not_found(database, market, booth):
    other = person(database, make_markets.manager(make_markets.market(name="Chợ khác")))
    for path in (f"cho/{market.ref}", f"sap/{booth.ref}", f"cho/{market.ref}/bien"):
        assert other.get(f"/ban-hang/{path}").status_code == 404
    assert other.post(f"/ban-hang/sap/{booth.ref}/tra-cho").status_code == 404
    db.session.refresh(booth)
    assert booth.closed_on is None


# The till.


def test_the_overview_of_a_trader_begins_with_the_till(trader, booth):
    assert f"/ban-hang/quay/{booth.ref}" in trader.get("/ban-hang").text
    assert trader.get("/ban-hang/quay").headers["Location"].endswith(f"/ban-hang/quay/{booth.ref}")


def test_cash_is_one_post_and_sent_twice_is_one_sale(trader, booth):
    url, form = f"/ban-hang/quay/{booth.ref}", {"_once": "k", "amount_vnd": "45k", "way": "cash"}
    assert trader.post(url, form).status_code == 303
    assert trader.post(url, form).headers["Location"].endswith(url)
    assert count(Order) == 1
    page = trader.get(url).text
    assert "45.000" in page
    assert "Đã nhận" in page


def test_a_script_is_told_that_the_sale_is_kept_or_why_not(trader, booth):
    url = f"/ban-hang/quay/{booth.ref}"
    json = {"headers": {"Accept": "application/json"}}
    form = {"_once": "k", "amount_vnd": "45000", "way": "cash", "at": "2026-11-28T03:00:00Z"}
    for _time in range(2):
        assert trader.post(url, form, **json).json == {"recorded": "k", "warnings": []}
    wrong = trader.post(url, form | {"_once": "k2", "amount_vnd": "45"}, **json)
    assert wrong.status_code == 422
    assert list(wrong.json["errors"]) == ["amount_vnd"]
    assert count(Order) == 1


@pytest.mark.parametrize("at", ["2099-01-01T00:00:00Z", "hôm qua", "1999-01-01T00:00:00Z", ""])
def test_a_sale_is_not_lost_for_a_wrong_clock(trader, booth, at):
    form = {"_once": "k", "amount_vnd": "45000", "way": "cash", "at": at}
    trader.post(f"/ban-hang/quay/{booth.ref}", form)
    order = db.session.scalars(select(Order)).one()
    assert clock.vietnam(order.placed_at).date() == clock.today()


def test_a_code_is_shown_until_the_money_is_there(trader, booth):
    from shop.orders import receipts

    feeds.connect(SYSTEM, make.bank_account(booth.seller))
    answer = trader.post(f"/ban-hang/quay/{booth.ref}", {"amount_vnd": "45000", "way": "transfer"})
    order = db.session.scalars(select(Order)).one()
    url = f"/ban-hang/quay/ma/{order.ref}"
    assert answer.headers["Location"].endswith(url)
    page = trader.get(url).text
    assert "45.000" in page
    assert "Đang chờ ngân hàng báo" in page
    receipts.pay(order, 45_000, who="Ngân hàng", why="FT1")
    state = trader.get(f"{url}/trang-thai").text
    assert "Đã nhận đủ tiền" in state
    assert "data-done" in state


def test_a_code_nobody_paid_is_dropped_from_its_page(trader, booth):
    make.bank_account(booth.seller)
    trader.post(f"/ban-hang/quay/{booth.ref}", {"amount_vnd": "45000", "way": "transfer"})
    order = db.session.scalars(select(Order)).one()
    trader.post(f"/ban-hang/quay/ma/{order.ref}/bo")
    db.session.refresh(order)
    assert order.state == State.CANCELLED
    assert "đã bỏ" in trader.get(f"/ban-hang/quay/ma/{order.ref}").text


def test_without_an_account_the_till_says_so_and_takes_cash(trader, booth):
    url = f"/ban-hang/quay/{booth.ref}"
    assert "Hiện mã QR" not in trader.get(url).text
    refused = trader.post(url, {"amount_vnd": "45000", "way": "transfer"})
    assert "chưa có tài khoản nhận tiền" in refused.text
    assert count(Order) == 0


def test_money_that_names_nothing_is_said_to_be_a_sale(trader, booth):
    from shop.reconciliation import matching

    account = make.bank_account(booth.seller)
    line = make_money.bank_line(booth.seller, "chuyen tien", bank_account_id=account.id)
    matching.match(line)
    url = f"/ban-hang/quay/{booth.ref}"
    assert "Tiền vào chưa rõ là gì" in trader.get(url).text
    trader.post(f"{url}/tien-vao", {"line": line.ref})
    assert "Tiền vào chưa rõ là gì" not in trader.get(url).text
    assert db.session.scalars(select(Order)).one().paid_vnd == 185_000
    assert trader.post(f"{url}/tien-vao", {"line": "khong-co"}).status_code == 404


def test_a_trader_sees_the_digital_share_month_by_month_and_why_there_is_none(trader, booth):
    booth.opened_on = clock.today().replace(day=1) - timedelta(days=40)
    make.bank_account(booth.seller)
    make_markets.cash(booth, 10_000, key="1")
    order = till.ask(SYSTEM, booth, 20_000, key="2")
    receipts.pay(order, 20_000, who="Ngân hàng", why="FT1")
    db.session.commit()
    page = trader.get(f"/ban-hang/quay/{booth.ref}/ty-le-quet-ma").text
    assert page.count("không tính được: không bán khoản nào") == 4
    assert page.count("50,0 %") == 2
    assert 'y="50.0" width="8" height="50.0"' in page


def test_a_trader_without_a_feed_says_that_the_money_came_and_takes_it_back(trader, booth):
    make.bank_account(booth.seller)
    order = till.ask(SYSTEM, booth, 45_000, key="1")
    db.session.commit()
    path = f"/ban-hang/quay/ma/{order.ref}"
    assert "Tôi đã thấy tiền vào" in trader.get(path).text
    trader.post(f"{path}/da-thay-tien")
    assert "Người bán xác nhận, chưa đối soát" in trader.get(path).text
    assert "Người bán xác nhận, chưa đối soát" in trader.get(f"/ban-hang/quay/{booth.ref}").text
    page = trader.get(f"/ban-hang/quay/{booth.ref}/chot-ngay").text
    assert "Chờ sao kê" in page
    trader.post(f"{path}/chua-thay-tien")
    assert "thấy tiền vào rồi mới đưa hàng" in trader.get(path).text
    assert "Chờ sao kê" not in trader.get(f"/ban-hang/quay/{booth.ref}/chot-ngay").text


def test_the_tills_of_others_are_not_found(trader, market):
    other = make_markets.booth(market, number="B1")
    order = make_markets.cash(other, 45_000, key="1")
    for path in (other.ref, f"{other.ref}/hom-nay", f"{other.ref}/cai-dat", f"ma/{order.ref}"):
        assert trader.get(f"/ban-hang/quay/{path}").status_code == 404
    form = {"amount_vnd": "45000", "way": "cash"}
    assert trader.post(f"/ban-hang/quay/{other.ref}", form).status_code == 404
    for deed in ("bo", "da-thay-tien", "chua-thay-tien"):
        assert trader.post(f"/ban-hang/quay/ma/{order.ref}/{deed}").status_code == 404
    assert (count(Order), order.refunded_vnd) == (1, 0)


def test_goods_of_the_web_shop_are_sold_at_the_booth_from_one_stock(database, cast, market):
    tea = make.variant(make.product(cast.ours.seller), on_hand=3)
    booth = make_markets.booth(market, seller=cast.ours.seller)
    url = f"/ban-hang/quay/{booth.ref}/hang"
    assert "Còn 3 hộp" in cast.ours.get(url).text
    form = {"_once": "k", f"quantity-{tea.ref}": "2", "way": "cash"}
    for _time in range(2):
        assert cast.ours.post(url, form).headers["Location"].endswith(f"/quay/{booth.ref}")
    assert "Còn 1 hộp" in cast.ours.get(url).text
    short = cast.ours.post(url, form | {"_once": "k2"})
    assert "Không còn đủ hàng" in short.text
    nothing = cast.ours.post(url, {"way": "cash"})
    assert "Ghi số lượng" in nothing.text
    order = db.session.scalars(select(Order)).one()
    assert (order.total_vnd, order.state) == (370_000, State.DELIVERED)
    assert order.ref in cast.ours.get(f"/ban-hang/don-hang/{order.ref}").text


def test_a_day_is_closed_with_a_count_and_stays(trader, booth):
    import re

    make_markets.cash(booth, 45_000, key="1")
    url = f"/ban-hang/quay/{booth.ref}/chot-ngay"
    seen = re.search(r'name="seen" value="([^"]+)"', trader.get(url).text)[1]
    refused = trader.post(url, {"counted_vnd": "40000", "seen": seen})
    assert "ghi vì sao" in refused.text
    assert count(BoothDay) == 0
    answer = trader.post(url, {"counted_vnd": "40000", "seen": seen, "note": "mua túi"})
    row = db.session.scalars(select(BoothDay)).one()
    page = trader.get(answer.headers["Location"]).text
    assert "mua túi" in page
    assert "45.000" in page
    assert trader.get(f"/ban-hang/quay/chot/{row.ref}").status_code == 200


def test_who_may_not_write_money_sees_the_days_and_closes_none(database, booth):
    make_markets.cash(booth, 45_000, key="1")
    viewer = person(database, make.member(booth.seller, role=Role.VIEWER))
    url = f"/ban-hang/quay/{booth.ref}/chot-ngay"
    assert viewer.get(url).status_code == 404
    assert viewer.post(url, {"counted_vnd": "0", "seen": ""}).status_code == 404
    assert count(BoothDay) == 0


def test_the_booths_own_account_is_chosen_by_its_trader(trader, booth):
    make.bank_account(booth.seller)
    own = make.bank_account(booth.seller, account_number="5555555")
    trader.post(f"/ban-hang/sap/{booth.ref}/nhan-tien", {"account": own.ref})
    db.session.refresh(booth)
    assert booth.bank_account_id == own.id
    strange = make.bank_account(make.seller())
    form = {"account": strange.ref}
    assert trader.post(f"/ban-hang/sap/{booth.ref}/nhan-tien", form).status_code == 404
    db.session.refresh(booth)
    assert booth.bank_account_id == own.id
    assert "5555555" in trader.get(f"/ban-hang/quay/{booth.ref}/cai-dat").text


# What anybody sees.


def test_the_public_page_shows_booths_and_goods_and_nobodys_name_account_or_money(cast, market):
    hidden = make_markets.booth(market, seller=make_markets.trader(review="draft"))
    shown = make_markets.booth(market, number="B1", seller=make_markets.trader(name="Tạp hóa Lan"))
    account = make.bank_account(hidden.seller)
    make_markets.cash(hidden, 45_000, key="1")
    page = cast.visitor.get(f"/cho/{market.ref}").text
    for said in ("Chợ Đu", "Xã Phú Lương", "Sạp A12", "Rau, củ, quả", "Tạp hóa Lan", "Viettel"):
        assert said in page
    for kept in (hidden.seller.name, account.account_number, "45.000"):
        assert kept not in page
    assert f"/gian-hang/{shown.seller.ref}" in page or shown.seller.ref in page
    assert "Sạp A12" not in cast.visitor.get(f"/cho/{market.ref}?q=thuy").text
    assert "Sạp A12" in cast.visitor.get(f"/cho/{market.ref}?q=rau").text
    assert market.name in cast.visitor.get("/cho").text


def test_search_engines_find_the_market_and_not_what_was_searched_for(cast, market):
    page = cast.visitor.get(f"/cho/{market.ref}")
    assert "X-Robots-Tag" not in page.headers
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert cast.visitor.get(f"/cho/{market.ref}?q=rau").headers["X-Robots-Tag"] == "noindex"
    assert cast.visitor.get("/ban-hang/cho").headers["Location"]


def test_a_market_that_closed_is_gone(cast, market):
    from datetime import timedelta

    market.closed_on = clock.today() - timedelta(days=1)
    db.session.flush()
    assert cast.visitor.get(f"/cho/{market.ref}").status_code == 404
    assert market.name not in cast.visitor.get("/cho").text
