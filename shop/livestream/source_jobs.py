"""Background work with the platforms: listen, hide phones, reply with a buyer's link."""

import time
from collections.abc import Callable
from threading import Thread

import structlog
from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy import select

from shop import clock
from shop.database import db, transaction
from shop.jobs import job
from shop.livestream import listeners
from shop.livestream.desk_models import Listener, ListenerState
from shop.livestream.models import Broadcast, Buyer, Comment
from shop.livestream.sources import facebook
from shop.livestream.sources.protocol import (
    Account,
    Away,
    Barred,
    Ended,
    Heard,
    Missing,
    Source,
    Trouble,
)

log = structlog.get_logger()

LISTEN_SECONDS, LOOK_SECONDS = 50, 1.0
MOST_AT_ONCE = 50
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 20.0
STAND_BY_SECONDS = 2.0

Until = Callable[[], bool]


@job("listening", tries=1, timeout_seconds=120)
def listen_all() -> None:
    """Listen to every platform of every session that is on, for a while; then it is asked anew.

    A thread a listener, for they do nothing but wait. One that begins meanwhile is taken up too.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    ends_at = time.monotonic() + LISTEN_SECONDS
    threads: dict[int, Thread] = {}
    while (due := _due()) and time.monotonic() < ends_at:
        for listener_id in due[:MOST_AT_ONCE]:
            if listener_id not in threads:
                asked = (app, listener_id, lambda: time.monotonic() > ends_at)
                threads[listener_id] = Thread(target=_in_thread, args=asked, daemon=True)
                threads[listener_id].start()
        time.sleep(LOOK_SECONDS)
    for thread in threads.values():
        thread.join()


def _due() -> list[int]:
    with transaction():
        return listeners.due()


def _in_thread(app: Flask, listener_id: int, until: Until) -> None:
    with app.app_context():
        try:
            listen(listener_id, until)
        except Exception as error:  # the edge of the thread: one listener must not end the others
            log.warning("a listener failed", listener=listener_id, error=type(error).__name__)
            db.session.rollback()


def listen(listener_id: int, until: Until) -> None:
    """Listen for one listener until `until()`, the session's end or the platform's.

    While another process does already it stands by: one that was killed may hold the lock a while.
    What breaks is tried again after a pause; a token that is no longer good only with the next
    asking.
    """
    while not until():
        with listeners.alone(listener_id) as mine:
            if mine:
                _listen(listener_id, until)
                return
        _wait(STAND_BY_SECONDS, until)


def _listen(listener_id: int, until: Until) -> None:
    failures = 0
    while not until() and (asked := _asked(listener_id)):
        before = asked[2]
        try:
            _hear(listener_id, asked, until)
            return
        except Ended as ended:
            _note(listener_id, listeners.over, _said(ended))
            return
        except Trouble as trouble:
            _note(listener_id, listeners.lost, _said(trouble))
            if isinstance(trouble, Barred):
                return
            failures = failures + 1 if _cursor(listener_id) == before else 1
            _pause(failures, until)


def _asked(listener_id: int) -> tuple[Source, Account, str] | None:
    """Its source, account and cursor; None when there is nothing to listen to any more."""
    with transaction():
        row = _open(listener_id)
        if row is None:
            return None
        return listeners.SOURCES[row.platform], listeners.account(row), row.cursor


def _open(listener_id: int) -> Listener | None:
    row = db.session.get(Listener, listener_id, with_for_update=True, populate_existing=True)
    if row is None or row.state == ListenerState.OVER:
        return None
    broadcast = db.session.get_one(Broadcast, row.broadcast_id, populate_existing=True)
    return row if broadcast.state in listeners.OPEN else None


def _hear(listener_id: int, asked: tuple[Source, Account, str], until: Until) -> None:
    source, account, cursor = asked
    for heard in source.batches(account, cursor, until):
        if not _keep(listener_id, heard):
            return


def _keep(listener_id: int, heard: Heard) -> bool:
    with transaction():
        row = _open(listener_id)
        if row is None:
            return False
        listeners.take_in(row, heard)
        return True


def _note(listener_id: int, how: Callable[[Listener, str], None], words: str) -> None:
    with transaction():
        row = db.session.get(Listener, listener_id, with_for_update=True)
        if row is not None:
            how(row, words)


def _cursor(listener_id: int) -> str:
    with transaction():
        row = db.session.get(Listener, listener_id)
        return row.cursor if row is not None else ""


def _said(trouble: Trouble) -> str:
    """What went wrong and what to do, then the platform's own words."""
    ways = {
        Barred: _("Khóa không còn dùng được. Xin lấy khóa mới và nối lại."),
        Missing: _("Không thấy video này, hoặc khóa không xem được nó. Xin xem lại mã video."),
        Ended: _("Buổi phát trên nền tảng đã kết thúc."),
        Away: _("Nền tảng chưa trả lời. Máy đang tự nối lại, bình luận không mất."),
    }
    return f"{ways[type(trouble)]} {trouble.said}".strip()


