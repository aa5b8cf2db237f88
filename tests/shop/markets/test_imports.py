"""Spreadsheets of booths: shown, applied whole or not at all, and never somebody's account."""

import io

import openpyxl
import pytest
from sqlalchemy import func, select

from shop import spreadsheets
from shop.accounts import access
from shop.accounts.models import AuditEntry, Role
from shop.database import db
from shop.markets import booths, imports, sheets
from shop.markets.models import Booth, BoothImport, ImportState
from shop.markets.sheets import HEADINGS
from shop.sellers.models import BankAccount, Seller
from shop.spreadsheets import BadSheet
from tests import make, make_community, make_markets
from tests.app_fixtures import Person, sign_in

THUY = ["A12", "Sạp", "Nguyễn Thị Thúy", "0912345678", "Rau, củ"]
BANK = ["Vietcombank", "1012 345 678", "NGUYEN THI THUY"]
NONE = ["", "", ""]


@pytest.fixture
def market(database):
    return make_markets.market()


@pytest.fixture
def keeper(market):
    return make_markets.manager(market)


@pytest.fixture
def send(market, keeper, run_tasks):
    """Send rows, let the worker read them; the import as it stands then."""

    def sent(*rows, headings=HEADINGS):
        data = spreadsheets.write(headings, rows)
        row = imports.start(access.of(keeper), market, imports.take(data, "sap.xlsx"))
        run_tasks()
        db.session.refresh(row)
        return row

    return sent


@pytest.fixture
def agree(run_tasks):
    def agreed(row):
        imports.apply(row)
        run_tasks()
        db.session.refresh(row)
        return row

    return agreed


def count(model):
    return db.session.scalar(select(func.count(model.id)))


def said(row):
    return [(fault["row"], fault["column"]) for fault in row.faults]


def test_a_market_is_shown_first_and_then_entered_whole(send, agree, market):
    row = send([*THUY, *BANK], ["A2", "", "Trần Văn Sử", "", "Thịt", *NONE])
    assert (row.state, row.total, row.created, row.changed) == ("shown", 2, 2, 0)
    assert count(Booth) == count(Seller) == 0
    agree(row)
    assert row.state == "done"
    found = db.session.scalars(booths.of_market(market)).all()
    assert [(b.number, b.kind, b.seller.name, b.goods) for b in found] == [
        ("A2", "sap", "Trần Văn Sử", "Thịt"),
        ("A12", "sap", "Nguyễn Thị Thúy", "Rau, củ"),
    ]
    account = booths.payee(found[1])
    assert (account.bank_bin, account.account_number) == ("970436", "1012345678")
    assert booths.payee(found[0]) is None


def test_the_same_file_again_changes_nothing(send, agree):
    agree(send([*THUY, *BANK]))
    again = send([*THUY, *BANK])
    assert (again.created, again.changed, again.changes) == (0, 0, [])
    assert (count(Booth), count(BankAccount), count(Seller)) == (1, 1, 1)


def test_what_is_downloaded_is_read_again_without_a_change(send, agree, market):
    agree(send([*THUY, *BANK], ["K5", "Ki-ốt", "Trần Văn Sử", "", "Thịt", *NONE]))
    rows = list(spreadsheets.read(io.BytesIO(imports.export(market)), "sap.xlsx"))
    assert "1012345678" not in str(rows)
    again = send(*[[*row.cells, *NONE][:8] for row in rows[1:]])
    assert (again.state, again.created, again.changed, again.faults) == ("shown", 0, 0, [])


def test_a_trader_with_two_booths_is_one_seller_and_a_name_alone_is_not(send, agree):
    agree(
        send(
            [*THUY, *BANK],
            ["A13", *THUY[1:], *NONE],
            ["B1", "Sạp", "Nguyễn Thị Lan", "", "", *NONE],
            ["B2", "Sạp", "Nguyễn Thị Lan", "", "", *NONE],
        )
    )
    assert (count(Booth), count(Seller), count(BankAccount)) == (4, 3, 1)
    agree(send(["A14", *THUY[1:], *NONE]))
    assert (count(Booth), count(Seller)) == (5, 3)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (["", *THUY[1:], *NONE], (2, "Số sạp")),
        (["A12", "Sạp", "", "", "", *NONE], (2, "Người bán")),
        (["A12", "Lều", "Thúy Rau", "", "", *NONE], (2, "Loại")),
        (["A12", "Sạp", "Thúy Rau", "12", "", *NONE], (2, "Điện thoại")),
        ([*THUY, "Vietcombank", "", ""], (2, "")),
        ([*THUY, "Ngân hàng Sao Hỏa", "1012345678", "THUY"], (2, "")),
        ([*THUY, "MoMo", "số máy", "THUY"], (2, "")),
        (["--", *THUY[1:], *NONE], (2, "Số sạp")),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_entered(send, row, fault):
    sent = send(row, ["B1", "Sạp", "Trần Văn Sử", "", "", *NONE])
    assert (sent.state, said(sent)) == ("shown", [fault])
    with pytest.raises(imports.CannotImport):
        imports.apply(sent)
    assert count(Booth) == 0


