"""A person at Chromium before a running stack: signing in, finding pages, judging what is drawn."""

import hashlib
import hmac
import json
import re
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

SCRIPTS = Path(__file__).parent / "browser"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
ROLES = ("administrator", "owner", "manager", "host", "accountant", "helper", "official")

# What a library would say had nobody put it into Vietnamese.
ENGLISH = (
    "This field is required",
    "Missing data",
    "Invalid",
    "Not a valid",
    "Field may not",
    "Unknown field",
    "Must be one of",
    "Specified user",
    "does not exist",
    "Not Found",
    "Forbidden",
    "Too Many Requests",
    "Internal Server Error",
    "The CSRF",
    "Please ",
    "Authentication failed",
    "Instructions",
    "Sign in",
    "Log in",
    "Login",
    "Logout",
    "Submit",
    "Password",
    "Remember me",
    "Two-factor",
    "Recovery codes",
    "None",
    "Undefined",
)

# Run in the page; lists of complaints.
LOOK = (SCRIPTS / "look.js").read_text(encoding="utf-8")

CONTRAST = (SCRIPTS / "contrast.js").read_text(encoding="utf-8")

WATCH_CSP = """
document.addEventListener("securitypolicyviolation", (e) =>
  console.error("CSP " + e.violatedDirective + " " + e.blockedURI));
"""


@dataclass
class Visit:
    """A browser context of one person. `noise`: console errors and policy violations so far."""

    context: object
    page: object
    url: str
    noise: list[str] = field(default_factory=list)

    def go(self, path: str):
        """Open a path; its answer."""
        return self.page.goto(self.url + path)

    def send(self, control) -> None:
        """Press a button or link by the keyboard and wait for the page that answers."""
        with self.page.expect_navigation():
            control.press("Enter")

    def look(self) -> list[str]:
        """What is wrong with the page as drawn, its words included."""
        text = self.page.inner_text("body") + self.page.title()
        foreign = [f"English: {words}" for words in ENGLISH if re.search(rf"\b{words}", text)]
        return self.page.evaluate(LOOK) + foreign


class Guests:
    """Signed-in people of a demo stack, each signed in once: tries are limited."""

    def __init__(self, browser, url: str, sign_ins: list[tuple[str, str, str]]) -> None:
        self.browser, self.url = browser, url
        self.sign_ins = dict(zip(ROLES, sign_ins, strict=True))
        self.states: dict[str, dict] = {}

    @contextmanager
    def visit(self, role: str = "", **options):
        """A Visit as `role`, or as a visitor; options go to the browser's new_context."""
        options = {"viewport": PHONE, "locale": "vi-VN"} | options
        if role:
            options["storage_state"] = self._state(role)
        context = self.browser.new_context(**options)
        context.set_default_timeout(30_000)
        try:
            yield watched(context, self.url)
        finally:
            context.close()

    def _state(self, role: str) -> dict:
        if role not in self.states:
            with self.visit() as visit:
                phone, password, _name = self.sign_ins[role]
                sign_in(visit, phone, password)
                self.states[role] = visit.context.storage_state()
        return self.states[role]


def watched(context, url: str) -> Visit:
    """A Visit whose console is listened to."""
    context.add_init_script(WATCH_CSP)
    visit = Visit(context, context.new_page(), url)
    visit.page.on("console", lambda said: said.type == "error" and visit.noise.append(said.text))
    visit.page.on("pageerror", lambda error: visit.noise.append(str(error)))
    return visit


def sign_in(visit: Visit, phone: str, password: str) -> None:
    """Fill in the sign-in form and send it."""
    visit.go("/tai-khoan/dang-nhap")
    visit.page.get_by_label("Số điện thoại hoặc e-mail").fill(phone)
    visit.page.get_by_label("Mật khẩu").fill(password)
    visit.send(visit.page.get_by_role("button", name="Đăng nhập").last)


def first_link(visit: Visit, path: str, selector: str = ".table td.title a") -> str:
    """The path that the first such link of a page leads to."""
    visit.go(path)
    return path_of(visit.page.locator(selector).first.get_attribute("href"))


def shapes(visit: Visit, start: str, most: int):
    """Walk along the links of the pages from `start` on; a path of each shape, at most `most`.

    Two paths have one shape where only references, days and names of rows differ. Files and what
    needs more than a look (the language, leaving) are left out.
    """
    todo, met = [start], {start}
    while todo and most:
        path, most = todo.pop(0), most - 1
        yield path
        hrefs = visit.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        for href in hrefs:
            found = path_of(href.split("#")[0].split("?")[0])
            if not href.startswith(visit.url) or _NOT_A_PAGE.search(found):
                continue
            shape = _REFERENCE.sub("/*", found)
            if shape not in met:
                met.add(shape)
                todo.append(found)