def _pause(failures: int, until: Until) -> None:
    _wait(min(FIRST_PAUSE_SECONDS * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS), until)


def _wait(seconds: float, until: Until) -> None:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at and not until():
        time.sleep(0.1)


@job("channels", tries=6)
def hide_phones(broadcast_id: int) -> None:
    """Hide, on Facebook, every comment of a session that shows a phone."""
    with transaction():
        account = _facebook(broadcast_id)
        query = select(Comment.id, Comment.platform_id).where(
            Comment.broadcast_id == broadcast_id,
            Comment.shows_phone,
            Comment.hidden_at.is_(None),
            Comment.source == "facebook",
        )
        shown = db.session.execute(query.order_by(Comment.id)).all()
    if account is None:
        return
    for comment_id, platform_id in shown:
        try:
            facebook.hide(account, platform_id)
        except Missing:
            pass  # its author has deleted it: nobody sees it any more
        except Barred as barred:
            log.warning("the token may not hide comments", broadcast=broadcast_id, said=barred.said)
            return
        with transaction():
            row = db.session.get_one(Comment, comment_id)
            row.hidden_at = row.hidden_at or clock.now()


def _facebook(broadcast_id: int) -> Account | None:
    query = select(Listener).where(
        Listener.broadcast_id == broadcast_id, Listener.platform == "facebook"
    )
    row = db.session.scalars(query.order_by(Listener.id.desc()).limit(1)).first()
    return listeners.account(row) if row is not None else None


@job("channels", tries=4)
def send_link(buyer_id: int, user_id: int | None = None) -> None:
    """Send a buyer the link of their page as a private reply on Facebook, once.

    To the newest of their comments: the platform takes one reply for each. `user_id` asked for it.
    """
    with transaction():
        buyer = db.session.get_one(Buyer, buyer_id)
        account, comment_id = _facebook(buyer.broadcast_id), _newest(buyer)
        if account is None or comment_id is None or buyer.told_at is not None:
            return
        base_url = current_app.config["SETTINGS"].base_url
        words = _(
            "Chào %(name)s, mời bạn xem và xác nhận đơn đã chốt tại đây: %(link)s",
            name=buyer.name,
            link=f"{base_url}/chot/{buyer.token}",
        )
    facebook.reply(account, comment_id, words)
    with transaction():
        buyer = db.session.get_one(Buyer, buyer_id, with_for_update=True)
        buyer.told_at, buyer.told_by = buyer.told_at or clock.now(), buyer.told_by or user_id


def _newest(buyer: Buyer) -> str | None:
    query = select(Comment.platform_id).where(
        Comment.broadcast_id == buyer.broadcast_id,
        Comment.author_id == buyer.author_id,
        Comment.source == "facebook",
    )
    newest = query.order_by(Comment.posted_at.desc(), Comment.id.desc()).limit(1)
    return db.session.scalar(newest)
