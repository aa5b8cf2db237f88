"""`ocop verify-log`."""

from pathlib import Path
from urllib.request import urlopen

import click

from traceability import verifying

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
