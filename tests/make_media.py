"""Factories of pictures and papers: bytes as people send them, and rows made of those."""

from io import BytesIO
from itertools import count

from PIL import Image, ImageDraw

from shop.accounts.access import SYSTEM
from shop.catalogue.models import Product
from shop.database import db
from shop.media import documents, jobs, photos
from shop.media.models import Document, Photo
from tests import make

_next = count(1)

ENCRYPTED = b"trailer << /Root 1 0 R /Encrypt 5 0 R >>\n"


def picture(
    kind: str = "JPEG",
    size: tuple[int, int] = (400, 300),
    *,
    mode: str = "RGB",
    label: str = "",
    **more,
) -> bytes:
    """A picture whose left half is red and right half blue, so that turning it can be seen."""
    image = Image.new("RGB", size, (220, 30, 30))
    image.paste((30, 30, 220), (size[0] // 2, 0, *size))
    if label:
        ImageDraw.Draw(image).text((8, 8), label, font_size=40)
    out = BytesIO()
    image.convert(mode).save(out, kind, **more)
    return out.getvalue()


def another_picture(size: tuple[int, int] = (400, 300), **more) -> bytes:
    """A picture like no other: its number stands on it."""
    return picture(size=size, label=str(next(_next)), **more)


def exif(orientation: int = 1) -> Image.Exif:
    """What a phone writes: which way is up, its name, and where it stood."""
    told = Image.Exif()
    told[0x0112], told[0x010F], told[0x0131] = orientation, "Dien-thoai-cua-Hao", "May ảnh"
    told.get_ifd(0x8825).update({1: "N", 2: (21.0, 35.0, 41.0), 3: "E", 4: (105.0, 50.0, 1.0)})
    return told


def pdf(*, trailer: bytes = b"trailer << /Root 1 0 R >>\n", end: bytes = b"%%EOF\n") -> bytes:
    """A small PDF as far as anybody looks at it."""
    body = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n"
    return body + trailer + b"startxref\n9\n" + end


def photo(of: Product | None = None, *, ready: bool = True, **more) -> Photo:
    """A photo of a product, taken in as a person sends it; each shows something of its own."""
    of = of or make.product()
    taken = photos.take(BytesIO(another_picture(**{"size": (1200, 900)} | more)))
    row = photos.accept(SYSTEM, of.seller_id, f"product:{of.ref}", taken)
    db.session.commit()
    if ready:
        jobs.derive(row.id)
    return row


def paper(of: Product | None = None, *, title: str = "Giấy đăng ký kinh doanh", **more) -> Document:
    """A PDF of a product's seller."""
    of = of or make.product()
    taken = documents.take(BytesIO(pdf()))
    values = {"kind": "licence", "title": title} | more
    row = documents.accept(SYSTEM, of.seller_id, f"product:{of.ref}", taken, **values)
    db.session.commit()
    return row
