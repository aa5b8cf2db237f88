"""Background work of the record: sealing each day, and reading it whole by night."""

from datetime import timedelta

import structlog
from sqlalchemy import select

from shop import clock, once
from shop.accounts.access import SYSTEM
from shop.accounts.models import Membership, Role
from shop.database import db, transaction
from shop.jobs import job
from shop.notifications import send
from traceability import erasing, exports, paper_reminders, seals
from traceability.models import TraceEvent, TraceWords

log = structlog.get_logger()

CHECKED_FROM_HOUR = 1  # in Vietnam; the record is read whole, so by night


@job("default")
def seal_day() -> None:
    """Seal the day that is over, once; asked often, so that a night asleep is caught up."""
    with transaction():
        seals.seal(clock.today() - timedelta(days=1))


@job("documents", timeout_seconds=3600)
def check_record() -> None:
    """Read the whole record once a night; a fault is logged and mailed to the administrators."""
    now = clock.vietnam(clock.now())
    with transaction():
        begun = now.hour >= CHECKED_FROM_HOUR and once.claim(f"record-check-{now.date()}", "")
    if not begun:
        return
    report = exports.check()
    db.session.rollback()
    log.info("record checked", events=report.events, heads=report.heads)
    if fault := report.fault:
        log.error("the record was altered", record=fault.record, why=fault.why)
        with transaction():
            _tell_administrators(
                "Nhật ký truy xuất có chỗ bị sửa",
                f"Đêm nay kiểm tra nhật ký thì thấy sai ở: {fault.record}: {fault.why}.\n"
                "Xin giữ nguyên cơ sở dữ liệu và bản sao lưu, rồi so với bản sao trước đó.\n"
                "Nếu vừa nâng cấp từ một bản trước 28/11/2026 mà chưa chạy `ocop introduce-record` "
                "thì chạy lệnh ấy trước.\n",
                f"record-fault:{now.date()}",
            )


@job("default", tries=1)
def remind_of_papers() -> None:
    """Owners hear in time that a paper of a lot runs out."""
    with transaction():
        paper_reminders.send_due()


def _tell_administrators(subject: str, body: str, what: str) -> None:
    query = select(Membership).where(Membership.role == Role.ADMINISTRATOR)
    for each in db.session.scalars(query.order_by(Membership.id)):
        if each.user.email:
            send.mail(each.user.email, subject, body, once=f"{what}:{each.user_id}")


ERASED_AT_ONCE = 100


@job("documents", timeout_seconds=3600)
def forget_words(seller_id: int) -> None:
    """A seller was erased: the words of its events go, event by event, as the law may ask.

    The events stay, with hashes that say nothing without the words.
    """
    said = select(TraceEvent).join(TraceWords, TraceWords.event_id == TraceEvent.id)
    said = said.where(TraceEvent.seller_id == seller_id, TraceEvent.kind != "erasure")
    while True:
        with transaction():
            found = db.session.scalars(said.order_by(TraceEvent.id).limit(ERASED_AT_ONCE)).all()
            for event in found:
                erasing.erase(SYSTEM, event, "Người bán rời nền tảng")
        if not found:
            return
