"""Whoever is free takes the oldest thing; two people never work at the same."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from shop import clock, settings
from shop.accounts import access
from shop.accounts.access import Actor
from shop.app import create_app
from shop.database import db, transaction
from shop.errors import NotFound
from shop.livestream import acts, claims, queue
from shop.livestream.errors import Taken
from shop.livestream.models import Broadcast, Claim, Comment
from shop.livestream.queue import Work
from tests import make, make_livestream
from tests.make_livestream import START, said


def helper(of: Any, name: str) -> Actor:
    return access.of(make.member(of, name=name))


@pytest.fixture
def session(database: Any) -> Any:
    """A session with A1, two helpers beside it (Lan and Mai)."""
    ours = make.seller()
    make.bank_account(ours)
    with database.test_request_context():
        row = make_livestream.broadcast(ours)
        make_livestream.pin(row, "A1", make.variant(make.product(ours)))
        yield row


@pytest.fixture
def lan(session: Broadcast) -> Actor:
    return helper(db.session.get(make.Seller, session.seller_id), "Lan")


@pytest.fixture
def mai(session: Broadcast) -> Actor:
    return helper(db.session.get(make.Seller, session.seller_id), "Mai")


def words(item: Any) -> tuple[Work, str]:
    return item.work, item.row.name if item.work is Work.TELL else item.row.text


def test_what_needs_a_person_is_listed_in_the_order_it_was_said(session: Broadcast) -> None:
    make_livestream.hear(
        session,
        said("chốt 2 hộp", at=3, author="an"),
        said("A1 giá bao nhiêu ạ?", at=1, author="binh"),
        said("A1 x2", at=2, author="chi"),
        said("đẹp quá", at=4, author="dung"),
        said("0912345678", at=5, author="em"),
    )
    assert [words(item) for item in queue.listed(session)] == [
        (Work.QUESTION, "A1 giá bao nhiêu ạ?"),
        (Work.TELL, "Chi"),
        (Work.REVIEW, "chốt 2 hộp"),
        (Work.HIDE, "0912345678"),
    ]
    assert queue.counts(session) == {
        Work.REVIEW: 1,
        Work.QUESTION: 1,
        Work.TELL: 1,
        Work.HIDE: 1,
    }


def test_two_helpers_get_two_things_and_each_keeps_their_own(
    session: Broadcast, lan: Actor, mai: Actor
) -> None:
    make_livestream.hear(session, said("còn A1 không?", at=1), said("A1 bao tiền ạ?", at=2))
    first, second = queue.next(lan, session), queue.next(mai, session)
    assert [words(first)[1], words(second)[1]] == ["còn A1 không?", "A1 bao tiền ạ?"]
    assert queue.next(lan, session) == first
    assert queue.mine(mai, session) == second
    assert (
        queue.next(helper(db.session.get(make.Seller, session.seller_id), "Thu"), session) is None
    )


def test_what_is_in_somebodys_hand_for_too_long_is_anybodys(
    session: Broadcast, lan: Actor, mai: Actor
) -> None:
    make_livestream.hear(session, said("còn A1 không?"))
    now = START + timedelta(minutes=5)
    with clock.at(now):
        taken = queue.next(lan, session)
    with clock.at(now + timedelta(seconds=119)):
        assert queue.next(mai, session) is None
        assert queue.next(lan, session).row is taken.row  # at work: two minutes more
    with clock.at(now + timedelta(seconds=238)):
        assert queue.next(mai, session) is None
    with clock.at(now + timedelta(seconds=239)):
        assert queue.next(mai, session).row is taken.row
        assert queue.mine(lan, session) is None


def test_taking_what_somebody_else_has_says_who(session: Broadcast, lan: Actor, mai: Actor) -> None:
    make_livestream.hear(session, said("còn A1 không?"))
    row = make_livestream.comment(session, "còn A1 không?")
    queue.take(lan, row)
    queue.take(lan, row)
    with pytest.raises(Taken, match="Lan đang làm việc này"):
        queue.take(mai, row)
    with pytest.raises(Taken, match="Lan"):
        acts.answer(mai, row)
    assert (row.taken_by, row.handled_at) == (lan.user_id, None)
    assert [item.taken_by for item in queue.listed(session)] == ["Lan"]


def test_what_concerns_the_claims_of_one_buyer_is_all_in_one_hand(
    session: Broadcast, lan: Actor, mai: Actor
) -> None:
    make_livestream.hear(
        session,
        said("chốt A1", at=1, author="chi"),
        said("chốt 2 hộp", at=2, author="chi"),
        said("chốt 3 hộp", at=3, author="dung"),
        said("A1 giá bao nhiêu ạ?", at=4, author="chi"),
    )
    told = queue.next(lan, session)
    assert words(told) == (Work.TELL, "Chi")
    review = make_livestream.comment(session, "chốt 2 hộp")
    with pytest.raises(Taken, match="Lan"):
        acts.confirm(mai, review, [acts.Line("A1", Decimal(2))])
    assert words(queue.next(mai, session)) == (Work.REVIEW, "chốt 3 hộp"), "another buyer's"
    queue.let_go(mai, session)
    queue.take(mai, make_livestream.comment(session, "A1 giá bao nhiêu ạ?"))  # no claim's business
    queue.let_go(mai, session)
    queue.let_go(lan, session)
    queue.take(mai, review)
    with pytest.raises(Taken, match="Mai"):
        acts.tell(lan, queue.buyer(session, told.ref))
    with pytest.raises(Taken, match="Mai"):
        queue.take(lan, queue.buyer(session, told.ref))
    [claim] = acts.confirm(mai, review, [acts.Line("A1", Decimal(2))])
    assert claim.quantity == 2


def test_what_is_let_go_is_free_at_once(session: Broadcast, lan: Actor, mai: Actor) -> None:
    make_livestream.hear(session, said("còn A1 không?"))
    taken = queue.next(lan, session)
    queue.let_go(lan, session)
    assert queue.mine(lan, session) is None
    assert queue.next(mai, session).row is taken.row


def test_what_is_done_is_gone_and_the_next_thing_comes(session: Broadcast, lan: Actor) -> None:
    make_livestream.hear(session, said("còn A1 không?", at=1), said("A1 bao tiền ạ?", at=2))
    acts.answer(lan, queue.next(lan, session).row)
    assert words(queue.next(lan, session)) == (Work.QUESTION, "A1 bao tiền ạ?")


def test_goods_that_came_free_are_told_of_once_more(session: Broadcast, lan: Actor) -> None:
    make_livestream.hear(session, said("A1 x2"))
    acts.tell(lan, make_livestream.buyer(session))
    assert queue.listed(session) == []
    (claim,) = claims.live(make_livestream.buyer(session))
    claim.offered_at = clock.now() + timedelta(seconds=1)
    assert [item.work for item in queue.listed(session)] == [Work.TELL]


def test_who_ordered_or_lapsed_needs_no_link_any_more(session: Broadcast) -> None:
    make_livestream.hear(session, said("A1 x2"))
    db.session.query(Claim).update({"state": "lapsed"})
    assert queue.listed(session) == []


def test_a_rehearsal_gives_nobody_work(session: Broadcast) -> None:
    make_livestream.hear(session, said("A1 giá bao nhiêu ạ? 0912345678"))
    make_livestream.comment(session, "A1 giá bao nhiêu ạ? 0912345678").rehearsal = True
    assert queue.listed(session) == []


def test_a_comment_of_another_session_is_not_found(session: Broadcast) -> None:
    other = make_livestream.broadcast(make.seller(name="HTX Miến"))
    make_livestream.hear(other, said("A1 giá bao nhiêu ạ?"), said("A1"))
    row = make_livestream.comment(other, "A1")
    with pytest.raises(NotFound):
        queue.comment(session, row.ref)
    with pytest.raises(NotFound):
        queue.buyer(session, "no-such-token")
    assert queue.comment(other, row.ref) is row


@pytest.fixture
def apart(fresh_database: str, redis_url: str, tmp_path: Path) -> Any:
    """An app on a database of its own, whose threads really commit; twenty questions."""
    chosen = settings.load({"VAR_DIR": str(tmp_path)})
    app = create_app(replace(chosen, database_url=fresh_database, redis_url=redis_url))
    with app.app_context():
        ours = make.seller()
        row = make_livestream.broadcast(ours)
        make_livestream.pin(row, "A1", make.variant(make.product(ours)))
        asked = [said(f"A1 giá bao nhiêu {n}?", at=n, author=f"a{n}") for n in range(20)]
        make_livestream.hear(row, *asked)
        people = [helper(ours, name) for name in ("Lan", "Mai")]
        db.session.commit()
        db.session.remove()
    yield app, people
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_two_helpers_at_the_same_moment_never_get_the_same_thing(apart: Any) -> None:
    app, people = apart
    together = Barrier(2)
    got: dict[str, list[str]] = {"Lan": [], "Mai": []}

    def work(who: Actor) -> None:
        with app.app_context():
            for _turn in range(10):
                together.wait()
                with transaction():
                    broadcast = db.session.query(Broadcast).one()
                    item = queue.next(who, broadcast)
                    got[who.name].append(item.row.text)
                together.wait()  # both hold theirs before either is done
                with transaction():
                    acts.answer(who, queue.comment(broadcast, item.ref))
            db.session.remove()

    threads = [Thread(target=work, args=[who]) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = {f"A1 giá bao nhiêu {n}?" for n in range(20)}
    assert (len(got["Lan"]), len(got["Mai"])) == (10, 10)
    assert {*got["Lan"], *got["Mai"]} == asked


def test_two_helpers_at_the_same_moment_never_get_the_claims_of_one_buyer(apart: Any) -> None:
    app, people = apart
    with app.app_context(), transaction():
        broadcast = db.session.query(Broadcast).one()
        for turn in range(6):
            twice = [said(f"lấy {n} hộp nha {turn}", at=-9, author=f"z{turn}") for n in (2, 3)]
            make_livestream.hear(broadcast, *twice)
        db.session.query(Comment).filter(Comment.author_id.like("z%")).update({"state": "review"})
    together = Barrier(2)
    got: dict[str, list[Any]] = {"Lan": [], "Mai": []}

    def work(who: Actor) -> None:
        with app.app_context():
            for _turn in range(4):
                together.wait()
                with transaction():
                    item = queue.next(who, db.session.query(Broadcast).one())
                    got[who.name].append((item.work, item.row.author_id, item.ref))
                together.wait()  # both hold theirs before either is done
                with transaction():
                    acts.dismiss(who, queue.comment(db.session.query(Broadcast).one(), item.ref))
            db.session.remove()

    threads = [Thread(target=work, args=[who]) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pairs = list(zip(got["Lan"], got["Mai"], strict=True))
    assert len(pairs) == 4
    assert all(one[0] == Work.REVIEW for one, _other in pairs)
    assert all(one[1] != other[1] for one, other in pairs), pairs
