"""The reader in real processes: many deliveries at once make the same claims."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from shop import clock, outbox, settings
from shop.accounts.access import SYSTEM
from shop.app import create_app
from shop.database import db
from shop.livestream import broadcasts, comments, jobs
from shop.livestream.models import BroadcastState, Claim, Comment
from tests import make, make_livestream

ROOT = Path(__file__).resolve().parents[3]

# A bridge that delivers the batch in its own order, and a worker that reads at once.
DELIVER = """
import json, random, sys, warnings
from dataclasses import replace
from pathlib import Path
from shop import settings
from shop.app import create_app
from shop.database import db
from shop.livestream import jobs
from tests import make_livestream
told = json.loads(sys.stdin.read())
servers = {"database_url": told["db"], "redis_url": told["redis"]}
ours = replace(settings.load({"VAR_DIR": told["var"]}), **servers)
app = create_app(ours)
comments = told["comments"]
random.Random(told["seed"]).shuffle(comments)
raw = json.dumps({"comments": comments}).encode()
client = app.test_client()
print("ready", flush=True)
answer = client.post(
    f"/api/v1/livestreams/{told['ref']}/comments",
    data=raw,
    headers=make_livestream.headers(told["key"], raw),
)
assert answer.status_code == 202, answer.text
with app.app_context():
    jobs.read_comments(told["id"])
    db.engine.dispose()
print(json.dumps(answer.json))
"""

WORDS = (
    ("lan", "A1 x2"),
    ("an", "A1 x3"),
    ("lan", "thêm 1 hộp A1"),
    ("binh", "A1 x9"),
    ("an", "hủy A1"),
    ("chi", "A1 giá bao nhiêu"),
    ("lan", "A1 x4"),
    ("dung", "A1 x5"),
    ("binh", "A1 x1"),
    ("dung", "0900 000 012"),
)


def test_a_batch_delivered_three_times_at_once_in_any_order_makes_the_same_claims(
    fresh_database: str, redis_url: str, tmp_path: Path
) -> None:
    # Read one after the other: lan 2, an 3, lan 3, binh waits for 9 (4 left), an gives back 3,
    # lan 4, dung 5, binh 1.
    ours = replace(
        settings.load({"VAR_DIR": str(tmp_path)}), database_url=fresh_database, redis_url=redis_url
    )
    with create_app(ours).app_context():
        told = _session(fresh_database, redis_url, tmp_path)
        answers = _deliver([{**told, "seed": seed} for seed in range(3)])
        assert sum(a["accepted"] for a in answers) == len(WORDS)
        assert sum(a["repeated"] for a in answers) == 2 * len(WORDS)
        assert _claimed() == [
            ("an", "3.000", "cancelled"),
            ("binh", "1.000", "held"),
            ("dung", "5.000", "held"),
            ("lan", "4.000", "held"),
        ]
        assert db.session.scalars(select(Comment.id).where(Comment.state == "new")).all() == []
        db.session.remove()
        db.engine.dispose()


def _session(database_url: str, redis_url: str, var: Path) -> dict[str, Any]:
    row = make_livestream.on_air()
    make_livestream.pin(row, "A1", make.variant(on_hand=10))
    db.session.commit()
    batch = [
        make_livestream.said(text, at=at, author=author, platform_id=f"{at:03d}")
        for at, (author, text) in enumerate(WORDS)
    ]
    told = {"db": database_url, "redis": redis_url, "var": str(var), "ref": row.ref, "id": row.id}
    wire = json.loads(make_livestream.body(batch))
    return {**told, **wire, "key": broadcasts.ingest_key(row)}


def _deliver(tasks: list[dict[str, Any]]) -> list[dict[str, int]]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", DELIVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environ,
            text=True,
        )
        for _task in tasks
    ]
    for process, task in zip(started, tasks, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps(task))
        process.stdin.close()
    answers = []
    for process in started:
        with process:
            assert process.stdout is not None
            answers.append(json.loads(process.stdout.read().splitlines()[-1]))
            assert process.wait(60) == 0
    return answers


def _claimed() -> list[tuple[str, str, str]]:
    rows = db.session.scalars(select(Claim)).all()
    return sorted((c.buyer.author_id, f"{c.quantity:f}", c.state) for c in rows)


def test_a_crowd_is_read_in_turns_and_what_is_left_is_asked_for_again(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_livestream.on_air()
    comments.ingest(session, [make_livestream.said("đẹp quá", at=at) for at in range(3)])
    db.session.execute(delete(outbox.Task))
    db.session.commit()
    monkeypatch.setattr(jobs, "BATCH", 2)
    monkeypatch.setattr(jobs, "READ_SECONDS", 0)
    jobs.read_comments(session.id)
    read = select(func.count()).where(Comment.read_at.is_not(None))
    asked = select(outbox.Task.job, outbox.Task.arguments)
    assert db.session.scalar(read) == 2
    assert db.session.execute(asked).all() == [
        ("shop.livestream.jobs.read_comments", {"broadcast_id": session.id})
    ]
    jobs.read_comments(session.id)
    assert db.session.scalar(read) == 3


def test_what_comes_before_the_gate_is_passed_holds_nothing_and_is_read_once_it_is(
    database: Any,
) -> None:
    session = make_livestream.broadcast()
    variant = make.variant(make.product(session.seller), on_hand=10)
    make_livestream.pin(session, "A1", variant)
    comments.ingest(session, [make_livestream.said("A1 2 hộp")])
    db.session.commit()
    jobs.read_comments(session.id)
    states = select(Comment.state).where(Comment.broadcast_id == session.id)
    assert (db.session.scalars(states).all(), _claims(session)) == (["new"], [])
    session.state, session.live_at = BroadcastState.LIVE, clock.now()
    db.session.commit()
    jobs.read_comments(session.id)
    assert (db.session.scalars(states).all(), _claims(session)) == (["claimed"], ["held"])


def test_a_session_that_was_closed_without_ever_being_on_the_air_claims_nothing(
    database: Any,
) -> None:
    session = make_livestream.broadcast()
    make_livestream.pin(session, "A1", make.variant(make.product(session.seller), on_hand=10))
    comments.ingest(session, [make_livestream.said("A1")])
    broadcasts.close(SYSTEM, session)
    db.session.commit()
    jobs.read_comments(session.id)
    assert _claims(session) == []


def _claims(session: Any) -> list[str]:
    query = select(Claim.state).where(Claim.broadcast_id == session.id)
    return list(db.session.scalars(query))
