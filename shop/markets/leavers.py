"""A trader who left and was erased: the booths, and the files that list who stands where."""

from flask_babel import gettext as _
from sqlalchemy import select

from shop import outbox
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.markets import booths
from shop.markets.models import Booth, BoothImport, ImportState, PlateRun, RunState


def forget(seller_id: int) -> None:
    """A seller was erased: its booths are free, and files that list who stands where go.

    What a run drew and what a table brought is of a whole market; both can be made anew.
    """
    query = select(Booth).where(Booth.seller_id == seller_id).order_by(Booth.id).with_for_update()
    mine = db.session.scalars(query).all()
    for row in mine:
        booths.close(SYSTEM, row)
    market_ids = {row.market_id for row in mine}
    for run in db.session.scalars(select(PlateRun).where(PlateRun.market_id.in_(market_ids))):
        _discard(run.file_key)
        run.file_key, run.skipped = None, []
        run.state, run.refused = RunState.FAILED, _("Tệp đã xóa vì có người rời chợ. Xin in lại.")
    tables = select(BoothImport).where(BoothImport.market_id.in_(market_ids))
    for sent in db.session.scalars(tables):
        _discard(sent.file_key)
        sent.filename, sent.faults, sent.changes = _("(đã xóa)"), [], []
        if sent.state != ImportState.DONE:
            sent.state = ImportState.FAILED
            why = _("Bảng có tên người bán đã xin xóa, nên đã bỏ. Xin gửi bảng mới.")
            sent.faults = [{"row": 0, "column": "", "why": why}]


def _discard(key: str | None) -> None:
    if key is not None:
        outbox.add("shop.media.jobs.discard", {"keys": [key]})