def test_the_same_number_twice_is_a_fault(send):
    sent = send([*THUY, *NONE], ["a-12", "Sạp", "Trần Văn Sử", "", "", *NONE])
    assert said(sent) == [(3, "Số sạp")]


def test_a_booth_is_not_taken_from_its_trader(send, market):
    make_markets.booth(market)
    sent = send(["A12", "Sạp", "Trần Văn Sử", "", "", *NONE])
    assert said(sent) == [(2, "Người bán")]
    assert db.session.scalars(select(Booth)).one().seller.name == "Nguyễn Thị Thúy"


def test_an_account_that_is_there_is_not_changed_by_a_table(send, agree, market):
    booth = make_markets.booth(market)
    make.bank_account(booth.seller, account_number="777777")
    sent = send([*THUY, *BANK])
    assert said(sent) == [(2, "Số tài khoản")]
    assert booths.payee(booth).account_number == "777777"
    fine = send([*THUY[:4], "Rau sạch", *NONE])
    agree(fine)
    db.session.refresh(booth)
    assert (fine.changed, booth.goods) == (1, "Rau sạch")


def test_the_account_of_who_signs_in_is_not_entered_by_a_table(send, market):
    booth = make_markets.booth(market)
    make.member(booth.seller, role=Role.OWNER)
    assert said(send([*THUY, *BANK])) == [(2, "Số tài khoản")]
    assert count(BankAccount) == 0


def test_the_account_of_who_was_helped_is_not_promised_to_their_helper(send, market, keeper):
    helped = make.seller(name=THUY[2], phone=None)
    make_community.consent(keeper, helped)
    make_markets.booth(market, number="A12", seller=helped)
    sent = send(["A12", "Sạp", THUY[2], "", "Rau, củ", *BANK])
    (fault,) = sent.faults
    assert "bạn từng làm giúp người này" in str(fault)
    assert sent.state == "shown"


def test_two_accounts_for_one_trader_are_a_fault(send):
    other = ["Vietcombank", "999999", "NGUYEN THI THUY"]
    assert said(send([*THUY, *BANK], ["A13", *THUY[1:], *other])) == [(3, "Số tài khoản")]


def test_a_register_that_changed_since_is_shown_anew_and_nothing_done(send, agree, market):
    row = send([*THUY, *NONE], ["A2", "", "Trần Văn Sử", "", "", *NONE])
    make_markets.booth(market, number="A2", seller=make_markets.trader(name="Trần Văn Sử"))
    agree(row)
    assert (row.state, row.stale, row.created) == ("shown", True, 1)
    assert count(Booth) == 1
    agree(row)
    assert (row.state, count(Booth)) == ("done", 2)


def test_who_manages_no_more_enters_nothing(send, agree, market, keeper):
    from shop.markets.models import MarketManager

    row = send([*THUY, *NONE])
    db.session.delete(db.session.scalars(select(MarketManager)).one())
    db.session.flush()
    db.session.expire_all()
    agree(row)
    assert (row.state, count(Booth)) == ("failed", 0)
    assert market.id


@pytest.mark.parametrize(
    "headings",
    [["Người bán"], ["Số sạp"], ["Số sạp", "Người bán", "Màu"], ["Số sạp", "Người bán", "Số"]],
)
def test_a_table_without_the_right_headings_is_refused_at_once(headings, database):
    data = spreadsheets.write(headings, [["A12"] * len(headings)])
    with pytest.raises(BadSheet):
        imports.take(data, "sap.xlsx")
    assert count(BoothImport) == 0


def test_three_hundred_booths_in_one_file(send, agree):
    rows = [
        [f"A{n}", "Sạp", f"Người bán {n}", f"09120{n:05d}", "Rau", *NONE] for n in range(1, 301)
    ]
    row = agree(send(*rows))
    assert (row.state, row.created, count(Booth), count(Seller)) == ("done", 300, 300, 300)


