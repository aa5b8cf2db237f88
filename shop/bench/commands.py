"""`ocop bench`: measure, print, and record under `benchmarks/`."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from shop.bench import catalogue as shelves
from shop.bench import imports, load, notices, reconcile, report, serving, sync
from shop.bench import livestream as broadcast
from shop.bench import orders as selling
from shop.bench import reading as understanding
from shop.bench import reports as province
from shop.bench import scan as scanning
from shop.bench import stamps as printing
from shop.bench import trace as tracing
from shop.bench.load import Measured
from shop.bench.province import Size
from shop.catalogue.models import Product
from shop.database import db
from shop.settings import Settings

HELLO = "shop.bench.hello:create_app"
OURS = "shop.app:create_serving_app"


@click.group()
def bench() -> None:
    """Đo tốc độ; kết quả ghi vào benchmarks/."""


seconds_each = click.option(
    "--seconds", default=5.0, show_default=True, help="Mỗi lượt đo bao lâu."
)
rounds_each = click.option(
    "--rounds", default=3, show_default=True, help="Mấy lượt; lấy lượt giữa."
)


@bench.command()
@click.option(
    "--file",
    "paths",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp bình luận có chú giải; không nêu thì dùng tệp của dự án.",
)
@seconds_each
def reading(paths: tuple[Path, ...], seconds: float) -> None:
    """Máy hiểu bình luận đúng đến đâu, nhầm gì với gì, mấy bình luận một giây trên một lõi."""
    comments = understanding.annotated(paths)
    told = understanding.measure(comments)
    speed = understanding.per_second(comments, seconds=seconds)
    names = ", ".join(path.name for path in paths) or "demo_comments.json"
    what = (
        f"Comments of {names}, read alone with the codes pinned and what is on the table. The"
        " project's own files were at hand when the reader was built: a check of what it can, not"
        " a forecast for comments nobody has seen."
    )
    path = report.write("reading", what, ["what", "result"], understanding.rows(told, speed))
    report.add(path, ["meant, read as", *understanding.KINDS], understanding.confusion(told))
    if len(paths) > 1:
        header = ["file", "comments", "wholly as annotated", "lines of no order", "at once"]
        report.add(path, header, understanding.by_file(paths))
    click.echo(path.read_text())
    for text in told.failed:
        click.echo(f"- {text}")


@bench.command()
@seconds_each
@rounds_each
@with_appcontext
def web(seconds: float, rounds: int) -> None:
    """Trang sản phẩm so với một trang "hello" Flask trần, cùng máy chủ, cùng lượt."""
    settings: Settings = current_app.config["SETTINGS"]
    product = db.session.scalars(
        select(Product).where(Product.on_sale).order_by(Product.id)
    ).first()
    if product is None:
        raise click.ClickException("Chưa có sản phẩm nào: chạy `ocop seed` trước.")
    pages = {"product": [f"/p/{product.ref}/{product.slug}"], "home": ["/"]}
    results = _compare(settings, pages, seconds, rounds)
    path = _record("web", f"{_CONDITIONS.format(seconds=seconds)}", results)
    click.echo(path.read_text())


@bench.command()
@click.option("--products", default=50_000, show_default=True, help="Bao nhiêu sản phẩm.")
@seconds_each
@rounds_each
@with_appcontext
def catalogue(products: int, seconds: float, rounds: int) -> None:
    """Tìm kiếm, trang danh sách có lọc, trang sản phẩm trên kho 50.000 sản phẩm dựng riêng."""
    settings: Settings = current_app.config["SETTINGS"]
    with shelves.scratch(settings, products) as scratch:
        click.echo(f"{products} sản phẩm: {scratch.filled_seconds:.1f} s")
        results = _compare(scratch.settings, scratch.pages, seconds, rounds)
        plans = scratch.plans
        imported = imports.measure()
    what = (
        f"{products:,} products of {scratch.sellers:,} sellers in a database of their own, filled "
        f"in {scratch.filled_seconds:.0f} s. {_CONDITIONS.format(seconds=seconds)}"
    )
    path = _record("catalogue", what, results)
    report.add(path, ["query", "reads products or variants through"], plans)
    steps = {
        "shown": "read, checked, compared",
        "added": "written new",
        "changed": "prices changed",
    }
    rates = [[words, f"{getattr(imported, name):,.0f}"] for name, words in steps.items()]
    report.add(path, [f"import of {imports.ROWS:,} rows", "rows/s"], rates)
    click.echo(path.read_text())


@bench.command()
@click.option("--products", default=1_000, show_default=True, help="Bao nhiêu sản phẩm.")
@click.option("--seconds", default=10.0, show_default=True, help="Mỗi lượt đo bao lâu.")
@with_appcontext
def orders(products: int, seconds: float) -> None:
    """Đơn hàng trọn vẹn mỗi giây, những món cuối cùng, từ báo có đến đã trả tiền."""
    with shelves.filled(current_app.config["SETTINGS"], products) as (ours, _sellers, _taken):
        from shop.app import create_app

        app = create_app(ours)
        with app.app_context():
            stocked = selling.stocked()
            selling.sell_before(app, stocked)
            speeds = [selling.measure(app, stocked, n, seconds) for n in (1, 4, 16)]
            late = notices.measure(ours, stocked)
            units, buyers = 200, 16
            got, taken = selling.last_units(app, units, buyers)
            faults = [selling.oversold(), selling.unpaid()]
            db.session.remove()
            db.engine.dispose()
    rows = [
        [str(s.buyers), f"{s.per_second:.0f}", f"{s.p50_ms:.1f}", f"{s.p99_ms:.1f}"] for s in speeds
    ]
    what = (
        f"Complete orders on {products:,} products: one to three packs placed with their stock "
        "promised, the VietQR code made, the signed notice of the bank's feed taken in by the "
        "whole application, matched and paid; buyers are served by a process a core, each by a "
        f"thread of its own, the database on the same machine; {selling.SOLD:,} orders were sold "
        f"before. {sum(s.orders for s in speeds):,} orders in this run, {faults[1]} of "
        f"them unpaid in the end, {faults[0]} packs promised beyond what lies there."
    )
    path = report.write("orders", what, ["buyers", "orders/s", "p50 ms", "p99 ms"], rows)
    last = [f"{units}", f"{buyers}", f"{got}", f"{taken:.2f}"]
    report.add(path, ["last units", "buyers", "sold", "seconds"], [last])
    spread = [f"{late.notices}", f"{late.p50_ms:.0f}", f"{late.p99_ms:.0f}"]
    report.add(path, ["webhook to paid, with web and worker", "p50 ms", "p99 ms"], [spread])
    click.echo(path.read_text())


@bench.command(name="reconcile")
@click.option("--sizes", default="1000,10000,100000", show_default=True, help="Bao nhiêu dòng.")
@with_appcontext
def reconcile_statement(sizes: str) -> None:
    """Một sao kê với chừng ấy dòng và chừng ấy đơn đang chờ: đọc, ghi, khớp."""
    rows = []
    for lines in map(int, sizes.split(",")):
        with shelves.filled(current_app.config["SETTINGS"], 1) as (ours, _sellers, _taken):
            from shop.app import create_app

            speed = reconcile.measure(create_app(ours), lines)
        rows.append(
            [
                f"{speed.lines:,}",
                *(f"{rate:,.0f}" for rate in speed.per_second()),
                f"{speed.peak_mb:,.0f}",
                f"{speed.paid:,}",
                f"{speed.waiting:,}",
            ]
        )
    what = (
        "A CSV statement against as many open orders, each with its promise of stock: of every "
        "hundred lines 97 name and pay an order, 3 name none and wait. Read: checked and shown. "
        "Imported: read again, recorded, each line told from all others, booked as waiting; "
        "measured with a statement whose lines name no order. Matched: what the statement that "
        "names orders took longer, to find and pay them and keep their goods. Whole: both with "
        "the first reading. One process, the database on the same machine; memory is the peak "
        "above what the process began with."
    )
    header = ["lines", "read/s", "imported/s", "matched/s", "imported and matched/s", "whole/s"]
    header += ["peak MB", "paid", "waiting"]
    click.echo(report.write("reconcile", what, header, rows).read_text())


@bench.command(name="sync")
@click.option("--changes", default=10_000, show_default=True, help="Bao nhiêu thay đổi tồn kho.")
@click.option("--rate", default=50.0, show_default=True, help="Sàn cho mấy lượt gọi một giây.")
@with_appcontext
def marketplace_sync(changes: int, rate: float) -> None:
    """Đẩy tồn kho lên sàn giả lập có giới hạn lượt gọi, và nhận đơn về."""
    # One seller's shop: an order for another's goods would wait for a person.
    with shelves.filled(current_app.config["SETTINGS"], changes, sellers=1) as (ours, _s, _t):
        speed = sync.measure(ours, changes, rate)
    what = (
        f"{changes:,} changes of stock, each of another listing, told to the sandbox, which allows "
        f"{rate:g} calls a second; {speed.refused} calls were refused as too fast. Overhead: one "
        "process without a limit, against a bare loop of signed calls in the same run. Idle: from "
        "the commit of a change to the marketplace's answer, one after the other, with a quick and "
        "a slow worker running. The sandbox and the database are on the same machine."
    )
    rows = [
        ["share of the allowed rate used", f"{speed.share:.1%}"],
        ["stock changes told per second", f"{speed.per_second:.1f}"],
        ["bare signed call, ms", f"{speed.bare_ms:.1f}"],
        ["engine per listing, ms", f"{speed.engine_ms:.1f}"],
        ["overhead per listing, ms", f"{speed.engine_ms - speed.bare_ms:.1f}"],
        ["idle, change to acknowledged, p50 ms", f"{speed.p50_ms:.0f}"],
        ["idle, change to acknowledged, p99 ms", f"{speed.p99_ms:.0f}"],
        ["orders brought in per second", f"{speed.orders_per_second:.0f}"],
        ["memory of the quick worker, MB", f"{speed.quick_mb:.0f}"],
        ["memory of the slow worker, MB", f"{speed.slow_mb:.0f}"],
    ]
    click.echo(report.write("sync", what, ["measure", "value"], rows).read_text())


@bench.command(name="livestream")
@click.option("--comments", default=100_000, show_default=True, help="Bao nhiêu bình luận.")
@click.option("--rate", default=1000.0, show_default=True, help="Mấy bình luận một giây.")
@click.option("--consoles", default=50, show_default=True, help="Mấy màn hình mở cùng lúc.")
@with_appcontext
def crowded_session(comments: int, rate: float, consoles: int) -> None:
    """Một phiên đông người: từ bình luận đến đơn giữ hàng trên màn hình."""
    chosen = current_app.config["SETTINGS"]
    with shelves.filled(chosen, broadcast.CODES, sellers=1) as (ours, _sellers, _taken):
        told = broadcast.measure(ours, comments, rate, consoles)
    what = (
        f"{told.comments:,} comments of {broadcast.BUYERS:,} buyers, {rate:g} a second, in signed "
        f"batches of {broadcast.BATCH} shuffled within themselves, one in twenty sent twice, the "
        f"first {broadcast.OPENING} a few seconds ahead, {broadcast.TEXTS} different texts, after "
        f"a session of {broadcast.PAST:,} comments; "
        f"{broadcast.CODES} codes with {broadcast.PIECES} pieces each; {consoles} consoles open, "
        "half of hosts and half of helpers. One web process, one quick worker, the sender, the "
        "consoles and the database on the same machine. Milliseconds from sending a comment to a "
        "console that shows its claim."
    )
    rows = [
        ["comments sent per second", f"{told.sent_per_second:.0f}"],
        ["comments read per second", f"{told.read_per_second:.0f}"],
        ["claims", f"{told.claims:,}"],
        ["comment to claim on the console, p50 ms", f"{told.p50_ms:.0f}"],
        ["comment to claim on the console, p99 ms", f"{told.p99_ms:.0f}"],
        ["pieces oversold", str(told.oversold)],
        ["orders lost", str(told.lost)],
        ["claims held before one said earlier", str(told.unfair)],
        ["streams that broke", str(told.streams_lost)],
    ]
    click.echo(report.write("livestream", what, ["measure", "value"], rows).read_text())


@bench.command(name="scan")
@click.option("--stamps", default=5_000_000, show_default=True, help="Bao nhiêu tem.")
@click.option("--scans", default=10_000_000, show_default=True, help="Bao nhiêu lượt quét đã ghi.")
@seconds_each
@rounds_each
@with_appcontext
def scan_page(stamps: int, scans: int, seconds: float, rounds: int) -> None:
    """Trang quét tem khi đã có hàng triệu tem và lượt quét, so với "hello" Flask trần."""
    settings: Settings = current_app.config["SETTINGS"]
    with scanning.stamped(settings, stamps, scans) as market:
        click.echo(f"{stamps} tem, {scans} lượt quét: {market.filled_seconds:.0f} s")
        results = _compare(market.settings, market.pages, seconds, rounds, market.first)
    what = (
        f"Scan pages with {stamps:,} stamps and {scans:,} scans stored, in a database of their "
        f"own, filled in {market.filled_seconds:.0f} s: {scanning.LOTS} published lots of "
        f"{scanning.EVENTS + 1} events each. The item of each answer is the next of "
        f"{scanning.LOTS * scanning.ASKED_PER_LOT:,} serials in random order, or of "
        f"{scanning.ASKED_PER_LOT} of one lot; its verdict is read anew for every answer; every "
        f"scan is noted in Redis. Cold: an item of each lot asked for once, of a server that has "
        f"made no page yet; warm: the page is filled in. {_CONDITIONS.format(seconds=seconds)}"
    )
    path = _record("scan", what, results)
    figures = [[asked, through, f"{1000 * taken:.0f}"] for asked, through, taken in market.figures]
    report.add(path, ["figures of scans", "large tables read through", "ms"], figures)
    click.echo(path.read_text())


@bench.command()
@click.option("--events", default=100_000, show_default=True, help="Bao nhiêu việc đã ghi.")
@click.option("--roots", default=2_000, show_default=True, help="Lần theo từ bao nhiêu lô.")
@with_appcontext
def trace(events: int, roots: int) -> None:
    """Lần xuôi, lần ngược từ nhiều lô trên một đồ thị lô lớn."""
    found = tracing.measure(current_app.config["SETTINGS"], events, roots)
    what = (
        f"What a recall asks, on {found.events:,} events of {found.lots:,} lots in a database of "
        f"their own: houses of {tracing.WIDTH} lots worked two into two in {tracing.STEPS} steps; "
        f"deep: a chain of {tracing.DEEP:,} workings; wide: a lot worked into {tracing.WIDE:,} "
        "others, and these into one. One process, the database on the same machine. Reached: the "
        "most lots found from one; read through: tables that the plan reads whole."
    )
    header = ["case", "roots", "reached", "p50 ms", "p99 ms", "read through"]
    rows = [
        [
            one.case,
            f"{one.roots:,}",
            f"{one.reached:,}",
            f"{one.p50_ms:.1f}",
            f"{one.p99_ms:.1f}",
            one.scans,
        ]
        for one in found.cases
    ]
    click.echo(report.write("trace", what, header, rows).read_text())


@bench.command(name="reports")
@click.option("--sellers", default=2_000, show_default=True, help="Bao nhiêu người bán có hàng.")
@click.option("--markets", default=200, show_default=True, help="Bao nhiêu chợ.")
@click.option("--booths", default=20_000, show_default=True, help="Bao nhiêu điểm bán ở chợ.")
@click.option("--transactions", default=5_000_000, show_default=True, help="Bao nhiêu giao dịch.")
@with_appcontext
def area_figures(sellers: int, markets: int, booths: int, transactions: int) -> None:
    """Số liệu của một tỉnh: bản tóm tắt, chốt một tháng, tính lại hằng đêm, so với SQL thường."""
    chosen = current_app.config["SETTINGS"]
    size = Size(markets, booths, transactions)
    with shelves.filled(chosen, 5 * sellers, sellers=sellers) as (ours, _sellers, _taken):
        from shop.app import create_app

        told = province.measure(create_app(ours), ours, size)
    for line in told.differing:
        click.echo(f"khác: {line}")
    what = (
        f"A province of {sellers:,} sellers with goods, {markets:,} markets and {booths:,} booths "
        f"of {booths * 9 // 10:,} traders, in 92 communes, with {told.orders:,} transactions of "
        f"24 months (three of five at booths), filled in {told.filled_seconds:.0f} s. Each "
        "commune has an official, and so has the province. Pages are asked for by them one after "
        "another under granian with one worker; the load comes from the same machine. The first "
        "night reckons every sheet that a page offers; the one after a day follows 7,000 new sales "
        "and 200 old ones that came back, four months late. The database is on the same machine, "
        f"whose load was {os.getloadavg()[2]:.1f} in the last quarter of an hour."
    )
    rows = [
        _pair_row("brief of the province", told.province_ms),
        _pair_row("brief of a commune", told.commune_ms),
        _pair_row("brief of a commune as PDF", told.papers_ms),
        ["all figures of a month frozen, province, s", f"{told.freeze_seconds:.1f}"],
        ["the same reckoned again, s", f"{told.again_seconds:.1f}"],
        ["the same of the province and each commune, s", f"{told.freeze_all_seconds:.1f}"],
        ["peak memory of the process that reckons, MB", f"{told.peak_mb:.0f}"],
        [f"first night, {told.sheets:,} sheets, s", f"{told.full_seconds:.0f}"],
        ["a night after which nothing was sold, s", f"{told.quiet_seconds:.0f}"],
        [f"a night after a day, {told.touched:,} sheets touched, s", f"{told.daily_seconds:.0f}"],
        ["numbers compared with plain SQL", f"{told.compared:,}"],
        ["of them differing", f"{len(told.differing)}"],
    ]
    click.echo(report.write("reports", what, ["measure", "value"], rows).read_text())


def _pair_row(measure: str, pair: tuple[float, float]) -> list[str]:
    return [f"{measure}, p50 / p99 ms", f"{pair[0]:.0f} / {pair[1]:.0f}"]


@bench.command(name="stamps")
@click.option("--sizes", default="1000,10000,100000", show_default=True, help="Số tem mỗi lần.")
@click.option("--naive", default=300, show_default=True, help="Số tem vẽ theo cách thường.")
def stamp_sheets(sizes: str, naive: int) -> None:
    """Vẽ tem ra PDF: mấy tem một giây, tệp lớn chừng nào, so với qrcode + reportlab."""
    plain = printing.naive(naive)
    rows = []
    for count in (int(size) for size in sizes.split(",")):
        speed = printing.measure(count)
        rows.append(_stamp_row("ours", speed, plain))
        click.echo(f"{count}: {speed.per_second:.0f} tem/s")
    rows.append(_stamp_row("qrcode + reportlab", plain, plain))
    what = (
        "Serialised stamps on A4 sheets of 40, each with its keyed code, symbol, three captions, "
        "stars and the code in groups, to the finished PDF on disk; seconds are of one core. The "
        f"plain way draws a picture for each symbol; it is run for {naive} stamps only."
    )
    header = ["way", "stamps", "stamps/s", "times the plain way", "bytes a stamp", "peak MB more"]
    click.echo(report.write("stamps", what, header, rows).read_text())


def _stamp_row(way: str, speed: printing.Speed, plain: printing.Speed) -> list[str]:
    return [
        way,
        f"{speed.count:,}",
        f"{speed.per_second:,.0f}",
        f"{speed.per_second / plain.per_second:.1f}",
        f"{speed.bytes / speed.count:,.0f}",
        f"{speed.peak_mb:.1f}",
    ]


_CONDITIONS = (
    "Pages against a bare Flask “hello” under the same server (granian, one worker) in the "
    "same run: 8 kept-open connections, {seconds:g} s a round, the middle round of several. "
    "The load comes from the same machine, so only the ratio means something."
)


def _compare(
    settings: Settings,
    pages: dict[str, list[str]],
    seconds: float,
    rounds: int,
    cold: Sequence[str] = (),
) -> dict[str, Measured]:
    """Each page (several addresses are asked in turns) and the hello, the middle of the rounds.

    Before all else `cold` is asked for once.
    """
    results: dict[str, list[Measured]] = {name: [] for name in ("hello", *pages)}
    with serving.served(HELLO, settings) as hello, serving.served(OURS, settings) as ours:
        if cold:
            results["cold"] = [load.once(ours, cold)]
        for _ in range(rounds):  # in turns, so that a busy moment hits all alike
            results["hello"].append(load.measure(hello, ["/"], seconds=seconds))
            for name, paths in pages.items():
                results[name].append(load.measure(ours, paths, seconds=seconds))
    return {name: _middle(measured) for name, measured in results.items()}


def _middle(measured: list[Measured]) -> Measured:
    return sorted(measured, key=lambda one: one.per_second)[len(measured) // 2]


def _record(name: str, what: str, results: dict[str, Measured]) -> Path:
    base = results["hello"].per_second
    rows = [
        [
            page,
            f"{one.per_second:.0f}",
            f"{one.per_second / base:.3f}",
            f"{one.p50_ms:.1f}",
            f"{one.p99_ms:.1f}",
        ]
        for page, one in results.items()
    ]
    header = ["page", "requests/s", "ratio to hello", "p50 ms", "p99 ms"]
    return report.write(name, what, header, rows)
