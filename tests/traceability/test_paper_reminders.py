from datetime import date, datetime
from io import BytesIO

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.media import documents
from shop.media.models import Document
from shop.outbox import Task
from tests import make, make_media, make_traceability
from traceability import paper_reminders

pytestmark = pytest.mark.usefixtures("database")


def mails():
    query = select(func.count()).where(Task.job == "shop.notifications.jobs.deliver_mail")
    return db.session.scalar(query)


def on(day):
    return clock.at(datetime(day.year, day.month, day.day, 9, tzinfo=clock.VIETNAM))


@pytest.fixture
def paper():
    lot = make_traceability.lot()
    make.member(db.session.get_one(make.Seller, lot.seller_id), email="chu@htx.vn")
    taken = documents.take(BytesIO(make_media.pdf()))
    return documents.accept(
        *(SYSTEM, lot.seller_id, f"lot:{lot.ref}", taken),
        kind="vietgap",
        title="VietGAP 12",
        valid_until=date(2027, 3, 31),
    )


def test_owners_hear_at_each_stage_once(paper):
    told = []
    days = (date(2027, 1, 29), date(2027, 1, 30), date(2027, 2, 5), date(2027, 3, 17))
    for day in (*days, date(2027, 3, 31), date(2027, 4, 1)):
        with on(day):
            paper_reminders.send_due()
            paper_reminders.send_due()
        told.append(mails())
    assert told == [0, 1, 1, 2, 3, 3]


def test_a_paper_that_was_taken_away_is_not_spoken_of(paper):
    documents.remove(SYSTEM, db.session.get_one(Document, paper.id))
    with on(date(2027, 3, 31)):
        assert paper_reminders.send_due() == 0
    assert mails() == 0


def test_a_paper_of_something_that_was_done_is_spoken_of_too(paper):
    lot = make_traceability.lot()
    make.member(db.session.get_one(make.Seller, lot.seller_id), email="khac@htx.vn")
    event = make_traceability.event(lot, "test", {"lab": "Quatest 1", "result": "pass"})
    taken = documents.take(BytesIO(make_media.pdf()))
    holder, ends = f"event:{event.ref}", {"valid_until": date(2027, 3, 31)}
    documents.accept(SYSTEM, lot.seller_id, holder, taken, kind="test", title="Phiếu", **ends)
    with on(date(2027, 3, 31)):
        assert paper_reminders.send_due() == 2
    assert mails() == 2
