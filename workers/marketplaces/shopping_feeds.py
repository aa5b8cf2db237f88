"""Feeds for shopping engines: RSS 2.0 for Google Merchant, CSV for the Meta catalogue.

Pure: items in, bytes out, item by item. Field names and limits as in reference section 4 (Google
product data specification; Meta catalogue fields). A feed is a complete snapshot: what is not in
it is taken down.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from xml.sax.saxutils import escape

GOOGLE, META = "google", "meta"
NAMESPACE = "http://base.google.com/ns/1.0"

# What XML 1.0 cannot hold.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_META_COLUMNS = (
    "id",
    "title",
    "description",
    "availability",
    "condition",
    "price",
    "link",
    "image_link",
    "additional_image_link",
    "brand",
    "gtin",
    "item_group_id",
    "product_type",
    "quantity_to_sell_on_facebook",
)


@dataclass(frozen=True)
class Limits:
    """The longest id, title and description, and how many more images, in characters."""

    id: int
    title: int
    description: int
    more_images: int
    # A comma list of so many characters at most; 0: images stand alone.
    images_length: int = 0


LIMITS = {
    GOOGLE: Limits(50, 150, 5000, 10),
    META: Limits(100, 200, 9999, 20, images_length=2000),
}
LONGEST_ADDRESS = 2000
# Meta takes no smaller picture.
META_IMAGE_SIDE = 500


class Availability(StrEnum):
    """Whether it can be bought now."""

    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"


@dataclass(frozen=True)
class Item:
    """One pack for sale. Addresses are absolute; `images` in order, at least one.

    `quantity`: whole units that may be sold. `group`: the same for packs of one product, "" for
    an only one. `measure`: net content ("500g", "750ml"), "" where unknown.
    """

    id: str
    title: str
    description: str
    link: str
    images: Sequence[str]
    price_vnd: int
    quantity: int
    brand: str
    gtin: str = ""
    group: str = ""
    kind: str = ""
    measure: str = ""

    @property
    def availability(self) -> Availability:
        """In stock while one can be sold."""
        return Availability.IN_STOCK if self.quantity > 0 else Availability.OUT_OF_STOCK


def google(title: str, link: str, items: Iterable[Item]) -> Iterator[bytes]:
    """The RSS document, piece by piece; one item a line."""
    head = _tag("title", title) + _tag("link", link) + _tag("description", title)
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<rss version="2.0" xmlns:g="{NAMESPACE}"><channel>{head}\n'
    ).encode()
    for item in items:
        yield f"<item>{''.join(_google_fields(item))}</item>\n".encode()
    yield b"</channel></rss>\n"


def _google_fields(item: Item) -> Iterator[str]:
    limits = LIMITS[GOOGLE]
    yield _tag("g:id", item.id)
    yield _tag("g:title", short(item.title, limits.title))
    yield _tag("g:description", short(item.description, limits.description))
    yield _tag("g:link", item.link)
    yield _tag("g:image_link", item.images[0])
    for more in item.images[1 : 1 + limits.more_images]:
        yield _tag("g:additional_image_link", more)
    yield _tag("g:availability", item.availability)
    yield _tag("g:price", _price(item))
    yield _tag("g:condition", "new")
    yield _tag("g:brand", item.brand)
    # A brand alone does not identify goods: without a barcode there is no identifier.
    yield _tag("g:gtin", item.gtin) if item.gtin else _tag("g:identifier_exists", "no")
    if item.group:
        yield _tag("g:item_group_id", item.group)
    if item.kind:
        yield _tag("g:product_type", item.kind)
    if item.measure:
        yield _tag("g:unit_pricing_measure", item.measure)
        yield _tag("g:unit_pricing_base_measure", _base(item.measure))


def _tag(name: str, value: str) -> str:
    # A carriage return of its own would be read back as a new line.
    plain = escape(clean(value), {"\r": "&#13;"})
    return f"<{name}>{plain}</{name}>"


def _price(item: Item) -> str:
    return f"{item.price_vnd} VND"


def _base(measure: str) -> str:
    return "100ml" if measure.endswith("ml") else "100g"


def meta(items: Iterable[Item]) -> Iterator[bytes]:
    """The CSV document, line by line: every cell quoted, inner quotes doubled."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for cells in _meta_rows(items):
        writer.writerow([clean(str(cell)) for cell in cells])
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()


def _meta_rows(items: Iterable[Item]) -> Iterator[Sequence[str | int]]:
    yield _META_COLUMNS
    limits = LIMITS[META]
    for item in items:
        yield (
            item.id,
            short(item.title, limits.title),
            short(item.description, limits.description),
            item.availability.replace("_", " "),
            "new",
            _price(item),
            item.link,
            item.images[0],
            _comma_list(item.images[1 : 1 + limits.more_images], limits.images_length),
            item.brand,
            item.gtin,
            item.group,
            item.kind,
            max(0, item.quantity),
        )


def _comma_list(addresses: Sequence[str], longest: int) -> str:
    kept = ""
    for address in addresses:
        more = f"{kept},{address}" if kept else address
        if len(more) > longest:
            break
        kept = more
    return kept


def clean(words: str) -> str:
    """Without what XML cannot hold."""
    return _UNFIT.sub("", words)


def short(words: str, longest: int) -> str:
    """At most so many characters, cut between words."""
    if len(words) <= longest:
        return words
    return words[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,.;:\n") + "…"
