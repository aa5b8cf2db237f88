"""Plates: what is drawn pays the account on file, and nothing else is handed out."""

from dataclasses import replace
from io import BytesIO

import pypdfium2
import pypdfium2.raw as raw
import pytest
import zxingcpp

from shop import references
from shop.accounts import access
from shop.database import db
from shop.markets import booths, plates, runs
from shop.markets.errors import NoPlate
from shop.payments import banks, feeds, vietqr
from shop.payments.banks import Kind
from tests import make, make_markets


@pytest.fixture
def booth(database):
    row = make_markets.booth()
    make.bank_account(row.seller, account_number="0011009922", account_name="NGUYEN THI THUY")
    return row


def codes(data, page=0, dpi=200):
    picture = pypdfium2.PdfDocument(data)[page].render(scale=dpi / 72).to_pil()
    return [vietqr.parse(found.text) for found in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize(("name", "count"), [("a5", 1), ("a6", 1), ("stickers", 12)])
def test_every_code_of_the_printed_page_pays_the_account_any_amount(booth, name, count):
    read = codes(plates.one(booth, booths.payee(booth), plates.PAPERS[name]))
    assert len(read) == count
    assert {(r.bin, r.account_number, r.amount_vnd) for r in read} == {
        ("970436", "0011009922", None)
    }
    assert {r.purpose for r in read} == {f"SAP {booth.ref} A12"}


@pytest.mark.parametrize("name", plates.PAPERS)
def test_people_read_the_number_the_name_and_the_account_beside_it(booth, name):
    page = pypdfium2.PdfDocument(plates.one(booth, booths.payee(booth), plates.PAPERS[name]))[0]
    words = page.get_textpage().get_text_range()
    for said in ("Chợ Đu", "Sạp A12", "NGUYEN THI THUY", "0011 0099 22", "Vietcombank"):
        assert said in words
    assert ("Đợi người bán báo đã nhận" in words) is plates.PAPERS[name].steps


@pytest.mark.parametrize(
    ("bin", "number", "kind"),
    [("971025", "0912345678", Kind.WALLET), ("971005", "0987654321", Kind.MOBILE_MONEY)],
)
def test_a_plate_pays_a_wallet_or_mobile_money_as_it_pays_a_bank(database, bin, number, kind):
    row = make_markets.booth()
    make.bank_account(row.seller, bank_bin=bin, account_number=number)
    assert banks.kind(bin) == kind
    data = plates.one(row, booths.payee(row), plates.PAPERS["a6"])
    assert [(r.bin, r.account_number) for r in codes(data)] == [(bin, number)]
    words = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    assert banks.bank(bin).short_name in words


@pytest.mark.parametrize(
    ("kind", "said"), [("sap", "Sạp 7"), ("kiosk", "Ki-ốt 7"), ("shop", "Gian hàng 7")]
)
def test_a_plate_of_a_street_names_it_and_what_kind_of_place_it_is(database, kind, said):
    street = make_markets.market(
        name="Phố đi bộ Hoàng Văn Thụ", kind="street", model="cashless_street"
    )
    row = make_markets.booth(street, number="7", kind=kind)
    make.bank_account(row.seller)
    data = plates.one(row, booths.payee(row), plates.PAPERS["a5"])
    words = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    assert words.splitlines()[:2] == ["Phố đi bộ Hoàng Văn Thụ", said]


@pytest.mark.parametrize(("name", "least", "largest"), [("a5", 16, 34), ("a6", 11, 24)])
def test_how_to_pay_stands_in_large_type(booth, name, least, largest):
    """In points: a newspaper is set in nine."""
    page = pypdfium2.PdfDocument(plates.one(booth, booths.payee(booth), plates.PAPERS[name]))[0]
    words = page.get_textpage()
    sizes = [
        round(raw.FPDFText_GetFontSize(words, at))
        for at, letter in enumerate(words.get_text_range(errors="ignore"))
        if not letter.isspace()
    ]
    assert (min(sizes), max(sizes)) == (least, largest)


@pytest.mark.parametrize("name", plates.PAPERS)
def test_nothing_is_cut_or_runs_off_however_long_names_and_numbers_are(booth, name):
    paper = plates.PAPERS[name]
    number, owner = "W" * 19, "CONG TY TRACH NHIEM HUU HAN MOT THANH VIEN NONG SAN SACH"
    payee = vietqr.Payee("970436", number, owner)
    long = plates.Plate(
        market="Chợ trung tâm thương mại và dịch vụ tổng hợp huyện Đại Từ cũ",
        booth="Gian hàng KHU-B-TANG-2-SO-0123",
        account=payee,
        bank="Vietcombank",
        code=vietqr.payload(payee, None, "SAP 7Q2M9K4TX A12"),
        illustrative=False,
    )
    out = BytesIO()
    plates.draw([long] * paper.per_page, paper, out, title="thử")
    assert plates.read_back(out.getvalue(), [long] * paper.per_page, paper) == []
    words = pypdfium2.PdfDocument(out.getvalue())[0].get_textpage()
    said = words.get_text_range()
    for whole in (long.booth, long.market, " ".join(["WWWW"] * 4 + ["WWW"])):
        assert said.count(whole) == paper.per_page
    left, top = paper.corner(paper.per_page - 1)
    boxes = [words.get_charbox(n) for n in range(words.count_chars())]
    assert min(box[1] for box in boxes) >= top - paper.height
    assert min(box[0] for box in boxes) >= paper.corner(0)[0]
    assert max(box[2] for box in boxes) <= left + paper.width


def test_a_booth_without_an_account_has_no_plate(database):
    with pytest.raises(NoPlate):
        plates.of(make_markets.booth(), None)


@pytest.mark.parametrize("name", plates.PAPERS)
def test_a_code_that_pays_somebody_else_is_noticed_on_the_picture(booth, name):
    paper = plates.PAPERS[name]
    plate = plates.of(booth, booths.payee(booth))
    payee = vietqr.Payee("970415", "999", "X")
    other = replace(plate, account=payee, code=vietqr.payload(payee, None, ""))
    drawn, out = [plate, other, plate], BytesIO()
    plates.draw(drawn, paper, out, title="thử")
    assert plates.read_back(out.getvalue(), [plate] * 3, paper) == [1]
    # Swapped with the neighbour's, both are wrong.
    swapped = BytesIO()
    plates.draw([other, plate, plate], paper, swapped, title="thử")
    assert plates.read_back(swapped.getvalue(), [plate, other, plate], paper) == [0, 1]


def test_a_code_with_an_amount_is_no_plate(booth):
    plate = plates.of(booth, booths.payee(booth))
    priced = replace(plate, code=vietqr.payload(plate.account, 45_000, ""))
    out = BytesIO()
    plates.draw([priced], plates.PAPERS["a6"], out, title="thử")
    assert plates.read_back(out.getvalue(), [plate], plates.PAPERS["a6"]) == [0]


def test_what_a_bank_makes_of_the_plates_words_still_names_the_booth():
    ref = references.new()
    for content in (
        f"SAP {ref} A12",
        f"MBVCB.123.456.SAP {ref} A12.CT tu 001 LE THI LAN",
        f"ck sap{ref.lower()}a12",
        f"SAP-{ref}",
    ):
        assert references.at_plates(content) == [ref], content
    wrong = ref[:-1] + ("0" if ref[-1] != "0" else "1")
    assert references.at_plates(f"SAP {wrong} A12") == []
    assert references.at_plates("sap toi tra tien") == []


def test_a_whole_market_is_drawn_in_one_run_and_names_who_has_no_plate(database, run_tasks):
    market = make_markets.market()
    keeper = access.of(make_markets.manager(market))
    for number in ("A10", "A2", "A1"):
        make.bank_account(make_markets.booth(market, number=number).seller)
    make_markets.booth(market, number="B1")
    make_markets.booth(make_markets.market(name="Chợ khác"), number="C1")
    run = runs.start(keeper, market, "a6")
    run_tasks()
    db.session.refresh(run)
    assert (run.state, run.done, run.total) == ("done", 3, 3)
    assert run.skipped == [["B1", "Sạp chưa có tài khoản nhận tiền."]]
    data = database.extensions["storage"].read(run.file_key)
    assert [codes(data, page)[0].purpose[14:] for page in range(3)] == ["A1", "A2", "A10"]
    runs.carry_out(run.id)
    assert len(pypdfium2.PdfDocument(data)) == 3


def test_a_run_that_is_drawn_twice_at_once_keeps_its_file(database, monkeypatch):
    market = make_markets.market()
    make.bank_account(make_markets.booth(market, number="A1").seller)
    run = runs.start(access.of(make_markets.manager(market)), market, "a6")
    db.session.commit()
    real, begun = runs._drawn, []

    def drawn(work, wanted):
        data = real(work, wanted)
        if not begun:
            begun.append(True)
            runs.carry_out(run.id)  # the same job, given out again, ends first
        return data

    monkeypatch.setattr(runs, "_drawn", drawn)
    runs.carry_out(run.id)
    db.session.refresh(run)
    assert run.state == "done"
    assert len(codes(database.extensions["storage"].read(run.file_key))) == 1


def test_a_plate_that_cannot_be_read_back_is_left_out_and_named(database, run_tasks, monkeypatch):
    market = make_markets.market()
    for number in ("A1", "A2"):
        make.bank_account(make_markets.booth(market, number=number).seller)
    first = []

    def wrong_once(data, wanted, paper, *, tick):
        first.append(len(wanted))
        return [1] if len(first) == 1 else []

    monkeypatch.setattr(plates, "read_back", wrong_once)
    keeper = access.of(make_markets.manager(market))
    run = runs.start(keeper, market, "a6")
    run_tasks()
    db.session.refresh(run)
    assert (run.state, first) == ("done", [2, 1])
    assert run.skipped == [["A2", "Mã đã vẽ không đọc lại được đúng tài khoản."]]


def test_an_account_changed_while_a_run_is_drawn_is_not_printed_as_it_was(
    database, booth, monkeypatch, run_tasks
):
    other = make_markets.booth(booth.market, number="B1", seller=make_markets.trader(name="Lan"))
    make.bank_account(other.seller, account_number="0022", account_name="LAN")
    owner = access.of(make.member(booth.seller))
    read_back = plates.read_back

    def the_trader_changes_it_meanwhile(*args, **more):
        wrong = read_back(*args, **more)
        if (old := booths.payee(booth)) and old.account_number == "0011009922":
            feeds.close(owner, old)
            make.bank_account(booth.seller, account_number="0099", account_name="NGUYEN THI THUY")
        return wrong

    monkeypatch.setattr(plates, "read_back", the_trader_changes_it_meanwhile)
    run = runs.start(access.of(make_markets.manager(booth.market)), booth.market, "a6")
    run_tasks()
    db.session.refresh(run)
    said = "Tài khoản hoặc chỗ bán vừa đổi. Xin in lại biển này."
    assert (run.state, run.total, run.skipped) == ("done", 1, [["A12", said]])
    data = database.extensions["storage"].read(run.file_key)
    assert [read.account_number for read in codes(data)] == ["0022"]


def test_a_run_whose_last_plate_changed_keeps_no_file(database, booth, monkeypatch, run_tasks):
    owner = access.of(make.member(booth.seller))
    read_back = plates.read_back

    def closed_meanwhile(*args, **more):
        wrong = read_back(*args, **more)
        feeds.close(owner, booths.payee(booth))
        return wrong

    monkeypatch.setattr(plates, "read_back", closed_meanwhile)
    run = runs.start(access.of(make_markets.manager(booth.market)), booth.market, "a6")
    run_tasks()
    db.session.refresh(run)
    assert (run.state, run.file_key) == ("failed", None)
    assert not database.extensions["storage"].exists(f"plates/{run.ref}.pdf")


def test_a_market_without_any_account_has_no_file(database, run_tasks):
    market = make_markets.market()
    make_markets.booth(market)
    run = runs.start(access.of(make_markets.manager(market)), market, "a5")
    run_tasks()
    db.session.refresh(run)
    assert (run.state, run.file_key) == ("failed", None)
    assert run.refused
