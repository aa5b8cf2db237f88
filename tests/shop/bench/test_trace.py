from shop.bench import trace
from shop.database import db
from tests import make
from traceability import recalls
from traceability.models import Lot


def test_small_houses_reach_what_was_worked_and_a_chain_and_a_fan_are_followed_to_the_end(
    database,
):
    make.product()
    db.session.commit()
    assert trace.fill(1) == 56 + trace.DEEP + trace.WIDE + 1
    first, deep = 1, 41
    wide = deep + trace.DEEP + 1
    found = {
        lot_id: len(recalls.forward(db.session.get_one(Lot, lot_id)).lots)
        for lot_id in (first, deep, wide)
    }
    assert found == {first: 23, deep: trace.DEEP + 1, wide: trace.WIDE + 2}
    end = db.session.get_one(Lot, wide + trace.WIDE + 1)
    assert len(recalls.backward(end).lots) == trace.WIDE + 2
