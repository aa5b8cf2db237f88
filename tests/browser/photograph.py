"""Pictures for the README, taken after `ocop demo`:

python tests/browser/photograph.py http://127.0.0.1:8000 0900000901 PASSWORD
"""

import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import browsing  # noqa: E402

PICTURES = ROOT / "docs" / "img"
MOST_BYTES = 120_000


def main(url: str, phone: str, password: str) -> None:
    """Write the four pictures: a phone's first screen of each page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        options = {"viewport": browsing.PHONE, "device_scale_factor": 1, "locale": "vi-VN"}
        visit = browsing.watched(browser.new_context(**options), url)
        photograph(visit, "storefront.home", "/")
        browsing.sign_in(visit, phone, password)
        if "/dang-nhap" in visit.page.url:
            raise SystemExit(f"{phone} cannot sign in with this password.")
        photograph(visit, "sellers.overview", "/ban-hang")
        console = browsing.first_link(visit, "/ban-hang/livestream")
        photograph(visit, "livestream.console", console)
        photograph(visit, "payments.pay", unpaid(visit, console))
        browser.close()


def unpaid(visit: browsing.Visit, console: str) -> str:
    """The path of an order still waiting for its money, found through the buyers' links."""
    visit.go(console)
    links = [
        browsing.path_of(link.get_attribute("href"))
        for link in visit.page.locator("[data-buyer-link]").all()
    ]
    for link in links:
        visit.go(link)
        orders = visit.page.locator("main .lines a.button").all()
        for path in [browsing.path_of(order.get_attribute("href")) for order in orders]:
            visit.go(path)
            if visit.page.locator(".qr").count():
                return path
    raise SystemExit("No order waits for money: run `ocop demo` first.")


def photograph(visit: browsing.Visit, name: str, path: str) -> None:
    """Write docs/img/<name>.360.png, in few colours when all of them weigh too much."""
    visit.go(path)
    target = PICTURES / f"{name}.360.png"
    PICTURES.mkdir(parents=True, exist_ok=True)
    visit.page.screenshot(path=target)
    if target.stat().st_size > MOST_BYTES:
        Image.open(target).convert("P", palette=Image.Palette.ADAPTIVE).save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:4])