_NOT_A_PAGE = re.compile(r"\.[a-z]+$|^/api/|/ngon-ngu/|/dang-xuat|/(?:tep|tai-ve|tai|excel|goc)$")
_REFERENCE = re.compile(r"/(?=[^/]*[0-9A-Z])[^/]+")


def path_of(href: str) -> str:
    """Without the host."""
    return re.sub(r"(?i)^https?://[^/]+", "", href)


def office(visit: Visit) -> dict[str, str]:
    """Every kind of back office page by name, after a demo; for who may see them all."""
    lists = {
        "product": "/ban-hang/san-pham",
        "stock_card": "/ban-hang/kho",
        "batch": "/ban-hang/tem",
        "lot": "/ban-hang/lo",
        "site": "/ban-hang/noi-san-xuat",
        "connection": "/ban-hang/san",
        "console": "/ban-hang/livestream",
        "order": "/ban-hang/don-hang",
        "bank_line": "/ban-hang/doi-soat",
        "market": "/ban-hang/cho",
        "seller": "/ban-hang/nguoi-ban",
        "review_seller": "/quan-tri/duyet/nguoi-ban?q=hao+dat",
        "review_product": "/quan-tri/duyet/san-pham?q=che",
    }
    plain = {
        "account": "/tai-khoan",
        "change_password": "/tai-khoan/doi-mat-khau",
        "overview": "/ban-hang",
        "product_new": "/ban-hang/san-pham/them",
        "team": "/ban-hang/thanh-vien",
        "seller_new": "/ban-hang/nguoi-ban/them",
        "review_sellers_waiting": "/quan-tri/duyet/nguoi-ban",
        "review_products_waiting": "/quan-tri/duyet/san-pham",
        "audit_trail": "/ban-hang/nhat-ky",
        "batch_new": "/ban-hang/tem/them",
        "lot_new": "/ban-hang/lo/them",
        "field": "/ban-hang/ngoai-dong",
        "site_new": "/ban-hang/noi-san-xuat/them",
        "households": "/ban-hang/noi-san-xuat/ho",
        "household_new": "/ban-hang/noi-san-xuat/ho/them",
        "containers": "/ban-hang/thung",
        "container_new": "/ban-hang/thung/them",
        "connect": "/ban-hang/san/ket-noi",
        "session_new": "/ban-hang/livestream/them",
        "hosts": "/ban-hang/livestream/nguoi-dan",
        "host_new": "/ban-hang/livestream/nguoi-dan/them",
        "review_hosts": "/quan-tri/duyet/nguoi-dan",
        "festivals": "/ban-hang/livestream/le-hoi",
        "festival_new": "/ban-hang/livestream/le-hoi/them",
        "running": "/quan-tri/livestream",
        "harvests": "/ban-hang/vu-thu-hoach",
        "harvest_choose": "/ban-hang/vu-thu-hoach/chon",
        "accounts": "/ban-hang/tai-khoan-ngan-hang",
        "suspense": "/ban-hang/doi-soat?trang-thai=suspense",
        "statements": "/ban-hang/sao-ke",
        "settlements": "/ban-hang/doi-soat-tra-tien",
        "refunds": "/ban-hang/hoan-tien",
        "payouts": "/ban-hang/thu-ho",
        "invoices": "/ban-hang/hoa-don",
        "days": "/ban-hang/chot-ngay",
        "gateways": "/ban-hang/cong-thanh-toan",
        "books": "/ban-hang/so-sach",
        "order_entry": "/ban-hang/nhap-don",
        "market_new": "/ban-hang/cho/them",
    }
    rows = {name: first_link(visit, path) for name, path in lists.items()}
    rows["lot_change"] = f"{rows['lot']}/sua"
    rows["diary_choose"] = f"{rows['lot']}/ghi"
    rows["diary_spraying"] = f"{rows['lot']}/ghi/spraying"
    rows["diary_harvest"] = f"{rows['lot']}/ghi/harvest"
    rows["diary_event"] = first_link(visit, rows["lot"], ".timeline a")
    rows["work"] = f"/ban-hang/che-bien?lo={rows['lot'].rsplit('/', 1)[1]}"
    terms = first_link(visit, "/ban-hang/giao-hang?trang=1", ".table td.action a")
    rows["delivery_terms"] = terms
    rows["voucher_new"] = terms.replace("giao-hang", "ma-giam-gia") + "/them"
    rows["vouchers"] = terms.replace("giao-hang", "ma-giam-gia")
    rows["bank_feeds"] = first_link(visit, plain["accounts"], ".table td.action a")
    rows["harvest_new"] = first_link(visit, plain["harvest_choose"])
    rows["bank_line_open"] = first_link(visit, plain["suspense"])
    rows["address_card"] = f"{rows['seller']}/bien-dia-chi"
    rows["session"] = f"{rows['console']}/chuan-bi"
    rows["session_change"] = f"{rows['console']}/sua"
    rows["session_pin"] = f"{rows['console']}/ma?ma=01"
    of_session = ("nhap-tay", "dan", "nguon", "viec", "san-khau", "phieu-giao", "ket-qua", "dong")
    rows |= {f"session_{page}": f"{rows['console']}/{page}" for page in of_session}
    rows["session_rows"] = f"{rows['console']}/ket-qua/claims"
    rows["complaints"] = f"{rows['console']}/phan-anh"
    rows["watched"] = first_link(visit, plain["running"])
    rows |= market_pages(visit)
    return plain | {f"{name}s": path for name, path in lists.items()} | rows


