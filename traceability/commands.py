"""`ocop verify-log`, `ocop introduce-record`, `ocop erase-words`."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db, transaction
from traceability import disclosure, erasing, introducing, kinds, verifying
from traceability.models import Lot, TraceEvent, TraceWords
from traceability.stamp_models import StampBatch

_MOST = 100_000  # bytes of a head


@click.command("verify-log")
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="Khóa công khai đã biết (64 chữ số hex), lấy ở nơi khác với tệp.")
@click.option(
    "--head",
    help="Gốc đã ký mà bạn giữ từ trước: tệp, địa chỉ https, hoặc 64 chữ số hex của gốc.",
)
def verify_log(export: Path, key: str | None, head: str | None) -> None:
    """Kiểm tra một tệp xuất nhật ký truy xuất, không cần mạng, không cần cơ sở dữ liệu.

    Chỉ khi --head là một địa chỉ thì mới cần mạng, để tải gốc ấy về.
    """
    kept = _kept(head) if head is not None else None
    with export.open(encoding="utf-8") as lines:
        report = verifying.check(lines, key, kept)
    if fault := report.fault:
        click.echo(f"HỎNG ở dòng {fault.where}: {fault.record}: {fault.why}")
        raise SystemExit(1)
    click.echo(
        f"NGUYÊN VẸN: {report.events} việc, {report.heads} gốc Merkle đã ký; "
        f"{report.unsealed} việc chưa niêm phong, {report.erased} việc không có tên người ghi, "
        f"{report.withheld} việc chưa công bố chỉ có dấu băm."
    )
    if key is None:
        click.echo("Chưa so khóa: thêm --key với khóa công khai lấy từ một nơi khác.")
    if kept is None:
        click.echo("Chưa so với gốc cũ: giữ lại gốc hôm nay, lần sau thêm --head với gốc ấy.")


def _kept(head: str) -> str:
    """The root that somebody kept. Raises BadParameter where there is none."""
    try:
        if head.startswith(("https://", "http://")):
            with urlopen(head, timeout=30) as answer:  # noqa: S310 - the scheme was looked at
                text = answer.read(_MOST).decode()
        elif Path(head).is_file():
            text = Path(head).read_text(encoding="utf-8")
        else:
            text = head
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"không đọc được {head}: {error}") from None
    root = verifying.root_in(text)
    if root is None:
        raise click.BadParameter(f"không có gốc nào trong {head}")
    return root


_PIECE = 100


@click.command("introduce-record")
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
@with_appcontext
def introduce_record(yes: bool) -> None:
    """Sau khi nâng cấp: ghi vào nhật ký, có ký, những gì có từ trước mà nhật ký chưa nói.

    Lô đã công khai và tem đã dán trước 28/11/2026 chỉ nằm trong bảng. Lệnh này ký chúng như đang
    có, nên hãy xem danh sách trước. Dừng giữa chừng thì chạy lại.
    """
    found = introducing.silent()
    if not any((found.lots, found.batches, found.recalls, found.events)):
        click.echo("Nhật ký đã nói đủ, không có gì để ghi thêm.")
        return
    lots = db.session.scalars(select(Lot.ref).where(Lot.id.in_(found.lots)).order_by(Lot.id))
    batches = select(StampBatch.ref).where(StampBatch.id.in_(found.batches))
    click.echo(f"Lô đã công khai ({len(found.lots)}): {' '.join(lots)}")
    used = " ".join(db.session.scalars(batches.order_by(StampBatch.id)))
    click.echo(f"Đợt có tem đang dùng ({len(found.batches)}): {used}")
    click.echo(f"Thu hồi đã hết: {len(found.recalls)}; việc chưa có bản EPCIS: {len(found.events)}")
    db.session.rollback()
    if not yes:
        click.confirm("Ký những điều ấy như cơ sở dữ liệu đang nói?", abort=True)
    _each(found.lots, partial(introducing.lot, SYSTEM))
    _each(found.batches, partial(introducing.batch, SYSTEM), most=1)
    _each(found.recalls, introducing.recall)
    _each(found.events, introducing.event)
    click.echo("Đã ghi.")


def _each(ids: Sequence[int], act: Callable[[int], None], most: int = _PIECE) -> None:
    for start in range(0, len(ids), most):
        with transaction():
            for each in ids[start : start + most]:
                act(each)


@click.command("erase-words")
@click.argument("event")
@click.option("--reason", required=True, help="Vì sao; ai cũng đọc được, nên đừng nêu tên ai.")
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
@with_appcontext
def erase_words(event: str, reason: str, yes: bool) -> None:
    """Xóa tên người ghi, lời ghi và dữ kiện giữa hai bên của một việc, khi luật đòi.

    EVENT là mã của việc hoặc dấu băm của nó. Không lấy lại được; dấu băm trong nhật ký vẫn đúng.
    """
    named = (TraceEvent.ref == event) | (TraceEvent.hash == event.lower())
    row = db.session.scalar(select(TraceEvent).where(named))
    if row is None:
        raise click.BadParameter("không có việc nào mang mã ấy", param_hint="EVENT")
    words = db.session.get(TraceWords, row.id)
    if words is None:
        click.echo("Lời ghi của việc này đã được xóa từ trước.")
        return
    lots = ", ".join(item.lot.code for item in row.items)
    click.echo(f"{kinds.KINDS[row.kind].label}, {clock.vietnam(row.happened_at):%d/%m/%Y}, {lots}")
    click.echo(f"Người ghi: {words.who}\nLời ghi: {words.note or '(không)'}")
    for name in sorted(words.trade):
        click.echo(f"{name}: {disclosure.facts(row).get(name, '(dữ liệu kín)')}")
    db.session.rollback()
    if not yes:
        click.confirm("Xóa những lời trên, không lấy lại được?", abort=True)
    with transaction():
        erasing.erase(SYSTEM, db.session.get_one(TraceEvent, row.id), reason)
    click.echo("Đã xóa; nhật ký có thêm một việc nói rằng đã xóa.")
