"""The demo's lot: where it grew, what was done to it, and a made-up picture of the goods."""

import io
from importlib import resources

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from shop.catalogue.models import Product
from shop.database import db
from shop.demo.browser import Browser
from shop.sellers.models import Seller
from traceability.models import Site

SITE = "Đồi chè minh họa"
DIARY = (
    ("fertilising", "2026-10-01T07:00", {"input": "Phân chuồng hoai", "dose": "1 tấn/sào"}),
    ("care", "2026-10-15T07:00", {"work": "Làm cỏ, tỉa tán"}),
    ("harvest", "2026-11-01T06:30", {"quantity": "12", "unit": "kg"}),
    ("packing", "2026-11-02T08:00", {"pack": "Hộp 200 g"}),
)


def publish(browser: Browser, product: Product, code: str) -> None:
    """Complete the lot that stamps were printed for, and make its record public.

    Everything is illustrative, and the lot says so on every page.
    """
    seller = db.session.get_one(Seller, product.seller_id)
    site = _site(browser, seller)
    form = {"product": product.ref, "code": code, "produced_on": "2026-11-01", "site": site}
    form |= {"expires_on": "2028-11-01", "_once": "demo-lot"}
    ref = browser.post("/ban-hang/lo/them", form).url.rsplit("/", 1)[1]
    for kind, at, facts in DIARY:
        entry = {"at": at, "site": site, "_once": f"demo-lot-{kind}"} | facts
        browser.post(f"/ban-hang/lo/{ref}/ghi/{kind}", entry)
    shot = {"photos": ("minh-hoa.png", _picture())}
    browser.post(f"/ban-hang/san-pham/{product.ref}/anh", {}, files=shot)
    browser.post(f"/ban-hang/lo/{ref}/cong-bo", {})


def _site(browser: Browser, seller: Seller) -> str:
    form = {"seller": seller.ref, "name": SITE, "kind": "growing_area", "_once": "demo-site"}
    browser.post("/ban-hang/noi-san-xuat/them", form)
    db.session.rollback()
    there = select(Site.ref).where(Site.seller_id == seller.id, Site.name == SITE)
    return db.session.scalars(there).one()


def _picture() -> bytes:
    """Letters that say that there is no picture yet, the same each time."""
    file = resources.files("fontpkg_be_vietnam_pro") / "files" / "BeVietnamPro-Bold.ttf"
    image = Image.new("RGB", (1200, 900), "#2f6b3f")
    font = ImageFont.truetype(io.BytesIO(file.read_bytes()), 96)
    ImageDraw.Draw(image).text((600, 450), "Ảnh minh họa", "#f4eedd", font, "mm")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
