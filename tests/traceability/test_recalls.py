import json
from io import BytesIO

import pytest
from openpyxl import load_workbook

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role as Part
from shop.database import db
from tests import app_fixtures, make, make_traceability
from traceability import events, exports, recalls
from traceability.errors import AlreadyRecalled, NotRecalled
from traceability.models import Container, LotDraw
from traceability.recall_models import Recall
from traceability.stamp_models import StampState

pytestmark = pytest.mark.usefixtures("database")
WHY = "Phát hiện nấm mốc"
worked, loaded = make_traceability.worked, make_traceability.loaded


@pytest.fixture
def leaves():
    return make_traceability.lot(code="LA01")


def lots(of, count):
    return [make_traceability.lot(of.product) for _each in range(count)]


def test_forward_reaches_everything_made_from_a_lot_and_nothing_else(leaves):
    dried, blend, other, aside = lots(leaves, 4)
    worked([leaves], [dried])
    worked([dried, other], [blend])
    worked([other], [aside])
    assert recalls.forward(leaves).lots == (leaves.id, dried.id, blend.id)
    assert recalls.forward(other).lots == (other.id, blend.id, aside.id)
    assert recalls.forward(blend).lots == (blend.id,)


def test_backward_reaches_everything_a_lot_was_made_from(leaves):
    dried, blend, other, aside = lots(leaves, 4)
    worked([leaves], [dried])
    worked([dried, other], [blend])
    worked([other], [aside])
    assert recalls.backward(blend).lots == (blend.id, leaves.id, dried.id, other.id)
    assert recalls.backward(leaves).lots == (leaves.id,)


def test_a_lot_that_is_younger_than_what_it_was_made_from_is_none_of_these(leaves):
    dried, blend = lots(leaves, 2)
    worked([leaves], [dried])
    worked([dried], [blend])
    assert recalls.made_from(blend) == [leaves, dried]
    assert recalls.made_from(leaves) == []


def test_lots_that_were_made_of_one_another_do_not_go_round_for_ever(leaves):
    [other] = lots(leaves, 1)
    worked([leaves], [other])
    worked([other], [leaves])
    assert set(recalls.forward(leaves).lots) == set(recalls.backward(leaves).lots)
    assert set(recalls.forward(leaves).lots) == {leaves.id, other.id}


def test_an_event_declared_wrong_leads_nowhere(leaves):
    [dried] = lots(leaves, 1)
    wrong = worked([leaves], [dried])
    events.correct(SYSTEM, wrong, "did_not_occur", "Nhầm lô")
    assert recalls.forward(leaves).lots == (leaves.id,)
    assert recalls.backward(dried).lots == (dried.id,)


def test_cartons_and_the_pallet_around_them_are_reached_until_they_are_emptied(leaves):
    [dried] = lots(leaves, 1)
    worked([leaves], [dried])
    pallet = make_traceability.container(leaves, "106141412345678908")
    box = make_traceability.container(leaves)
    box.parent_id = pallet.id
    loaded(dried, box)
    assert recalls.forward(leaves).containers == (pallet.id, box.id)
    out = loaded(dried, box, "unloading")
    assert recalls.forward(leaves).containers == ()
    events.correct(SYSTEM, out, "did_not_occur", "Chưa dỡ")
    assert recalls.forward(leaves).containers == (pallet.id, box.id)


def test_each_direction_is_one_query(leaves, query_count):
    [dried] = lots(leaves, 1)
    worked([leaves], [dried])
    for ask in (recalls.forward, recalls.backward):
        with query_count() as queries:
            ask(leaves)
        assert len(queries) == 1


def test_a_recall_calls_back_the_lot_and_what_was_made_from_it(leaves):
    dried, aside = lots(leaves, 2)
    worked([leaves], [dried])
    made = recalls.recall(SYSTEM, leaves, WHY)
    assert [part.lot_id for part in made.lots] == [leaves.id, dried.id]
    for lot in (leaves, dried):
        assert lot.recall_reason == WHY
        last = events.of_lot(lot)[-1][0]
        assert (last.kind, json.loads(last.payload)["facts"]) == ("recall", {"reason": WHY})
        assert last.happened_at == lot.recalled_at
    assert aside.recalled_at is None
    assert exports.check().fault is None
    with pytest.raises(AlreadyRecalled):
        recalls.recall(SYSTEM, leaves, WHY)


def test_a_lot_called_back_before_stays_in_its_own_recall(leaves):
    [dried] = lots(leaves, 1)
    worked([leaves], [dried])
    first = recalls.recall(SYSTEM, dried, "Bao rách")
    second = recalls.recall(SYSTEM, leaves, WHY)
    assert [part.lot_id for part in second.lots] == [leaves.id]
    assert dried.recall_reason == "Bao rách"
    recalls.release(SYSTEM, dried, "Đã thay bao")
    assert dried.recalled_at is not None, "its leaves are still called back"
    assert first.released_at is not None


def test_a_release_ends_a_recall_for_all_its_lots(leaves):
    [dried] = lots(leaves, 1)
    worked([leaves], [dried])
    recalls.recall(SYSTEM, leaves, WHY)
    recalls.release(SYSTEM, leaves, "Kiểm lại đạt")
    assert (leaves.recalled_at, dried.recalled_at, dried.recall_reason) == (None, None, None)
    assert [event.kind for event, _item in events.of_lot(dried)][-2:] == ["recall", "release"]
    with pytest.raises(NotRecalled):
        recalls.release(SYSTEM, leaves, "Kiểm lại đạt")


