"""Order lines take their goods from named lots, so that a recall finds the buyers."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.errors import BadInput
from shop.orders import returns, states
from shop.orders.models import Order, OrderLine, State
from shop.outbox import Task
from tests import make, make_traceability
from traceability import balances, events, packing, packing_jobs, recalls
from traceability.errors import LotRecalled, NotForThisLine, NotPackedNow, NotSoMuch
from traceability.models import LotDraw
from traceability.packing import Part


@pytest.fixture
def tea(cast):
    return make.product(cast.ours.seller)


@pytest.fixture
def pack(tea):
    """A box of 200 g."""
    return make.variant(tea, weight_g=200)


def lot(tea, code, day, kg=1):
    row = make_traceability.harvested(make_traceability.lot(tea, code=code), kg)
    row.produced_on = date(2026, 11, day)
    return make_traceability.published(row)


@pytest.mark.parametrize(
    ("quantity", "unit", "to", "weight_g", "found"),
    [
        (3, "hộp", "kg", 200, Decimal("0.6")),
        (1, "kg", "hộp", 200, 5),
        (3, "hộp", "hộp", 200, 3),
        (3, "hộp", "hộp", None, 3),
        (3, "hộp", "kg", None, None),
        (3, "hộp", "chai", 200, None),
        (2, "tạ", "kg", None, 200),
        (2, "kg", None, 200, None),
    ],
)
def test_boxes_and_kilograms_are_turned_into_each_other_by_what_a_box_weighs(
    quantity, unit, to, weight_g, found
):
    assert balances.convert(Decimal(quantity), unit, to, weight_g) == found


def test_what_a_pack_weighs_says_nothing_of_goods_sold_by_weight(tea):
    by_weight = make.variant(tea, unit="kg", pack="kg", weight_g=1000)
    row = make_traceability.published(make_traceability.lot(tea))
    row.quantity, row.unit = Decimal(5), "hộp"
    assert packing.propose(order(by_weight).lines[0], Decimal(3)) == []


def order(pack, boxes=3, state=State.PACKING):
    said = {"buyer_name": "Chị Lan", "buyer_phone": "+84912000000", "address": "Xóm 5"}
    row = Order(seller_id=pack.seller_id, state=state, source="test", **said)
    row.source_key, row.goods_vnd, row.total_vnd = f"pack:{pack.id}:{boxes}", 1000, 1000
    row.paid_vnd = 1000
    line = OrderLine(variant_id=pack.id, name="Chè", pack=pack.pack, unit=pack.unit)
    line.quantity, line.unit_price_vnd, line.amount_vnd = Decimal(boxes), 500, 1000
    row.lines.append(line)
    db.session.add(row)
    db.session.commit()
    return row


def told(parts):
    return [(part.lot.code, part.quantity) for part in parts]


def named(row):
    return told(draw for draws in packing.drawn(row).values() for draw in draws)


def form(row, *parts):
    said = {}
    for number, (ref, quantity) in enumerate(parts):
        said[f"lot-{row.lines[0].id}-{number}"] = ref
        said[f"quantity-{row.lines[0].id}-{number}"] = quantity
    return said


def url(row, deed=""):
    return f"/ban-hang/don-hang/{row.ref}{deed}"


def test_the_oldest_lots_are_proposed_as_far_as_whole_boxes_of_them_are_left(tea, pack):
    lot(tea, "MOI", 9)
    lot(tea, "CU", 2)
    row = order(pack, 7)
    assert told(packing.propose(row.lines[0], Decimal(7))) == [("CU", 5), ("MOI", 2)]
    assert told(packing.propose(row.lines[0], Decimal(99))) == [("CU", 5), ("MOI", 5)]


def test_a_lot_is_not_proposed_that_is_recalled_unpublished_expired_or_another_products(tea, pack):
    recalls.recall(SYSTEM, lot(tea, "THUHOI", 1), "Nấm mốc")
    lot(tea, "HETHAN", 2).expires_on = date(2026, 11, 3)
    lot(tea, "CHUACONG", 3).published_at = None
    lot(make.product(tea.seller), "KHAC", 4)
    lot(tea, "DUNG", 5)
    row = order(pack)
    assert told(packing.propose(row.lines[0], Decimal(3))) == [("DUNG", 3)]


def test_goods_without_a_public_lot_are_packed_as_before(cast, tea, pack):
    make_traceability.lot(tea)
    row = order(pack)
    assert packing.lines(row) == []
    assert "Lô hàng đã lấy" not in cast.ours.get(url(row)).text
    assert "Hàng của bạn từ đâu" not in cast.visitor.get(f"/don/{row.token}").text


def test_staff_see_the_proposal_and_confirm_it_and_the_lots_have_less(cast, tea, pack):
    first, second = lot(tea, "CU", 2), lot(tea, "MOI", 9)
    row = order(pack, 6)
    page = cast.ours.get(url(row)).text
    line = row.lines[0].id
    for number, (of, quantity) in enumerate([(first, 5), (second, 1)]):
        assert f'<option value="{of.ref}" selected>' in page
        assert f'name="quantity-{line}-{number}" type="text" value="{quantity}"' in page
    sent = form(row, (first.ref, "5"), (second.ref, "1"))
    assert cast.ours.post(url(row, "/lo-hang"), sent).status_code == 303
    assert named(row) == [("CU", 5), ("MOI", 1)]
    assert (balances.left(first), balances.left(second)) == (0, Decimal("0.8"))
    cast.ours.post(url(row, "/lo-hang"), sent)
    assert db.session.query(LotDraw).count() == 2, "the same again is nothing new"
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "order.pack"))
    assert entry.changes == {"lots": ["", "CU: 5, MOI: 1"]}


def test_lots_that_were_named_are_named_anew_and_the_first_are_the_lots_again(tea, pack):
    first, second = lot(tea, "CU", 2), lot(tea, "MOI", 9)
    row = order(pack, 5)
    line = row.lines[0].id
    packing.pack(SYSTEM, row, {line: [Part(first, Decimal(5))]})
    packing.pack(SYSTEM, row, {line: [Part(first, Decimal(1)), Part(second, Decimal(4))]})
    assert named(row) == [("CU", 1), ("MOI", 4)]
    assert (balances.left(first), balances.left(second)) == (Decimal("0.8"), Decimal("0.2"))


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([("CU", 2)], BadInput),
        ([("CU", 4)], BadInput),
        ([("CU", 1), ("CU", 2)], BadInput),
        ([("IT", 3)], NotSoMuch),
        ([("KHAC", 3)], NotForThisLine),
        ([("CHUACONG", 3)], NotForThisLine),
        ([("THUHOI", 3)], LotRecalled),
    ],
)
def test_what_does_not_fit_the_line_is_refused_and_nothing_changes(tea, pack, parts, error):
    there = {code: lot(tea, code, 2) for code in ("CU", "CHUACONG", "THUHOI")}
    there["IT"] = lot(tea, "IT", 2)
    make_traceability.worked([there["IT"]], [make_traceability.lot(tea)], kg=1)
    there["KHAC"] = lot(make.product(tea.seller), "KHAC", 2)
    there["CHUACONG"].published_at = None
    row = order(pack)
    packing.pack(SYSTEM, row, {row.lines[0].id: [Part(there["CU"], Decimal(3))]})
    recalls.recall(SYSTEM, there["THUHOI"], "Nấm mốc")
    db.session.commit()
    said = [Part(there[code], Decimal(quantity)) for code, quantity in parts]
    with pytest.raises(error), db.session.begin_nested():
        packing.pack(SYSTEM, row, {row.lines[0].id: said})
    assert named(row) == [("CU", 3)]


@pytest.mark.parametrize("state", [State.AWAITING_PAYMENT, State.CANCELLED, State.RETURNED])
def test_an_order_that_is_not_to_be_packed_takes_from_no_lot(tea, pack, state):
    of, row = lot(tea, "CU", 2), order(pack, state=state)
    with pytest.raises(NotPackedNow):
        packing.pack(SYSTEM, row, {row.lines[0].id: [Part(of, Decimal(3))]})
    assert named(row) == []


def test_another_sellers_lot_and_order_are_not_there(cast, tea, pack):
    foreign = lot(make.product(cast.theirs.seller), "HO", 2)
    ours, row = lot(tea, "CU", 2), order(pack)
    assert cast.ours.post(url(row, "/lo-hang"), form(row, (foreign.ref, "3"))).status_code == 404
    assert cast.theirs.post(url(row, "/lo-hang"), form(row, (ours.ref, "3"))).status_code == 404
    cast.ours.post(url(row, "/lo-hang"), form(row, (ours.ref, "ba")))
    assert named(row) == []


def reactions(event):
    return list(db.session.scalars(select(Task.job).where(Task.event == event)))


def test_a_cancelled_order_gives_its_lots_back(tea, pack):
    of, row = lot(tea, "CU", 2), order(pack)
    packing.pack(SYSTEM, row, {row.lines[0].id: [Part(of, Decimal(3))]})
    states.move(row, State.CANCELLED, who="Hảo")
    db.session.commit()
    assert reactions("order_fell_through") == ["traceability.packing_jobs.fit_draws"]
    for _turn in range(2):
        packing_jobs.fit_draws(row.id)
    assert (named(row), balances.left(of)) == ([], 1)


def test_what_comes_back_is_taken_from_the_lot_named_last(tea, pack):
    first, second = lot(tea, "CU", 2), lot(tea, "MOI", 9)
    row = order(pack, 7)
    line = row.lines[0].id
    parts = [Part(first, Decimal(5)), Part(second, Decimal(2))]
    packing.pack(SYSTEM, row, {line: parts})
    row.state = State.SHIPPED
    came = {"restock": True, "who": "Hảo", "why": "Rách"}
    returns.take(row, {line: Decimal(3)}, key="a", **came)
    db.session.commit()
    assert "traceability.packing_jobs.fit_draws" in reactions("goods_came_back")
    for _turn in range(2):
        packing_jobs.fit_draws(row.id)
    assert named(row) == [("CU", 4)]
    assert balances.left(second) == 1
    returns.take(row, {line: Decimal(4)}, key="b", **came)
    db.session.commit()
    packing_jobs.fit_draws(row.id)
    assert named(row) == []


def test_the_buyers_page_names_the_harvest_that_their_goods_came_from(cast, tea, pack):
    leaves = make_traceability.lot(tea, code="LA01")
    place = make_traceability.site(tea.seller, "Đồi chè Soi Vàng")
    at = datetime(2026, 11, 5, 2, tzinfo=UTC)
    items = [events.Item(leaves, quantity=Decimal(9), unit="kg")]
    events.record(SYSTEM, "harvest", at, items, more=events.More(site=place))
    dried = lot(tea, "KHO1", 9)
    make_traceability.worked([leaves], [dried])
    make_traceability.published(leaves)
    row = order(pack)
    packing.pack(SYSTEM, row, {row.lines[0].id: [Part(dried, Decimal(3))]})
    db.session.commit()
    page = cast.visitor.get(f"/don/{row.token}").text
    assert "Lô KHO1" in page
    assert f'href="/lo/{dried.ref}"' in page
    assert "thu hoạch 05/11/2026, Đồi chè Soi Vàng" in page
    cast.visitor.set_cookie("lang", "en")
    assert f'href="/lo/{dried.ref}?lang=en"' in cast.visitor.get(f"/don/{row.token}").text
    leaves.published_at = dried.published_at = None
    db.session.commit()
    page = cast.visitor.get(f"/don/{row.token}").text
    assert "KHO1" in page
    assert f"/lo/{dried.ref}" not in page
    assert "Soi Vàng" not in page


def test_a_recall_drafts_a_letter_to_the_buyer_whose_order_was_packed_from_the_lot(cast, tea, pack):
    leaves = lot(tea, "LA01", 1)
    dried = lot(tea, "KHO1", 9)
    make_traceability.worked([leaves], [dried], kg=1)
    row, other = order(pack), order(pack, 2)
    cast.ours.post(url(row, "/lo-hang"), form(row, (dried.ref, "3")))
    recall = recalls.recall(SYSTEM, leaves, "Phát hiện nấm mốc")
    db.session.commit()
    [letter] = recall.letters
    assert letter.order_id == row.id
    assert "lô KHO1: 3 hộp" in letter.text
    assert "Chị Lan" in cast.ours.get(f"/ban-hang/thu-hoi/{recall.ref}").text
    assert "Lô KHO1 đang bị thu hồi" in cast.ours.get(url(row)).text
    assert (
        "Lô KHO1 đang bị thu hồi: Phát hiện nấm mốc" in cast.visitor.get(f"/don/{row.token}").text
    )
    assert "KHO1" not in cast.visitor.get(f"/don/{other.token}").text
