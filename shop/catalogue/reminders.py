"""Renewal is filed 180 to 120 days before a certificate ends: its people are told in time."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, or_, select

from shop import clock
from shop.accounts.models import Membership, Role
from shop.catalogue import programme
from shop.catalogue.models import Certificate, CertificateState, Coverage
from shop.database import db
from shop.notifications import send


def window(row: Certificate) -> tuple[date, date]:
    """The first and the last day on which renewal of this certificate can be filed."""
    return programme.renewal(clock.today()).window(row.expires_on)


def due(row: Certificate) -> bool:
    """Whether it has to be shown to its people: its end is near and nothing follows it."""
    stage = programme.renewal(clock.today()).stage((row.expires_on - clock.today()).days)
    return stage is not None and row.state == CertificateState.VERIFIED and not renewed(row)


def renewed(row: Certificate) -> bool:
    """Whether verified certificates that hold longer cover every product of this one."""
    later = (
        select(Coverage.product_id)
        .join(Certificate)
        .where(
            Certificate.seller_id == row.seller_id,
            Certificate.state == CertificateState.VERIFIED,
            Certificate.expires_on > row.expires_on,
        )
    )
    left = select(Coverage.id).where(
        Coverage.certificate_id == row.id, Coverage.product_id.not_in(later)
    )
    return db.session.scalar(left.limit(1)) is None


def ending(rows: Select[Certificate]) -> list[Certificate]:
    """Those of `rows` in whose last 210 days something has to be done, the nearest end first."""
    near = rows.where(*_near()).order_by(Certificate.expires_on, Certificate.id)
    return [row for row in db.session.scalars(near) if not renewed(row)]


def _near() -> tuple[ColumnElement[bool], ...]:
    today = clock.today()
    last = today + timedelta(max(programme.renewal(today).remind))
    verified = Certificate.state == CertificateState.VERIFIED
    return verified, Certificate.expires_on.between(today, last)


def send_due() -> int:
    """Remind the owners of each certificate that reached another stage; how many there were."""
    renewal, today = programme.renewal(clock.today()), clock.today()
    query = select(Certificate).where(
        *_near(),
        # The last stage needs no other: what has had it is left alone.
        or_(Certificate.reminded.is_(None), Certificate.reminded > min(renewal.remind)),
    )
    reached = 0
    for row in db.session.scalars(query.order_by(Certificate.id).with_for_update(skip_locked=True)):
        stage = renewal.stage((row.expires_on - today).days)
        if stage is None or (row.reminded is not None and row.reminded <= stage):
            continue
        row.reminded = stage
        if not renewed(row):
            _tell_owners(row, stage)
            reached += 1
    return reached


def _tell_owners(row: Certificate, stage: int) -> None:
    query = select(Membership).where(
        Membership.seller_id == row.seller_id, Membership.role == Role.OWNER
    )
    left = (row.expires_on - clock.today()).days
    subject = f"Chứng nhận OCOP số {row.number} còn {left} ngày"
    for membership in db.session.scalars(query):
        if membership.user.email:
            once = f"certificate:{row.ref}:{row.expires_on}:{stage}:{membership.user_id}"
            send.mail(membership.user.email, subject, _body(row), once=once)


def _body(row: Certificate) -> str:
    opens, closes = window(row)
    goods = "\n".join(f"- {each.product.name}" for each in row.coverage)
    late = clock.today() > closes
    advice = (
        "Đã qua hạn nộp hồ sơ. Xin hỏi ngay cơ quan OCOP của xã, tỉnh."
        if late
        else f"Hồ sơ đánh giá lại nộp từ {opens:%d/%m/%Y} đến {closes:%d/%m/%Y}."
    )
    return (
        f"Chứng nhận OCOP số {row.number} hết hạn ngày {row.expires_on:%d/%m/%Y}. {advice}\n"
        f"Sau ngày ấy sao không hiện trên gian hàng, tem và sàn nữa.\n\nSản phẩm:\n{goods}\n"
    )