def test_the_pages_take_a_file_and_show_what_it_would_do(database, market, keeper, run_tasks):
    person = Person(keeper, sign_in(database, keeper))
    url = f"/ban-hang/cho/{market.ref}/bang"
    data = person.get(f"/ban-hang/cho/{market.ref}/mau.xlsx").data
    form = {"file": (io.BytesIO(data), "mau.xlsx")}
    answer = person.post(url, form, content_type="multipart/form-data")
    row = db.session.scalars(select(BoothImport)).one()
    assert answer.headers["Location"].endswith(f"/ban-hang/bang-sap/{row.ref}")
    run_tasks()
    page = person.get(f"/ban-hang/bang-sap/{row.ref}").text
    assert "mở mới cho Nguyễn Thị Thúy" in page
    person.post(f"/ban-hang/bang-sap/{row.ref}/ghi")
    run_tasks()
    assert "Đã ghi xong" in person.get(f"/ban-hang/bang-sap/{row.ref}/trang-thai").text
    assert db.session.get_one(BoothImport, row.id).state == ImportState.DONE
    assert person.get(f"/ban-hang/cho/{market.ref}/sap.xlsx").data.startswith(b"PK")


def test_the_number_of_a_trader_who_signs_in_is_not_the_keepers_to_add(send, agree, market):
    alone, theirs = (make_markets.booth(market, number=number) for number in ("A12", "A13"))
    make.member(theirs.seller)
    db.session.commit()
    names = [alone.seller.name, theirs.seller.name]
    row = send(["A12", "", names[0], "0912345678", "Thịt", *NONE],
               ["A13", "", names[1], "0912345679", "Thịt", *NONE])  # fmt: skip
    assert [said[1] for said in row.changes] == [
        "đổi loại hoặc mặt hàng; thêm điện thoại",
        "đổi loại hoặc mặt hàng",
    ]
    agree(row)
    db.session.expire_all()
    assert (alone.seller.phone, theirs.seller.phone) == ("+84912345678", None)
    noted = select(AuditEntry.seller_id).where(AuditEntry.action == "seller.update")
    assert db.session.scalars(noted).all() == [alone.seller_id]


def test_a_table_longer_than_any_market_is_refused_before_it_keeps_the_worker(send, market):
    row = send(*([f"K{at}", "", "Ai đó", "", "", *NONE] for at in range(5001)))
    assert row.state == "failed"
    assert row.faults[0]["why"] == "Bảng quá lớn: tối đa 5.000 dòng."


def test_a_list_as_markets_keep_it_is_read_as_it_is(market, keeper, run_tasks):
    """A title, a blank line, a running number, a remark; other words for the same columns."""
    book = openpyxl.Workbook()
    rows = (
        ["DANH SÁCH TIỂU THƯƠNG CHỢ ĐU"],
        [],
        ["STT", "Số ki-ốt", "Họ và tên", "SĐT", "Ngân hàng", "Số TK", "Chủ TK", "Ghi chú"],
        [1, "A12", "Nguyễn Thị Thúy", 912345678, "MB", 1012345678, "NGUYEN THI THUY", "mới"],
    )
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    row = imports.start(access.of(keeper), market, imports.take(out.getvalue(), "cho.xlsx"))
    run_tasks()
    db.session.refresh(row)
    assert (row.state, row.faults, row.created) == ("shown", [], 1)
    imports.apply(row)
    run_tasks()
    (booth,) = db.session.scalars(select(Booth)).all()
    assert (booth.seller.name, booth.seller.phone) == ("Nguyễn Thị Thúy", "+84912345678")
    account = booths.payee(booth)
    assert (account.bank_bin, account.account_number) == ("970422", "1012345678")


@pytest.mark.parametrize(
    ("said", "bin"),
    [
        ("MB", "970422"),
        ("MBBank", "970422"),
        ("Ngân hàng Quân đội", "970422"),
        ("NH TMCP Á Châu", "970416"),
        ("Viettel Money", "971005"),
        ("agribank", "970405"),
    ],
)
def test_a_bank_is_known_as_people_say_it(send, said, bin):
    row = send([*THUY, said, "1012345678", "NGUYEN THI THUY"])
    assert row.faults == []
    assert sheets._bin(said) == bin


def test_an_account_number_that_the_spreadsheet_rounded_is_a_fault(market, keeper, run_tasks):
    book = openpyxl.Workbook()
    book.active.append(HEADINGS)
    book.active.append([*THUY, "Techcombank", 1903567890123456789, "NGUYEN THI THUY"])
    out = io.BytesIO()
    book.save(out)
    row = imports.start(access.of(keeper), market, imports.take(out.getvalue(), "cho.xlsx"))
    run_tasks()
    db.session.refresh(row)
    assert said(row) == [(2, "Số tài khoản")]
    assert "Văn bản (Text)" in row.faults[0]["why"]


def test_the_account_is_read_back_with_its_bank_and_name(send):
    row = send([*THUY, *BANK])
    ((_number, said),) = row.changes
    assert said.endswith("thêm tài khoản 1012345678 Vietcombank, NGUYEN THI THUY")
