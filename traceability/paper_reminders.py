"""Papers of lots that are about to run out: owners hear in time."""

from datetime import date, timedelta

from sqlalchemy import select

from shop import clock
from shop.accounts.models import Membership, Role
from shop.database import db
from shop.media.models import Document
from shop.notifications import send
from traceability import words
from traceability.models import Lot

# Days before a paper's last one: a test is renewed in a week, VietGAP takes months.
STAGES = (60, 14, 0)


def send_due() -> int:
    """Remind the owners of each paper that reached another stage; how many papers there were.

    A mail that was queued once is not queued again, so this may run as often as it likes.
    """
    today = clock.today()
    query = (
        select(Document, Lot)
        .join(Lot, Document.holder == "lot:" + Lot.ref)
        .where(
            Document.removed_at.is_(None),
            Document.valid_until.between(today, today + timedelta(max(STAGES))),
        )
        .order_by(Document.id)
    )
    rows = db.session.execute(query).all()
    for paper, lot in rows:
        if paper.valid_until:
            _tell_owners(paper, lot, paper.valid_until)
    return len(rows)


def _tell_owners(paper: Document, lot: Lot, until: date) -> None:
    left = (until - clock.today()).days
    stage = min(stage for stage in STAGES if left <= stage)
    subject = f"{paper.title} của lô {lot.code} còn {left} ngày"
    body = (
        f"{words.PAPERS.get(paper.kind, paper.kind)} “{paper.title}” của lô {lot.code}, "
        f"{lot.product.name}, có giá trị đến hết ngày {until:%d/%m/%Y}.\n"
        "Xin làm giấy mới và gửi lên trang của lô.\n"
    )
    query = select(Membership).where(
        Membership.seller_id == paper.seller_id, Membership.role == Role.OWNER
    )
    for each in db.session.scalars(query):
        if each.user.email:
            once = f"lot-paper:{paper.ref}:{until}:{stage}:{each.user_id}"
            send.mail(each.user.email, subject, body, once=once)
