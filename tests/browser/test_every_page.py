"""Every page as drawn: nothing sticks out, is too small, too pale, foreign or unlabelled."""

import browsing
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stack")]

MAIN = ("overview", "product", "console", "order", "suspense", "batch", "audit_trail")


def complaints(visit, paths: dict[str, str], *, refused: bool = True) -> dict[str, list[str]]:
    """What is wrong, by page. A page that refuses on purpose is noted by the console; that is no
    fault where pages may be `refused`."""
    found = {}
    for name, path in paths.items():
        status = visit.go(path).status
        noise = [said for said in visit.noise if "status of 40" not in said]
        visit.noise.clear()
        found[name] = visit.look() + noise + ([] if refused or status == 200 else [f"{status}"])
    return {name: said for name, said in found.items() if said}


def test_every_page_of_the_back_office_on_a_phone(guests, office):
    with guests.visit("administrator") as visit:
        assert complaints(visit, office) == {}


def test_every_page_of_the_back_office_on_a_desk(guests, office):
    with guests.visit("administrator", viewport=browsing.DESK) as visit:
        assert complaints(visit, office) == {}


def test_every_page_of_a_visitor_on_a_phone(guests, shop):
    with guests.visit() as visit:
        assert complaints(visit, shop) == {}


@pytest.mark.parametrize("role", ["host", "accountant", "helper", "official"])
def test_every_page_that_links_lead_to_on_a_phone(guests, role):
    """Of those who may not do everything: a page that they may not use is no page to lead to."""
    with guests.visit(role) as visit:
        found = {}
        for path in browsing.shapes(visit, "/ban-hang", most=60):
            found |= complaints(visit, {path: path}, refused=False)
        assert found == {}


HOMES = {"helper": "/ban-hang/giup", "official": "/so-lieu"}


@pytest.mark.parametrize("role", browsing.ROLES[1:])
def test_the_menu_leads_everyone_only_where_they_may_go(guests, role):
    with guests.visit(role) as visit:
        visit.go("/ban-hang")
        links = visit.page.locator(".site-menu nav a")
        paths = [browsing.path_of(link.get_attribute("href")) for link in links.all()]
        assert paths[0] == HOMES.get(role, "/ban-hang")
        assert complaints(visit, {path: path for path in paths}, refused=False) == {}


def test_dark_and_light_text_stands_out_enough(guests, office, shop):
    pale = {}
    for scheme in ("light", "dark"):
        with guests.visit("administrator", color_scheme=scheme) as visit:
            for name in MAIN:
                visit.go(office[name])
                pale[scheme, name] = visit.page.evaluate(browsing.CONTRAST)
        with guests.visit(color_scheme=scheme) as visit:
            for name, path in shop.items():
                visit.go(path)
                pale[scheme, name] = visit.page.evaluate(browsing.CONTRAST)
    assert {where: said for where, said in pale.items() if said} == {}


def test_english_pages_fit_too(guests, office, shop):
    with guests.visit("administrator") as visit:
        visit.go("/ngon-ngu/en")
        found = {}
        for name, path in (shop | {name: office[name] for name in MAIN}).items():
            visit.go(path)
            assert visit.page.locator("html").get_attribute("lang") == "en", name
            found[name] = visit.page.evaluate(browsing.LOOK)
        assert {name: said for name, said in found.items() if said} == {}