def test_letters_are_drafted_for_the_orders_that_took_of_the_lots(leaves):
    dried, aside = lots(leaves, 2)
    worked([leaves], [dried])
    taken = make_traceability.drawn(dried)
    undone = make_traceability.drawn(dried)
    undone.undone_at = clock.now()
    make_traceability.drawn(aside)
    made = recalls.recall(SYSTEM, leaves, WHY)
    [letter] = made.letters
    assert letter.order_id == taken.order_id
    assert letter.text.startswith("Kính gửi Chị Lan,")
    for words in (letter.order.ref, f"lô {dried.code}: 2 hộp", WHY):
        assert words in letter.text
    assert letter.sent_at is None


def test_owners_and_managers_are_mailed_once(leaves, run_tasks, database, monkeypatch):
    seller = leaves.product.seller
    make.member(seller, email="chu@example.vn")
    make.member(seller, role=Part.MANAGER, phone="+84913000001", email="quanly@example.vn")
    make.member(seller, role=Part.HOST, phone="+84913000002", email="phat@example.vn")
    sent = []
    monkeypatch.setattr(
        "traceability.recall_jobs.send.mail", lambda to, *_more, **_k: sent.append(to)
    )
    recalls.recall(SYSTEM, leaves, WHY)
    db.session.commit()
    run_tasks()
    assert sorted(sent) == ["chu@example.vn", "quanly@example.vn"]


@pytest.fixture
def scene(cast):
    """Leaves of ours, dried and sold, with two active stamps."""
    lot = make_traceability.lot(make.product(cast.ours.seller), code="LA77")
    [dried] = lots(lot, 1)
    worked([lot], [dried])
    batch = make_traceability.printed(dried, count=2)
    for stamp in db.session.query(make_traceability.Stamp).filter_by(batch_id=batch.id):
        stamp.state = StampState.ACTIVE
    make_traceability.drawn(dried)
    db.session.commit()
    return lot, dried


def test_what_would_be_recalled_is_shown_before_anything_is(cast, scene):
    lot, dried = scene
    assert lot.ref in cast.ours.get("/ban-hang/thu-hoi?lo=LA7").text
    page = cast.ours.get(f"/ban-hang/thu-hoi/lo/{lot.ref}").text
    for words in ("Chưa có gì bị thu hồi", dried.code, "Chị Lan", "trên 2 tem đã in"):
        assert words in page
    assert lot.recalled_at is None


def test_a_recall_by_the_page_and_its_letters_and_its_list(cast, scene):
    lot, dried = scene
    short = cast.ours.post(f"/ban-hang/thu-hoi/lo/{lot.ref}", {"reason": "x"})
    assert short.status_code == 422
    answer = cast.ours.post(f"/ban-hang/thu-hoi/lo/{lot.ref}", {"reason": WHY})
    assert answer.status_code == 303
    row = db.session.query(Recall).one()
    assert answer.headers["Location"] == f"/ban-hang/thu-hoi/{row.ref}"
    page = cast.ours.get(f"/ban-hang/thu-hoi/{row.ref}").text
    assert "Kính gửi Chị Lan," in page
    letter = row.letters[0]
    cast.ours.post(f"/ban-hang/thu-hoi/thu/{letter.ref}/da-gui")
    assert (letter.sent_by, letter.sent_at is not None) == ("Đào Thanh Hảo", True)
    sheet = cast.ours.get(f"/ban-hang/thu-hoi/{row.ref}/danh-sach.xlsx")
    book = load_workbook(BytesIO(sheet.data))
    assert book.sheetnames == ["Lô hàng", "Tem", "Đơn hàng"]
    assert [r[0].value for r in book["Lô hàng"].iter_rows(min_row=2)] == [lot.code, dried.code]
    assert [c.value for c in book["Tem"][2]][2:] == [2, 2]
    assert [c.value for c in book["Đơn hàng"][2]][4:] == ["Chị Lan", "+84912000000"]
    cast.ours.post(f"/ban-hang/thu-hoi/{row.ref}/het", {"reason": "Kiểm lại đạt"})
    assert (lot.recalled_at, row.release_reason) == (None, "Kiểm lại đạt")


def test_buyers_are_shown_to_those_alone_who_may_read_orders(cast, database, scene):
    lot, _dried = scene
    row = recalls.recall(SYSTEM, lot, WHY)
    db.session.commit()
    reviewer = make.member(None, role=Part.REVIEWER, phone="+84913000009")
    client = app_fixtures.sign_in(database, reviewer)
    page = client.get(f"/ban-hang/thu-hoi/{row.ref}").text
    assert lot.code in page
    assert "Chị Lan" not in page
    book = load_workbook(BytesIO(client.get(f"/ban-hang/thu-hoi/{row.ref}/danh-sach.xlsx").data))
    assert book.sheetnames == ["Lô hàng", "Tem"]


def test_the_stock_is_left_to_people(cast, scene):
    lot, _dried = scene
    before = db.session.query(LotDraw).count()
    row = recalls.recall(SYSTEM, lot, WHY)
    page = cast.ours.get(f"/ban-hang/thu-hoi/{row.ref}").text
    assert "Thu hồi không tự trừ kho" in page
    assert db.session.query(LotDraw).count() == before
    assert db.session.query(Container).count() == 0
