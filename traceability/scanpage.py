"""The scan page as bytes: kept as long as nothing it shows has changed, with blanks for one stamp.

Making a page costs many queries and milliseconds; filling in its blanks costs neither. A page is
kept in the process under the mark of its seller (`Found.mark`), which the database changes with
everything that a page shows, and under the day, for stars and goods that run out. So nothing that
was kept is ever shown after a change, in whichever process that was made.
"""

import re
import secrets
import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any

from flask import Flask, current_app, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from shop import clock, phones
from traceability import stories
from traceability.resolver import StampFacts
from traceability.verdicts import CLEARED, Finding, Verdict

MOST_BYTES = 64 * 2**20  # of one process
LANGUAGES = ("vi", "en")
SITE_NAME = "Chợ OCOP"

_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
BLANKS = ("path", "first_scan", "scans", "claimed")
# Drawn by each process, so that no text of anybody's can pass for a blank.
_SECRET = secrets.token_hex(8)
_BLANK = {name: f"~{name}-{_SECRET}~" for name in BLANKS}
_SPLIT = re.compile(f"~({'|'.join(BLANKS)})-{_SECRET}~".encode())


@dataclass(frozen=True)
class Rest:
    """What stands below a verdict: the text, and the same as the end of a deflate stream."""

    raw: bytes
    squeezed: bytes

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return len(self.raw) + len(self.squeezed)


@dataclass(frozen=True)
class Page:
    """A page with blanks. `texts`: what stands before, between and after the blanks `names`, down
    to `rest`.
    """

    texts: list[bytes]
    names: list[str]
    rest: Rest

    @property
    def size(self) -> int:
        """Bytes that it takes at most; its rest may belong to others too."""
        return 2 * sum(map(len, self.texts)) + self.rest.size

    def plain(self, values: Mapping[str, bytes]) -> bytes:
        """The page with its blanks filled in."""
        return b"".join([*self._woven(self.texts, values), self.rest.raw])

    def squeezed(self, values: Mapping[str, bytes]) -> bytes:
        """The same as a gzip file, of which nothing is compressed anew."""
        said = {name: _stored(values[name]) for name in self.names}
        whole = self.plain(values)
        end = struct.pack("<LL", zlib.crc32(whole), len(whole))
        parts = self._woven(self._packed, said)
        return b"".join([_GZIP_HEAD, *parts, self.rest.squeezed, end])

    def _woven(self, texts: list[bytes], values: Mapping[str, bytes]) -> Iterator[bytes]:
        for text, name in zip(texts, self.names, strict=False):
            yield text
            yield values[name]
        yield texts[-1]

    @cached_property
    def _packed(self) -> list[bytes]:
        return [_packed(text) for text in self.texts]


def _packed(text: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # A full flush ends on a whole byte, and nothing after it refers to what was before.
    return packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)


def _stored(value: bytes) -> bytes:
    """A piece of a deflate stream that is not compressed (RFC 1951, 3.2.4)."""
    return struct.pack("<BHH", 0, len(value), len(value) ^ 0xFFFF) + value


class Shelf:
    """What is kept in this process; what nobody asked for the longest is dropped first."""

    def __init__(self) -> None:
        self.kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self.size = 0
        self.putting = Lock()

    def get(self, key: tuple[Any, ...]) -> Any:
        """What is kept under `key`, or None."""
        found = self.kept.get(key)
        if found is not None:
            with suppress(KeyError):  # another thread has just dropped it
                self.kept.move_to_end(key)
        return found

    def put(self, key: tuple[Any, ...], made: Any) -> None:
        """Keep it."""
        with self.putting:
            there = self.kept.pop(key, None)
            self.kept[key] = made
            self.size += made.size - (there.size if there else 0)
            while self.size > MOST_BYTES:
                self.size -= self.kept.popitem(last=False)[1].size


@dataclass(frozen=True, slots=True)
class Shown:
    """All that makes one page another, but for the blanks and what goes with the mark."""

    finding: Finding
    mark: int
    product_id: int | None
    lot_id: int | None
    gtin: str | None
    scratch: bool
    suspect: str | None
    scanned: bool
    claimed: bool

    def key(self, lang: str) -> tuple[Any, ...]:
        """What the page is kept under today."""
        return (
            *(lang, clock.today(), self.mark, self.finding, self.product_id, self.lot_id),
            *(self.gtin, self.scratch, self.suspect, self.scanned, self.claimed),
        )


def shelf(app: Flask) -> Shelf:
    """What this process keeps."""
    found: Shelf = app.extensions.setdefault("scan_shelf", Shelf())
    return found


def kept(app: Flask, shown: Shown, lang: str) -> Page | None:
    """The page that was made for another item of which the same is to be said."""
    found: Page | None = shelf(app).get(shown.key(lang))
    return found


def of(verdict: Verdict, lang: str) -> Page:
    """The page of a code; kept where it may be asked for again."""
    found = verdict.found
    # What somebody typed for a lot stands on the page of the product.
    lasting = found.product_id is not None and found.lot_missing is None
    key = _shown(verdict).key(lang) if lasting else None
    shelf_here = shelf(current_app)
    if key and (there := shelf_here.get(key)):
        page: Page = there
        return page
    with force_locale(lang):
        pieces = _SPLIT.split(_top(verdict, lang).encode())
        made = Page(pieces[::2], [name.decode() for name in pieces[1::2]], _rest(verdict, lang))
    if key and found.settled:
        shelf_here.put(key, made)
    return made


