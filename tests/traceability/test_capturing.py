"""What others tell us in EPCIS: kept once, word for word, all of it or nothing."""

import json

import pytest
from sqlalchemy import func, select

from shop.accounts.access import SYSTEM
from shop.accounts.models import Role as Part
from shop.catalogue.models import Product, Status
from shop.database import db
from tests import make
from tests.traceability.test_documents import history, listed
from traceability import capturing, documents, exports, recalls
from traceability.epcis_models import Capture
from traceability.models import Lot, TraceEvent

pytestmark = pytest.mark.usefixtures("database")


def captured(document, seller, run_tasks, **more):
    row = capturing.request(SYSTEM, seller, json.loads(json.dumps(document)), **more)
    db.session.commit()
    run_tasks()
    return db.session.get_one(Capture, row.id)


def events_of(seller):
    query = select(func.count()).select_from(TraceEvent)
    return db.session.scalar(query.where(TraceEvent.seller_id == seller.id))


def lot_of(seller, code):
    return db.session.scalar(select(Lot).where(Lot.seller_id == seller.id, Lot.code == code))


def test_what_is_sent_out_comes_back_as_the_same_events(run_tasks):
    dried = history()
    sent = documents.of_lot(dried)
    other = make.seller(name="HTX nhận hàng")
    done = captured(sent, other, run_tasks)
    assert (done.errors, done.success, done.running, done.document) == ([], True, False, None)
    assert done.kept == len(listed(sent)) == 7
    back = documents.of_lot(lot_of(other, "KHO01"))
    bare = [{k: v for k, v in e.items() if k != "recordTime"} for e in listed(sent)]
    assert [{k: v for k, v in e.items() if k != "recordTime"} for e in listed(back)] == bare
    for lot in db.session.scalars(select(Lot)):
        lot.published_at = None  # the history above is public without having been published
    db.session.flush()
    assert exports.check().fault is None


def test_recalls_and_workings_hold_where_they_were_taken_in(run_tasks):
    sent = documents.of_lot(history())
    other = make.seller(name="HTX nhận hàng")
    captured(sent, other, run_tasks)
    leaves, dried = lot_of(other, "LA01"), lot_of(other, "KHO01")
    assert recalls.forward(leaves).lots == (leaves.id, dried.id)
    assert (dried.recall_reason, leaves.recall_reason) == ("Nấm mốc", "Nấm mốc")
    assert leaves.product_id == dried.product_id
    assert leaves.product.status == Status.DRAFT


def test_a_document_sent_twice_adds_nothing(run_tasks):
    sent = documents.of_lot(history())
    other = make.seller(name="HTX nhận hàng")
    captured(sent, other, run_tasks)
    before = events_of(other)
    again = captured(sent, other, run_tasks)
    assert (again.success, events_of(other), before) == (True, before, 8)


def test_one_bad_event_keeps_all_of_them_out_unless_the_rest_may_proceed(run_tasks):
    sent = documents.of_lot(history())
    listed(sent)[3] = listed(sent)[3] | {"eventTime": "2199-01-01T00:00:00.000+07:00"}
    del listed(sent)[3]["eventID"]
    other = make.seller(name="HTX nhận hàng")
    done = captured(sent, other, run_tasks)
    assert (done.success, done.kept, events_of(other)) == (False, 0, 0)
    assert db.session.scalar(select(Product.id).where(Product.seller_id == other.id)) is None
    [error] = done.errors
    assert error["type"] == "epcisException:ValidationException"
    assert error["instance"] == "eventList[3]"
    rest = captured(sent, other, run_tasks, proceed=True)
    assert (rest.success, rest.kept, len(rest.errors), events_of(other)) == (False, 6, 1, 7)


def test_a_name_that_does_not_follow_from_the_event_is_refused(run_tasks):
    sent = documents.of_lot(history())
    listed(sent)[0]["bizStep"] = "shipping"
    other = make.seller(name="HTX nhận hàng")
    done = captured(sent, other, run_tasks)
    assert (done.success, events_of(other)) == (False, 0)
    assert done.errors[0]["instance"] == "eventList[0]"


def test_who_may_no_longer_write_for_the_seller_sends_nothing_in(run_tasks):
    sent = documents.of_lot(history())
    other = make.seller(name="HTX nhận hàng")
    person = make.member(other, role=Part.MANAGER)
    row = capturing.request(SYSTEM, other, sent)
    row.user_id = person.id
    person.memberships[0].role = Part.VIEWER
    db.session.commit()
    run_tasks()
    assert (row.success, events_of(other)) == (False, 0)
