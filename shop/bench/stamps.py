"""Sheets of stamps: how many a second, how large, in how much memory; and the plain way beside."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryFile

import qrcode
from reportlab.lib.utils import ImageReader

from shop import pdf
from traceability import bulk_qr, identifiers, sheet_pdf, sheets
from traceability.labels import Face
from traceability.sheets import LAYOUTS, Stamp

PREFIX = "HTTPS://TXNG.EXAMPLE.VN/T/"
LAYOUT = LAYOUTS["a4-5x8"]
FACE = Face(("Chè tôm nõn Tân Cương", "HTX Trà Hảo Đạt", "Lô CH261101"), 4)
_KEY = b"0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Speed:
    """`count` stamps in `seconds` of one core; `bytes` of the file, `peak_mb` above the start."""

    count: int
    seconds: float
    bytes: int
    peak_mb: float

    @property
    def per_second(self) -> float:
        """Stamps a second."""
        return self.count / self.seconds


def measure(count: int) -> Speed:
    """Ours, in a process of its own: keyed codes, symbols, captions, stars, the finished PDF."""
    return _apart(_ours, count)


def naive(count: int) -> Speed:
    """A `qrcode` picture for each stamp, placed by reportlab, in a process of its own."""
    return _apart(_naive, count)


def _apart(draw: Callable[[int], int], count: int) -> Speed:
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_timed, args=(draw, count, theirs))
    process.start()
    told = ours.recv()
    process.join()
    return Speed(count, *told)


def _timed(draw: Callable[[int], int], count: int, answer) -> None:  # type: ignore[no-untyped-def]
    draw(LAYOUT.per_page)  # fonts are read and tables built once in the life of a worker
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here (man proc)
    before = _peak_kib()
    started = time.process_time()
    size = draw(count)
    seconds = time.process_time() - started
    answer.send((seconds, size, (_peak_kib() - before) / 1024))


def _peak_kib() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def _ours(count: int) -> int:
    series = bulk_qr.series(PREFIX, identifiers.SERIAL_LENGTH)
    with TemporaryFile() as file:
        sheet_pdf.write(
            _stamps(count), LAYOUT, FACE, file, draw=lambda uri: series(uri[len(PREFIX) :])
        )
        return os.fstat(file.fileno()).st_size


def _stamps(count: int) -> Iterator[Stamp]:
    for number in range(1, count + 1):
        code = identifiers.serial(_KEY, "BENCH", number)
        yield Stamp(PREFIX + code, code)


def _naive(count: int) -> int:
    out = BytesIO()
    width, height = LAYOUT.page
    page = pdf.canvas(out, title="tem", size=(pdf.mm(width), pdf.mm(height)))
    corners = list(sheets.corners(LAYOUT))
    for number, stamp in enumerate(_stamps(count)):
        place = number % len(corners)
        if number and not place:
            page.showPage()
        left, top = corners[place]
        code = qrcode.QRCode(border=4)
        code.add_data(stamp.uri)
        picture = ImageReader(code.make_image().get_image())
        bottom = height - top - 22
        page.drawImage(picture, pdf.mm(left), pdf.mm(bottom), pdf.mm(22), pdf.mm(22))
        for line, text in enumerate((*FACE.captions, stamp.code)):
            at = (pdf.mm(left), pdf.mm(bottom - 2.2 * (line + 1)))
            pdf.line(page, text, at, font=pdf.REGULAR, size=5.5)
    page.save()
    return len(out.getvalue())
