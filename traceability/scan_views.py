"""Back office: what scans tell."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import pages, spreadsheets
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from traceability import charts, scan_tallies, scanpage, scans
from traceability.stamp_models import Stamp, StampBatch

bp = Blueprint(
    "scan_figures", __name__, url_prefix="/ban-hang/luot-quet", template_folder="templates"
)

SPANS = (7, 30, 90, 365)


@bp.get("")
@access.signed_in
def scan_counts(actor: Actor) -> ResponseReturnValue:
    """Scans by day, area, product and batch; suspicious serials. `?ngay=`: how many days."""
    access.expect(actor, Permission.STAMPS_READ)
    told = scan_tallies.of(actor, *scan_tallies.since(_days()))
    suspects = scan_tallies.suspicious(actor)
    return pages.page(
        "traceability/scan_counts.html",
        figures=told,
        days=_days(),
        spans=SPANS,
        by_day=charts.columns(told.days, _("Lượt quét mỗi ngày")),
        drawn=[
            (title, charts.rows(bars, title))
            for title, bars in (
                (_("Theo nơi"), told.areas),
                (_("Theo sản phẩm"), told.products),
                (_("Theo đợt tem"), told.batches),
                (_("Theo kết luận"), told.findings),
            )
            if bars
        ],
        suspects=[(stamp, scanpage.suspicion(stamp.suspect)) for stamp in suspects],
        may_clear=actor.may(Permission.STAMPS_PRINT),
    )


@bp.get("/luot-quet.csv")
@access.signed_in
def scan_counts_csv(actor: Actor) -> ResponseReturnValue:
    """The counts behind the charts."""
    access.expect(actor, Permission.STAMPS_READ)
    lines = scan_tallies.lines(actor, *scan_tallies.since(_days()))
    data = spreadsheets.write_csv(scan_tallies.headings(), lines)
    headers = {"Content-Disposition": 'attachment; filename="luot-quet.csv"'}
    return Response(data, content_type="text/csv; charset=utf-8", headers=headers)


@bp.post("/da-xem/<ref>")
@access.signed_in
def suspect_cleared(actor: Actor, ref: str) -> ResponseReturnValue:
    """A serial of batch `ref` was looked into and is doubted no more."""
    with transaction():
        batch = access.get(actor, StampBatch, ref, Permission.STAMPS_PRINT)
        code = request.form.get("serial", "")
        query = select(Stamp).where(Stamp.batch_id == batch.id, Stamp.code == code)
        stamp = db.session.scalar(query.with_for_update(of=Stamp))
        if stamp is None:
            raise NotFound
        scans.clear(stamp)
        changed = {"suspect": [stamp.code, None]}
        audit.write(actor, "stamp.clear", batch.seller_id, stamp.code, batch.ref, changed)
    return pages.saved(".scan_counts", _("Đã bỏ nghi ngờ tem %(code)s.", code=code))


def _days() -> int:
    asked = request.args.get("ngay", 30, type=int)
    return asked if asked in SPANS else 30