def _shown(verdict: Verdict) -> Shown:
    found, stamp = verdict.found, verdict.found.stamp
    return Shown(
        finding=verdict.finding,
        mark=found.mark,
        product_id=found.product_id,
        lot_id=found.lot.id if found.lot else None,
        gtin=found.gtin,
        scratch=stamp is not None and stamp.scratch,
        suspect=stamp.suspect if stamp else None,
        scanned=stamp is not None and stamp.first_scan_at is not None,
        claimed=stamp is not None and stamp.claimed_at is not None,
    )


@lru_cache(maxsize=500)
def wanted(languages: str) -> str:
    """The language of a page for a browser that sends this Accept-Language."""
    return parse_accept_header(languages, LanguageAccept).best_match(LANGUAGES, default="vi")


def values(path: str, stamp: StampFacts | None) -> dict[str, bytes]:
    """What stands in the blanks for the code at `path` (its canonical path)."""
    if stamp is None:
        return filled(path, 0, None, None)
    return filled(path, stamp.scans, stamp.first_scan_at, stamp.claimed_at)


def filled(
    path: str, scans: int, first_scan_at: datetime | None, claimed_at: datetime | None
) -> dict[str, bytes]:
    """The same from single values."""
    return {
        "path": path.encode(),
        "scans": b"%d" % scans,
        "first_scan": _instant(first_scan_at),
        "claimed": _instant(claimed_at),
    }


def _instant(at: datetime | None) -> bytes:
    return f"{clock.vietnam(at):%d/%m/%Y %H:%M}".encode() if at else b""


def forget() -> None:
    """Drop what this process keeps."""
    current_app.extensions.pop("scan_shelf", None)


def suspicion(word: str | None) -> str:
    """Why a stamp is doubted, for the person who holds it."""
    said = {
        "places": _("Mã này đã được quét ở quá nhiều nơi trong ít ngày."),
        "visitors": _("Mã này đã được quá nhiều người khác nhau quét trong ít ngày."),
        "often": _("Mã này đã được quét quá nhiều lần trong ít ngày."),
    }
    return str(said.get(word or "", ""))


def _top(verdict: Verdict, lang: str) -> str:
    found, other = verdict.found, "en" if lang == "vi" else "vi"
    stamp, path = found.stamp, _BLANK["path"]
    claimable = stamp and stamp.scratch and verdict.finding is Finding.GENUINE
    words = stamp.suspect if stamp and stamp.suspect != CLEARED else None
    return current_app.jinja_env.get_template("traceability/scan_top.html").render(
        verdict=verdict,
        found=found,
        stamp=stamp,
        lot=found.lot,
        known=found.product_id is not None,
        lang=lang,
        other_lang=other,
        other_url=f"{path}?lang={other}",
        report_url=f"/phan-anh?ma={path}{'&lang=en' if lang == 'en' else ''}",
        claim_url=f"/cao-ma{path}" if claimable and not stamp.claimed_at else "",  # type: ignore[union-attr]
        suspicion=suspicion(words),
        stylesheet=_stylesheet(),
        site_name=SITE_NAME,
        **{name: _BLANK[name] for name in BLANKS if name != "path"},
    )


def _stylesheet() -> str:
    found = current_app.extensions.get("scan_stylesheet")
    if found is None:
        found = url_for("static", filename="css/app.css")
        current_app.extensions["scan_stylesheet"] = found
    return str(found)


def _rest(verdict: Verdict, lang: str) -> Rest:
    found = verdict.found
    lot_id = found.lot.id if found.lot else None
    # Of another length than a page's key, so neither can be taken for the other.
    key = (lang, clock.today(), found.mark, verdict.trusted, found.product_id, lot_id, found.gtin)
    here = shelf(current_app)
    rest: Rest | None = here.get(key)
    if rest is None:
        raw = _told(verdict, lang).encode()
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        rest = Rest(raw, packer.compress(raw) + packer.flush())
        if found.settled:
            here.put(key, rest)
    return rest


def _told(verdict: Verdict, lang: str) -> str:
    template = current_app.jinja_env.get_template("traceability/scan_rest.html")
    frame = {"site_name": SITE_NAME, "lang_query": "?lang=en" if lang == "en" else ""}
    if verdict.found.product_id is None:
        return template.render(story=None, **frame)
    story = stories.of(verdict.found)
    product = story.product
    name = (product.name_en if lang == "en" else None) or product.name
    return template.render(
        story=story,
        name=name,
        trusted=verdict.trusted,
        facts=_facts(verdict, story),
        product_url=url_for("storefront.product", ref=product.ref, slug=product.slug),
        **frame,
    )


def _facts(verdict: Verdict, story: stories.Story) -> list[tuple[str, str]]:
    """What Thông tư 02/2024/TT-BKHCN wants a consumer to be able to look up."""
    seller, lot, product = story.product.seller, story.lot, story.product
    told = [
        (_("Nhà sản xuất"), seller.name),
        (_("Địa chỉ"), seller.address or ""),
        (_("Điện thoại"), phones.show(seller.phone) if seller.phone else ""),
    ]
    if verdict.found.gtin:
        told.append(("GTIN", verdict.found.gtin))
    if lot:
        told += [(_("Mã lô"), lot.code), (_("Ngày sản xuất"), _day(lot.produced_on))]
        if lot.expires_on:
            told.append((_("Hạn sử dụng"), _day(lot.expires_on)))
    if product.shelf_life:
        told.append((_("Thời hạn dùng"), product.shelf_life))
    if product.storage:
        told.append((_("Bảo quản"), product.storage))
    return told


def _day(day: Any) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
