"""Background work of traceability: printing, storing scans, sealing days, telling people."""

from datetime import timedelta
from tempfile import TemporaryFile

import structlog
from flask import current_app
from sqlalchemy import select

from shop import clock, once
from shop.accounts.models import Membership, Role
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.jobs import job
from shop.notifications import send
from traceability import exports, problems, scans, seals, sheets, stamps
from traceability.sheets import LAYOUTS, LabelTooSmall
from traceability.stamp_models import BatchState, Problem, StampBatch

log = structlog.get_logger()

CHECKED_FROM_HOUR = 1  # in Vietnam; the record is read whole, so by night


def give_up(batch_id: int) -> None:
    """Say so on the batch's page; its people can ask again."""
    _end(batch_id, BatchState.FAILED, None)


@job("documents", tries=20, timeout_seconds=900, given_up=give_up)
def print_batch(batch_id: int) -> None:
    """Make the stamps of a batch and their PDF.

    A run that was killed is taken up where it stopped; the same batch gives the same codes, and
    its file the same name.
    """
    with transaction():
        batch = db.session.get(StampBatch, batch_id, with_for_update=True)
        if batch is None or batch.state != BatchState.WAITING:
            return
        labels = stamps.labels(batch, stamps.fill(batch))
        key, layout = f"stamps/{batch.ref}.pdf", LAYOUTS[batch.layout]
    try:
        _store(labels, layout, key)
    except LabelTooSmall:  # our address grew since the batch was asked for; trying again is vain
        _end(batch_id, BatchState.FAILED, None)
    else:
        _end(batch_id, BatchState.READY, key)


def _store(labels: list[sheets.Stamp], layout: sheets.Layout, key: str) -> None:
    with TemporaryFile() as file:
        sheets.write_pdf(labels, layout, file)
        file.seek(0)
        current_app.extensions["storage"].put(key, file, "application/pdf")


def _end(batch_id: int, state: BatchState, key: str | None) -> None:
    with transaction():
        batch = db.session.get_one(StampBatch, batch_id, with_for_update=True)
        if batch.state != BatchState.READY:
            batch.state, batch.file_key, batch.ready_at = state, key, clock.now()


@job("default")
def store_scans() -> None:
    """Move noted scans from Redis into the tables, piece by piece, each in one transaction.

    Killed between a commit and its end, it meets the same piece again and leaves it out.
    """
    while piece := scans.taken():
        with transaction():
            scans.store(piece)
        scans.done(piece)


@job("default")
def forget_scans() -> None:
    """Delete single scans older than the operator keeps them; the days' counts stay."""
    before = clock.today() - timedelta(days=current_app.config["SETTINGS"].scan_days)
    gone = 1
    while gone:
        with transaction():
            gone = scans.forget(before)


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
                "Xin giữ nguyên cơ sở dữ liệu và bản sao lưu, rồi so với bản sao trước đó.\n",
                f"record-fault:{now.date()}",
            )


def _tell_administrators(subject: str, body: str, what: str) -> None:
    query = select(Membership).where(Membership.role == Role.ADMINISTRATOR)
    for each in db.session.scalars(query.order_by(Membership.id)):
        if each.user.email:
            send.mail(each.user.email, subject, body, once=f"{what}:{each.user_id}")


@job("default")
def tell_of_problem(problem_id: int) -> None:
    """Mail the owners of a seller what was reported; those without e-mail see it on screen."""
    with transaction():
        row = db.session.get_one(Problem, problem_id)
        product = db.session.get_one(Product, row.product_id)
        said = f"{problems.KINDS[row.kind]}\n\n{row.text}\n"
        contact = f"\nLiên hệ: {row.contact}\n" if row.contact else ""
        # A job has no request that url_for could take the host from.
        link = f"{current_app.config['SETTINGS'].base_url}/ban-hang/phan-anh/{row.ref}"
        owners = select(Membership).where(
            Membership.seller_id == row.seller_id, Membership.role == Role.OWNER
        )
        for each in db.session.scalars(owners):
            if each.user.email:
                once_key = f"problem:{row.ref}:{each.user_id}"
                body = f"{product.name}: {said}{contact}\n{link}\n"
                send.mail(each.user.email, f"Phản ánh về {product.name}", body, once=once_key)
