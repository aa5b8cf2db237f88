import pytest
from hypothesis import given
from hypothesis.strategies import integers

from shop import gtin as gtins
from shop.database import db
from tests import make, make_traceability
from traceability import identifiers, resolver
from traceability.digital_link import Identity

GTIN = "08936123456788"
OTHER = "08936123456795"
SERIAL = identifiers.serial(b"0123456789abcdef", "B1", 1)


@pytest.fixture
def tea(database):
    product = make.product()
    make.variant(product, gtin="8936123456788")
    return product


def stamp_of(lot, variant=None):
    batch = make_traceability.printed(lot, count=1)
    batch.variant_id = variant and variant.id
    row = db.session.query(make_traceability.Stamp).filter_by(batch_id=batch.id).one()
    row.state = "active"
    db.session.flush()
    return row


def test_a_serial_alone_names_its_stamp_with_lot_and_product(tea):
    lot = make_traceability.lot(tea, code="CH1")
    stamp = stamp_of(lot)
    found = resolver.resolve(Identity(serial=stamp.code))
    assert (found.product_ref, found.lot.code, found.stamp.code) == (tea.ref, "CH1", stamp.code)
    assert (found.gtin, found.lot_missing) == (None, None)


def test_a_code_never_issued_is_nothing(database):
    assert resolver.resolve(Identity(serial=SERIAL)) == resolver.NOTHING
    assert resolver.resolve(Identity(gtin=GTIN)) == resolver.NOTHING


def test_a_serial_stands_under_its_own_gtin_and_lot_only(tea):
    make.variant(make.product(tea.seller, name="Chè móc câu"), gtin="8936123456795")
    code = stamp_of(make_traceability.lot(tea, code="CH1")).code
    right = [Identity(gtin=GTIN, serial=code), Identity(gtin=GTIN, lot="CH1", serial=code)]
    wrong = [
        Identity(gtin=OTHER, serial=code),
        Identity(gtin=GTIN, lot="CH2", serial=code),
        Identity(gtin=OTHER, lot="CH1", serial=code),
    ]
    assert [resolver.resolve(each).stamp.code for each in right] == [code, code]
    assert [resolver.resolve(each) for each in wrong] == [resolver.NOTHING] * 3


def test_a_stamp_printed_for_a_pack_is_not_another_packs(tea):
    big = make.variant(tea, pack="hộp 500 g", gtin="8936123456795", sku="B")
    code = stamp_of(make_traceability.lot(tea), variant=big).code
    assert resolver.resolve(Identity(gtin=OTHER, serial=code)).gtin == OTHER
    assert resolver.resolve(Identity(serial=code)).gtin == OTHER
    assert resolver.resolve(Identity(gtin=GTIN, serial=code)) == resolver.NOTHING


def test_a_gtin_names_its_product_and_with_a_lot_the_lot(tea):
    make_traceability.lot(tea, code="CH1")
    product = resolver.resolve(Identity(gtin=GTIN))
    assert (product.product_ref, product.lot, product.stamp) == (tea.ref, None, None)
    lot = resolver.resolve(Identity(gtin=GTIN, lot="CH1"))
    assert (lot.lot.code, lot.lot_missing) == ("CH1", None)


def test_an_unknown_lot_falls_back_to_the_product_and_an_unknown_serial_does_not(tea):
    found = resolver.resolve(Identity(gtin=GTIN, lot="KHONG"))
    assert (found.product_ref, found.lot, found.lot_missing) == (tea.ref, None, "KHONG")
    assert resolver.resolve(Identity(gtin=GTIN, serial=SERIAL)) == resolver.NOTHING


def test_goods_that_are_not_on_sale_are_known_by_their_lot_only(tea):
    make_traceability.lot(tea, code="CH1")
    tea.status, tea.on_sale = "paused", False
    db.session.flush()
    assert resolver.resolve(Identity(gtin=GTIN)) == resolver.NOTHING
    assert resolver.resolve(Identity(gtin=GTIN, lot="CH1")).product_ref == tea.ref


def test_of_two_sellers_of_the_same_goods_the_one_with_the_lot_answers(tea):
    other = make.product(make.seller(name="HTX Miến Việt Cường"), name="Chè tôm nõn")
    make.variant(other, gtin="8936123456788")
    make_traceability.lot(other, code="CH9")
    assert resolver.resolve(Identity(gtin=GTIN)).product_ref == tea.ref
    assert resolver.resolve(Identity(gtin=GTIN, lot="CH9")).product_ref == other.ref


def test_a_code_of_our_own_is_nothing_yet(database):
    code = identifiers.internal_code(b"0123456789abcdef", "htx", 1)
    assert resolver.resolve(Identity(code=code)) == resolver.NOTHING


@given(integers(0, 10**13 - 1))
def test_every_way_to_write_a_gtin_is_looked_for(number):
    body = f"{number:013}"
    whole = body + gtins.check_digit(body)
    forms = resolver._forms(whole)
    assert all(identifiers.gtin14(form) == whole for form in forms)
    assert len(forms) == 1 + sum(not whole[: 14 - n].strip("0") for n in (13, 12, 8))
