"""A worker that listens to a platform is killed again and again: no comment is lost or doubled.

What it had taken in and what it was just hearing are told apart by the cursor alone, and the lock
of the listener falls with the process.
"""

import os
import random
import signal
import time
from decimal import Decimal
from multiprocessing import get_context

from sqlalchemy import func, select

from shop.accounts.access import SYSTEM
from shop.database import db, transaction
from shop.livestream import jobs, listeners, source_jobs
from shop.livestream.desk_models import Listener
from shop.livestream.models import Broadcast, Claim, Comment
from shop.livestream.sources import facebook
from tests import invariants, make, make_channels, make_lives, make_livestream, make_money

KILLS, EACH, ON_HAND = 5, 25, 80
COMMENTS = (KILLS + 1) * EACH


def talk(outside, live, dice, turn):
    """One word each of some people; the stream says some of it twice, and some of it never."""
    for number in range(EACH):
        more = {"twice": dice.random() < 0.1, "unstreamed": dice.random() < 0.2}
        make_lives.say(outside, live, "A1 x1", author=f"Ng{turn:02d}{number:03d}", **more)


def work(app):
    with app.app_context():
        source_jobs.listen_all()


def heard():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Comment))


def let_go():
    db.session.remove()
    db.engine.dispose()


def wait_until_more(before):
    for _try in range(1000):
        if heard() > before:
            return
        time.sleep(0.02)
    raise AssertionError("nobody listens")


def test_a_listener_that_is_killed_again_and_again_hears_every_comment_once(
    fresh_database, redis_url, tmp_path, monkeypatch
):
    monkeypatch.setattr(facebook, "CATCH_UP_SECONDS", 0.4)
    dice = random.Random(11)
    with (
        make_channels.running(tmp_path / "sandbox") as outside,
        make_money.app_on(fresh_database, redis_url, tmp_path) as app,
        make_channels.pointed_at(app, outside),
    ):
        with transaction():
            seller = make.seller()
            on = make_livestream.on_air(seller)
            tea = make.variant(make.product(seller), on_hand=ON_HAND)
            make_livestream.live(on, variant=tea)
            live = make_lives.live(outside, [], begun_seconds_ago=0)
            said = {"platform": "facebook", "external_id": live, "token": "sandbox-page-token"}
            listener_id, on_id = listeners.connect(SYSTEM, on, said).id, on.id
        fork, before = get_context("fork"), 0
        for turn in range(KILLS):
            let_go()
            victim = fork.Process(target=work, args=(app,))
            victim.start()
            talk(outside, live, dice, turn)
            wait_until_more(before)
            time.sleep(dice.uniform(0, 0.3))
            os.kill(victim.pid, signal.SIGKILL)
            victim.join(10)
            assert victim.exitcode == -signal.SIGKILL, "it did not die of itself"
            before = heard()
        assert 0 < before < COMMENTS
        talk(outside, live, dice, KILLS)
        source_jobs.listen(listener_id, lambda: heard() >= COMMENTS)
        assert heard() == COMMENTS, "each once, whatever its worker died of"
        listener = db.session.get_one(Listener, listener_id)
        assert (listener.state, listener.trouble) == ("listening", "")
        jobs.read_comments(on_id)
        made = db.session.scalars(
            select(Claim).where(Claim.broadcast_id == on_id).order_by(Claim.comment_id)
        ).all()
        spoke = select(Comment.id).order_by(Comment.posted_at, Comment.id)
        assert sorted(c.comment_id for c in made) == sorted(db.session.scalars(spoke))
        first = set(db.session.scalars(spoke.limit(ON_HAND)))
        assert {c.comment_id for c in made if c.state == "held"} == first
        assert {c.quantity for c in made} == {Decimal(1)}
        assert db.session.get_one(Broadcast, on_id).state == "live"
        invariants.hold()