def market_pages(visit: Visit) -> dict[str, str]:
    """Pages of a market, of a booth in it, and of the till of the demo's cooperative."""
    visit.go("/ban-hang/cho")
    link = visit.page.get_by_role("link", name="Chợ Đu", exact=True)
    market = path_of(link.get_attribute("href"))
    booth = first_link(visit, market)
    visit.go("/ban-hang/cho")
    fair = visit.page.get_by_role("link", name="Phiên chợ OCOP (minh họa)", exact=True)
    till = first_link(visit, path_of(fair.get_attribute("href"))).replace("/sap/", "/quay/")
    run = first_link(visit, f"{market}/bien")
    code = first_link(visit, till, ".lines a.button").replace("/don-hang/", "/quay/ma/")
    return {
        "market_change": f"{market}/sua",
        "managers": f"{market}/quan-ly",
        "market_plates": f"{market}/bien",
        "plate_run": run,
        "booth_table": f"{market}/bang",
        "booth_new": f"{market}/sap/them",
        "booth": booth,
        "till_share": f"{till}/ty-le-quet-ma",
        "till": till,
        "till_code": code,
        "till_setup": f"{till}/cai-dat",
        "till_goods": f"{till}/hang",
        "booth_close": f"{till}/chot-ngay",
    }


def open_shop(visit: Visit) -> dict[str, str]:
    """Pages of a visitor by name."""
    return {
        "home": "/",
        "nothing_found": "/tim?q=khongcogi",
        "shop_product": first_link(visit, "/", ".product-name a"),
        "sign_in": "/tai-khoan/dang-nhap",
        "forgot": "/tai-khoan/quen-mat-khau",
        "bad_stamp": "/t/khong-phai-tem",
        "public_markets": "/cho",
        "public_market": first_link(visit, "/cho"),
        "missing": "/khong-co-trang-nay",
    }


def say(visit: Visit, console: str, author: str, text: str) -> None:
    """Send a livestream comment as the bridge of the session at `console` would."""
    visit.go(console)
    shown = {
        name: visit.page.locator(f"[data-ingest-{name}]").get_attribute(f"data-ingest-{name}")
        for name in ("url", "key")
    }
    now = datetime.now(UTC)
    comment = {
        "id": f"{author}: {text}",
        "author_id": author,
        "author_name": author,
        "text": text,
        "posted_at": now.isoformat(),
    }
    raw = json.dumps({"comments": [comment]}).encode()
    stamp = str(int(now.timestamp()))
    signed = hmac.digest(shown["key"].encode(), stamp.encode() + b"." + raw, hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "X-Ocop-Timestamp": stamp,
        "X-Ocop-Signature": f"sha256={signed.hex()}",
    }
    with urllib.request.urlopen(urllib.request.Request(shown["url"], raw, headers), timeout=20):
        pass


def buyer_link(visit: Visit, console: str, author: str) -> str:
    """The path of the link for this author's claims, once the reader has read the comment."""
    row = visit.page.locator(".comments > li", has_text=author).locator("[data-buyer-link]")
    deadline = time.monotonic() + 20
    while True:
        visit.go(console)
        if row.count() or time.monotonic() > deadline:
            return path_of(row.first.get_attribute("data-buyer-link"))
        time.sleep(0.2)
