"""Viewers complain about a session; its seller and operators read it, nobody else."""

from typing import Any

import pytest
from sqlalchemy import select

from shop.accounts.models import AuditEntry
from shop.database import db
from shop.livestream import complaint_views
from shop.livestream.models import Broadcast
from shop.livestream.plan_models import Complaint
from tests import make_livestream
from tests.app_fixtures import form_token

HOME, FORM = "/ban-hang/livestream", "/phan-anh-phien"
TEXT = "Nói chè chữa được bệnh."


@pytest.fixture
def session(cast: Any) -> Broadcast:
    row = make_livestream.live(make_livestream.broadcast(cast.ours.seller))
    db.session.commit()
    return row


def send(cast: Any, session: Broadcast, **more: str) -> Any:
    token = form_token(cast.visitor.get(f"{FORM}/{session.ref}").text)
    fields = {"csrf_token": token, "text": TEXT, "contact": "0912 345 678"}
    return cast.visitor.post(f"{FORM}/{session.ref}", data=fields | more)


def kept() -> list[tuple[str, str]]:
    return [(c.text, c.contact) for c in db.session.scalars(select(Complaint))]


def test_a_complaint_sent_twice_is_one_and_its_seller_and_operators_read_it(
    cast: Any, session: Broadcast
) -> None:
    for _turn in range(2):
        assert send(cast, session, _once="a-key").status_code == 303
    assert kept() == [(TEXT, "0912 345 678")]
    for person in (cast.ours, cast.administrator):
        assert TEXT in person.get(f"{HOME}/{session.ref}/phan-anh").text
    assert "1 chưa xử lý" in cast.ours.get(f"{HOME}/{session.ref}/chuan-bi").text
    assert "1 chưa xử lý" in cast.administrator.get(f"/quan-tri/livestream/{session.ref}").text


def test_it_is_seen_to_once(cast: Any, session: Broadcast) -> None:
    send(cast, session)
    row = db.session.scalars(select(Complaint)).one()
    cast.ours.post(f"{HOME}/phan-anh/{row.ref}/xong")
    first = row.handled_at
    cast.administrator.post(f"{HOME}/phan-anh/{row.ref}/xong")
    assert (row.handled_at, row.handled_by) == (first, cast.ours.user.id)
    assert first is not None


def test_the_audit_trail_keeps_no_phone_of_who_complained(cast: Any, session: Broadcast) -> None:
    send(cast, session, text="Gọi lại cho tôi 0912 345 678, hàng bị hỏng")
    row = db.session.scalars(select(Complaint)).one()
    cast.ours.post(f"{HOME}/phan-anh/{row.ref}/xong")
    kept_note = db.session.scalars(
        select(AuditEntry.subject).where(AuditEntry.action == "complaint.handle")
    ).one()
    assert "0912 345 678" not in kept_note
    assert "hàng bị hỏng" in kept_note


def test_another_seller_neither_reads_nor_sees_to_it(cast: Any, session: Broadcast) -> None:
    send(cast, session)
    row = db.session.scalars(select(Complaint)).one()
    assert cast.theirs.get(f"{HOME}/{session.ref}/phan-anh").status_code == 404
    assert cast.theirs.post(f"{HOME}/phan-anh/{row.ref}/xong").status_code == 404
    assert row.handled_at is None


def test_a_session_that_never_was_on_the_air_has_no_form(cast: Any) -> None:
    planned = make_livestream.broadcast(cast.ours.seller)
    db.session.commit()
    assert cast.visitor.get(f"{FORM}/{planned.ref}").status_code == 404
    assert cast.visitor.get(f"{FORM}/KHONGCO").status_code == 404


@pytest.mark.parametrize("wrong", [{"text": ""}, {"website": "http://x"}])
def test_empty_words_and_machines_are_refused(
    cast: Any, session: Broadcast, wrong: dict[str, str]
) -> None:
    assert send(cast, session, **wrong).status_code == 422
    assert kept() == []


def test_one_address_cannot_flood_a_session(
    cast: Any, session: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complaint_views, "PER_ADDRESS", "2/hour")
    assert [send(cast, session).status_code for _turn in range(3)] == [303, 303, 429]
    assert len(kept()) == 2


def test_buyers_find_the_form_on_their_page(cast: Any, session: Broadcast) -> None:
    make_livestream.hear(session, make_livestream.said("A1"))
    db.session.commit()
    page = cast.visitor.get(f"/chot/{make_livestream.buyer(session).token}").text
    assert f'href="{FORM}/{session.ref}"' in page
