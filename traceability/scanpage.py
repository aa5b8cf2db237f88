"""The scan page as bytes: a verdict made anew for every scan, and below it what is kept a while.

What stands below the verdict is the same for every stamp of a lot, costs many queries and most of
the rendering. It is kept in the process under all that may change it at once (the head of the
lot's chain, its dates, the product's version, the day); the rest (a seller's telephone, a photo,
a certificate withdrawn) is seen after KEEP_SECONDS.
"""

import time
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from shop import clock, phones
from traceability import stories
from traceability.verdicts import CLEARED, Finding, Verdict

KEEP_SECONDS = 20.0
MOST_KEPT = 500  # at most about 20 kB each
LANGUAGES = ("vi", "en")
SITE_NAME = "Chợ OCOP"

_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True)
class Rest:
    """What stands below a verdict: the text, and the same as the end of a deflate stream."""

    raw: bytes
    squeezed: bytes
    until: float


class Shelf:
    """Rests kept in this process, the one kept first is dropped first."""

    def __init__(self) -> None:
        self.kept: OrderedDict[tuple[Any, ...], Rest] = OrderedDict()

    def get(self, key: tuple[Any, ...]) -> Rest | None:
        """What is kept under `key` and not too old."""
        rest = self.kept.get(key)
        return rest if rest and rest.until > time.monotonic() else None

    def put(self, key: tuple[Any, ...], rest: Rest) -> None:
        """Keep it."""
        self.kept[key] = rest
        while len(self.kept) > MOST_KEPT:
            self.kept.popitem(last=False)


def render(verdict: Verdict, lang: str, path: str) -> tuple[bytes, Rest]:
    """The two halves of the page of the code at `path` (its canonical path)."""
    with force_locale(lang):
        return _top(verdict, lang, path), _rest(verdict, lang)


def squeeze(top: bytes, rest: Rest) -> bytes:
    """Both halves as one gzip file; the second is not compressed again."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    # A full flush ends on a whole byte, and nothing after it refers to what was before.
    first = packer.compress(top) + packer.flush(zlib.Z_FULL_FLUSH)
    check = zlib.crc32(rest.raw, zlib.crc32(top)).to_bytes(4, "little")
    size = (len(top) + len(rest.raw)).to_bytes(4, "little")
    return _GZIP_HEAD + first + rest.squeezed + check + size


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


def _top(verdict: Verdict, lang: str, path: str) -> bytes:
    found, other = verdict.found, "en" if lang == "vi" else "vi"
    stamp = found.stamp
    claimable = stamp and stamp.scratch and verdict.finding is Finding.GENUINE
    words = stamp.suspect if stamp and stamp.suspect != CLEARED else None
    page = current_app.jinja_env.get_template("traceability/scan_top.html").render(
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
    )
    return page.encode()


def _stylesheet() -> str:
    found = current_app.extensions.get("scan_stylesheet")
    if found is None:
        found = url_for("static", filename="css/app.css")
        current_app.extensions["scan_stylesheet"] = found
    return str(found)


def _rest(verdict: Verdict, lang: str) -> Rest:
    found, lot = verdict.found, verdict.found.lot
    key = (
        *(lang, clock.today(), verdict.trusted),
        *(found.product_id, found.product_version, found.gtin),
        *((lot.id, lot.head, lot.published_at, lot.produced_on, lot.expires_on) if lot else ()),
    )
    shelf: Shelf = current_app.extensions.setdefault("scan_shelf", Shelf())
    rest = shelf.get(key)
    if rest is None:
        raw = _told(verdict, lang).encode()
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        squeezed = packer.compress(raw) + packer.flush()
        rest = Rest(raw, squeezed, time.monotonic() + KEEP_SECONDS)
        shelf.put(key, rest)
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
