"""The buyer's part: the link of a livestream, the transfer code, the stamp on the goods."""

import io
import json
import urllib.request

import browsing
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]


@pytest.fixture
def ordered(guests, office, request):
    """A buyer who claimed two jars of honey on the air and confirmed; at the payment page."""
    author = f"Nguyễn Thị Phương Mai {request.node.name}"
    with guests.visit("administrator") as visit:
        browsing.say(visit, office["console"], author, "chốt 07 2 chai")
        link = browsing.buyer_link(visit, office["console"], author)
    with guests.visit() as visit:
        visit.go(link)
        visit.confirm_complaints = visit.look()
        visit.page.get_by_label("Họ và tên người nhận").fill("Nguyễn Thị Phương Mai")
        visit.page.get_by_label("Số điện thoại").fill("0912 345 678")
        visit.page.get_by_label("Địa chỉ nhận hàng").fill("Xóm 5, xã Tân Cương, tỉnh Thái Nguyên")
        visit.send(visit.page.get_by_role("button", name="Xem lại đơn"))
        visit.send(visit.page.get_by_role("button", name="Xác nhận đặt mua"))
        visit.page.locator(".payment").wait_for()
        yield visit


def told(visit) -> dict:
    """What the payment page tells a program."""
    headers = {"Accept": "application/json"}
    return visit.context.request.get(visit.page.url, headers=headers).json()


def transfer(market, asked: dict, **more) -> None:
    """Pay what the code asks at the bundled bank, which reports it by its webhook."""
    body = {"vietqr": asked["vietqr"], "style": "mb", "client_id": f"test-{asked['ref']}"} | more
    address = f"http://127.0.0.1:{market.sandbox_port}/bank/transfers"
    headers = {"Content-Type": "application/json"}
    sent = urllib.request.Request(address, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(sent, timeout=30):
        pass


def test_the_code_on_the_screen_is_the_transfer_of_this_order(ordered):
    asked = told(ordered)
    assert asked["state"] == "awaiting_payment"
    picture = ordered.page.locator(".qr").screenshot()
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert [code.text for code in found] == [asked["vietqr"]]
    said = ordered.page.locator(".payment").inner_text()
    assert asked["ref"] in said
    account = ordered.page.locator(".copy-line", has_text="Số tài khoản").locator(".payment-ref")
    assert account.inner_text().isdigit()
    assert account.inner_text() in asked["vietqr"]
    assert "Không chuyển tiền thật" in ordered.page.locator("main").inner_text()
    assert ordered.confirm_complaints == []
    assert ordered.look() == []
    assert ordered.noise == []


def test_the_code_still_reads_on_a_dark_screen(ordered):
    ordered.page.emulate_media(color_scheme="dark")
    picture = ordered.page.locator(".qr").screenshot()
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert [code.text for code in found] == [told(ordered)["vietqr"]]
    assert ordered.page.evaluate(browsing.CONTRAST) == []


def test_the_page_turns_by_itself_when_the_bank_reports_the_money(ordered, market):
    transfer(market, told(ordered))
    ordered.page.locator(".verdict-title").wait_for(timeout=20_000)
    assert ordered.page.locator(".verdict-title").inner_text() == "Đã nhận đủ tiền"
    assert told(ordered)["state"] == "paid"
    assert ordered.look() == []


def test_a_part_payment_says_what_is_missing_and_hides_the_code(ordered, market):
    asked = told(ordered)
    transfer(market, asked, amount_vnd=asked["total_vnd"] - 10_000)
    ordered.page.get_by_text("còn thiếu 10.000").wait_for(timeout=20_000)
    assert ordered.page.locator(".payment-amount").inner_text() == "10.000\N{NO-BREAK SPACE}₫"
    assert ordered.look() == []


@pytest.fixture(scope="module")
def stamp(market) -> str:
    """The path of one printed stamp, read off the sheet."""
    sheet = pypdfium2.PdfDocument(market.told["stamps_pdf"])
    page = sheet[0].render(scale=300 / 72).to_pil()
    sheet.close()
    return browsing.path_of(zxingcpp.read_barcodes(page)[0].text)


def test_a_stamp_scans_without_scripts(guests, stamp):
    with guests.visit(java_script_enabled=False) as visit:
        assert visit.go(stamp).status == 200
        assert visit.page.get_by_role("heading", level=1).inner_text() == "Tem thật, đã kích hoạt"
        assert "Chè tôm nõn Hảo Đạt" in visit.page.locator("main").inner_text()
        assert visit.context.cookies() == []


def test_a_stamp_of_nobody_says_so(guests):
    with guests.visit(java_script_enabled=False) as visit:
        assert visit.go("/t/000000000").status == 404
        said = visit.page.get_by_role("heading", level=1).inner_text()
        assert said == "Không có tem nào mang mã này"
