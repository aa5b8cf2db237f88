"""`ocop verify-log`."""

from pathlib import Path

import click

from traceability import verifying


@click.command("verify-log")
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="Khóa công khai đã biết (64 chữ số hex), lấy ở nơi khác với tệp.")
def verify_log(export: Path, key: str | None) -> None:
    """Kiểm tra một tệp xuất nhật ký truy xuất, không cần mạng, không cần cơ sở dữ liệu."""
    with export.open(encoding="utf-8") as lines:
        report = verifying.check(lines, key)
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
