import io
import re
import string

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from shop.payments import banks, vietqr
from shop.payments.vietqr import BadVietQr, Payee, VnpayQr

ACB = Payee("970416", "257678859", "NGUYEN VAN A")
SCHEME = Payee("970403", "0011012345678", "")
VECTORS = {
    1: (
        "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
    ),
    2: (
        "00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA5"
        "30370454069999995802VN62140810Cam on nhe6304E786"
    ),
    3: (
        "00020101021238540010A00000072701240006970436011010319334300208QRIBFTTA"
        "53037045802VN62220818Thanh toan hoa don6304E8A4"
    ),
    4: (
        "00020101021238540010A00000072701240006970436011010319334300208QRIBFTTA"
        "53037045802VN630424AB"
    ),
    5: (
        "00020101021238630010A0000007270133000697043601199704368625581601018020"
        "8QRIBFTTC5303704540720000005802VN6304A2DC"
    ),
    6: (
        "00020101021238570010A00000072701270006970403011300110123456780208QRIBF"
        "TTA530370454061800005802VN62340107NPS68690819thanh toan don hang63042E"
        "2E"
    ),
    7: (
        "00020101021138570010A00000072701270006970403011300110123456780208QRIBF"
        "TTA53037045802VN63049E6F"
    ),
    8: (
        "00020101021138600010A00000072701300006970403011697040311012345670208QR"
        "IBFTTC53037045802VN63044F52"
    ),
    9: (
        "00020101021138620010A000000727013200069710250118PSP1234567890000000208"
        "QRIBFTTA53037045802VN62190515MOMOW2W123456786304821F"
    ),
}
VNPAY = (
    "00020101021126280010A0000007750110010531314453037045408210900005802VN5"
    "910CELLPHONES62600312CPSHN ONLINE0517021908061613127850705ONLHN0810Cel"
    "lphoneS63047685"
)
PAYEES = st.builds(
    Payee,
    st.from_regex(r"[0-9]{6}", fullmatch=True),
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=19),
    st.text(max_size=30),
)


def resealed(body: str) -> str:
    return f"{body}6304{vietqr.crc(body + '6304')}"


@pytest.mark.parametrize(
    ("number", "method", "bin", "account", "service", "amount_vnd", "purpose"),
    [
        (1, "11", "970416", "257678859", "QRIBFTTA", None, ""),
        (2, "12", "970416", "257678859", "QRIBFTTA", 999_999, "Cam on nhe"),
        (3, "12", "970436", "1031933430", "QRIBFTTA", None, "Thanh toan hoa don"),
        (4, "12", "970436", "1031933430", "QRIBFTTA", None, ""),
        (5, "12", "970436", "9704368625581601018", "QRIBFTTC", 2_000_000, ""),
        (6, "12", "970403", "0011012345678", "QRIBFTTA", 180_000, "thanh toan don hang"),
        (7, "11", "970403", "0011012345678", "QRIBFTTA", None, ""),
        (8, "11", "970403", "9704031101234567", "QRIBFTTC", None, ""),
        (9, "11", "971025", "PSP123456789000000", "QRIBFTTA", None, ""),
    ],
)
def test_reads_every_code_of_the_document(
    number, method, bin, account, service, amount_vnd, purpose
):
    read = vietqr.parse(VECTORS[number])
    assert (read.method, read.bin, read.account_number) == (method, bin, account)
    assert (read.service, read.amount_vnd, read.purpose) == (service, amount_vnd, purpose)


def test_reads_bill_and_reference_beside_the_purpose():
    assert vietqr.parse(VECTORS[6]).bill == "NPS6869"
    assert vietqr.parse(VECTORS[9]).reference == "MOMOW2W12345678"


def test_writes_the_codes_of_the_document():
    assert vietqr.payload(ACB, None, "") == VECTORS[1]
    assert vietqr.payload(ACB, 999_999, "Cảm ơn nhé!") == VECTORS[2]
    assert vietqr.payload(SCHEME, None, "") == VECTORS[7]


def test_the_check_sum_of_the_document():
    assert vietqr.crc("123456789") == "29B1"


def test_a_vnpay_code_is_named_as_such():
    with pytest.raises(VnpayQr, match="VNPAY-QR"):
        vietqr.parse(VNPAY)
    with pytest.raises(VnpayQr, match="VNPAY-QR"):
        vietqr.parse(VNPAY[:-4] + "0000")


@given(PAYEES, st.none() | st.integers(1, 10**13 - 1), st.text(max_size=40))
def test_what_is_written_is_read(payee, amount_vnd, purpose):
    text = vietqr.payload(payee, amount_vnd, purpose)
    read = vietqr.parse(text)
    assert text.isascii()
    assert (read.bin, read.account_number) == (payee.bin, payee.account_number)
    assert (read.amount_vnd, read.purpose) == (amount_vnd, vietqr.clean(purpose))
    assert read.method == ("11" if amount_vnd is None else "12")


@given(st.sampled_from(sorted(VECTORS.values())), st.data())
def test_any_one_bit_changed_is_refused(text, data):
    at = data.draw(st.integers(0, len(text) - 1))
    bit = data.draw(st.integers(0, 6))
    with pytest.raises(BadVietQr):
        vietqr.parse(text[:at] + chr(ord(text[at]) ^ 1 << bit) + text[at + 1 :])


