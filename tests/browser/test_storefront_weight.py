"""What a phone on a slow line has to fetch before it shows a page, and that it shows it right."""

import browsing
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]

MOST_BYTES, MOST_BLOCKING = 60_000, 3
BLOCKING = """performance.getEntriesByType('resource')
  .filter((e) => e.renderBlockingStatus === 'blocking').map((e) => e.name)"""


def fetched(visit, path: str) -> dict[str, int]:
    """Bytes over the line by address, headers and all, of a first view without photos."""
    line = visit.context.new_cdp_session(visit.page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    urls, sizes, kinds = {}, {}, {}
    line.on(
        "Network.requestWillBeSent", lambda e: urls.update({e["requestId"]: e["request"]["url"]})
    )
    line.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    line.on(
        "Network.loadingFinished",
        lambda e: sizes.update({e["requestId"]: int(e["encodedDataLength"])}),
    )
    visit.page.goto(visit.url + path, wait_until="networkidle")
    photos = {key for key in urls if "/anh/" in urls[key] or kinds.get(key) == "Image"}
    own = {key for key in photos if "/static/" in urls[key]}
    return {urls[key]: size for key, size in sizes.items() if key not in photos - own}


@pytest.fixture(scope="module")
def lists(guests):
    """Paths of the storefront's lists and texts, one stall and one area among them."""
    with guests.visit() as visit:
        product = browsing.first_link(visit, "/tim", ".product-name a")
        visit.go(product)
        stall = visit.page.locator('a[href^="/gian-hang/"]').first.get_attribute("href")
        area = browsing.first_link(visit, "/", 'a[href^="/vung/"]')
        group = browsing.first_link(visit, "/", 'a[href^="/nhom/"]')
    return {
        "home": "/",
        "find": "/tim?q=che",
        "filtered": "/tim?vung=thai-nguyen&loai=hop-tac-xa&xep=gia-thap",
        "nothing": "/tim?q=xyzzy",
        "area": area,
        "group": group,
        "stall": stall,
        "ranking": "/quy-che-xep-hang",
        "product": product,
    }


def test_the_first_view_of_a_product_page_is_light(guests, lists):
    with guests.visit() as visit:
        sizes = fetched(visit, lists["product"])
        blocking = visit.page.evaluate(BLOCKING)
    assert sum(sizes.values()) <= MOST_BYTES, sizes
    # The page itself is one more.
    assert len(blocking) + 1 <= MOST_BLOCKING, blocking


def test_every_page_is_light_and_drawn_right_on_a_phone_and_on_a_desk(guests, lists):
    wrong = {}
    for size in (browsing.PHONE, browsing.DESK):
        with guests.visit(viewport=size) as visit:
            for name, path in lists.items():
                heavy = sum(fetched(visit, path).values()) > MOST_BYTES
                said = visit.look() + visit.noise + (["heavy"] if heavy else [])
                visit.noise.clear()
                if said:
                    wrong[name, size["width"]] = said
    assert wrong == {}


def test_data_for_search_engines_is_let_through_by_the_policy(guests, lists):
    with guests.visit() as visit:
        visit.go(lists["product"])
        kinds = visit.page.evaluate(
            "[...document.querySelectorAll('script[type=\"application/ld+json\"]')]"
            ".map((s) => JSON.parse(s.textContent)['@type'])"
        )
        assert kinds == ["Product", "BreadcrumbList"]
        assert visit.noise == []


def test_filters_work_without_scripts(guests, lists):
    with guests.visit(java_script_enabled=False) as visit:
        visit.go("/tim")
        visit.page.locator("summary", has_text="Lọc và sắp xếp").click()
        visit.page.get_by_label("Sắp xếp", exact=True).select_option("gia-thap")
        visit.send(visit.page.get_by_role("button", name="Xem kết quả"))
        assert "xep=gia-thap" in visit.page.url
        assert visit.page.locator(".product-card").count() > 3