@given(st.sampled_from(sorted(VECTORS.values())), st.data())
def test_a_code_cut_short_is_refused(text, data):
    with pytest.raises(BadVietQr):
        vietqr.parse(text[: data.draw(st.integers(0, len(text) - 1))])


@given(st.text(max_size=120))
def test_any_text_is_refused_with_a_reason(text):
    with pytest.raises(BadVietQr):
        vietqr.parse(text)


@given(st.dictionaries(st.from_regex(r"[0-9]{2}", fullmatch=True), st.text(min_size=1), max_size=9))
def test_any_sound_elements_are_read_or_refused(elements):
    body = "".join(f"{tag}{len(value):02d}{value}" for tag, value in elements.items())
    with pytest.raises(BadVietQr):
        vietqr.parse(resealed(body))


def test_elements_nobody_knows_are_skipped():
    base = VECTORS[2][:-8]
    read = vietqr.parse(resealed(base + "8005HELLO" + "9903ABC"))
    assert (read.amount_vnd, read.purpose) == (999_999, "Cam on nhe")


def test_merchant_facts_are_read():
    base = VECTORS[1][:-8] + "5907HTX CHE6006HA NOI61061000005204" + "5411"
    read = vietqr.parse(resealed(base))
    assert (read.merchant_name, read.merchant_city) == ("HTX CHE", "HA NOI")
    assert (read.postal_code, read.merchant_category) == ("100000", "5411")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5303704", "5303840"),
        ("5802VN", "5802US"),
        ("010212", "010213"),
        ("5406999999", "540699999X"),
        ("5406999999", "5414" + "9" * 14),
        ("QRIBFTTA", "QRIBFTTX"),
        ("A000000727", "A000000728"),
        ("0006970416", "000697041X"),
        ("2576788590", "25767-8590"),
        ("000201", ""),
        ("5303704", "53037045303704"),
    ],
)
def test_a_wrong_value_under_a_right_check_sum_is_refused(old, new):
    assert old in VECTORS[2]
    with pytest.raises(BadVietQr):
        vietqr.parse(resealed(VECTORS[2][:-8].replace(old, new, 1)))


@pytest.mark.parametrize(
    ("payee", "amount_vnd"),
    [
        (Payee("97041", "1", ""), 1),
        (Payee("97041A", "1", ""), 1),
        (Payee("970416", "", ""), 1),
        (Payee("970416", "1" * 20, ""), 1),
        (Payee("970416", "12 34", ""), 1),
        (ACB, 0),
        (ACB, -1),
        (ACB, 10**13),
    ],
)
def test_an_unpayable_code_is_not_written(payee, amount_vnd):
    with pytest.raises(ValueError, match=r"BIN|account|amount"):
        vietqr.payload(payee, amount_vnd, "OCPW5T7RN")


@pytest.mark.parametrize(
    ("purpose", "cleaned"),
    [
        ("OCPW5T7RN", "OCPW5T7RN"),
        ("  Đặt hàng: trà (đinh) ", "Dat hang tra dinh"),
        ("OCPW5T7RN thanh toán đơn hàng", "OCPW5T7RN thanh toan don"),
        ("!!!", ""),
    ],
)
def test_the_purpose_is_cleaned_for_every_app(purpose, cleaned):
    assert vietqr.clean(purpose) == cleaned


def read_back(picture: Image.Image) -> str:
    (code,) = zxingcpp.read_barcodes(picture)
    return code.text


def drawn(svg: str) -> Image.Image:
    """The two paths of our SVG, eight pixels a unit."""
    side = int(re.search(r'viewBox="0 0 (\d+) ', svg)[1])
    picture = Image.new("L", (side * 8, side * 8), 255)
    pen = ImageDraw.Draw(picture)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg):
        x, y, width = int(x) * 8, int(y) * 8, int(width) * 8
        pen.rectangle((x, y, x + width - 1, y + 7), fill=0)
    return picture


@settings(max_examples=10, deadline=None)
@given(PAYEES, st.integers(1, 10**13 - 1))
def test_pictures_scan_back_to_the_code(payee, amount_vnd):
    text = vietqr.payload(payee, amount_vnd, "OCPW5T7RN")
    assert read_back(Image.open(io.BytesIO(vietqr.png(text)))) == text
    assert read_back(drawn(vietqr.svg(text))) == text


def test_the_svg_needs_no_exception_of_the_content_policy_and_has_a_quiet_zone():
    svg = vietqr.svg(VECTORS[2])
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')
    assert "style" not in svg
    assert "script" not in svg
    assert 'shape-rendering="crispEdges"' in svg
    side = int(re.search(r'viewBox="0 0 (\d+) ', svg)[1])
    boxes = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg)
    ends = [int(x) + int(width) for x, _y, width in boxes]
    assert (min(int(x) for x, _y, _width in boxes), max(ends)) == (4, side - 4)
    assert (int(boxes[0][1]), int(boxes[-1][1])) == (4, side - 5)


def test_banks_are_found_by_bin():
    assert len(banks.all()) == 66
    vietcombank = banks.bank("970436")
    assert vietcombank.short_name == "Vietcombank"
    assert vietcombank.transfers is True
    assert banks.bank("422589").transfers is False
    assert banks.bank("000000") is None
    names = [bank.short_name.lower() for bank in banks.all()]
    assert names == sorted(names)
