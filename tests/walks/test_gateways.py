"""A buyer pays at each gateway, through everything that `ocop run` starts."""

import json
import re
import time

import pytest
import requests

from shop.demo.browser import Browser

pytestmark = pytest.mark.xdist_group("stack")


@pytest.fixture(scope="module")
def owner(stack):
    done = stack.ocop("demo", "--json")
    assert done.returncode == 0, done.stderr + "\n".join(stack.lines[-40:])
    people = json.loads((stack.var_dir / "secrets" / "demo_people.json").read_text())
    phone, password = next(each for each in people.items() if each[0].endswith("902"))  # owner
    browser = Browser(stack.url)
    browser.sign_in("0" + phone[3:], password)
    return browser


def an_order(owner, stack):
    """The buyer's address of an order that staff wrote down, and its reference."""
    page = owner.get("/ban-hang/nhap-don")  # of the one seller that they own
    ref = page.url.rsplit("/", 1)[1]
    for pack in re.findall(r'<option value="([0-9A-Z]{9})"', page.text):
        form = {
            "name": "Lê Thị Lan",
            "phone": "0912345678",
            "handing": "pickup",
            "pay_by": "cashless",
            "source": "phone",
            "pack-1": pack,
            "quantity-1": "1",
        }
        sent = form | {"csrf_token": owner.token(page), "_once": pack + str(time.time_ns())}
        address = f"{stack.url}/ban-hang/nhap-don/{ref}"
        placed = owner.session.post(address, sent, headers={"Referer": address}, timeout=30)
        if found := re.search(r'href="(/don/[\w-]+)"', placed.text):
            return found[1]
    raise AssertionError("the seller has no goods left")


@pytest.mark.parametrize("provider", ["vnpay", "momo", "zalopay"])
def test_a_buyer_pays_at_the_gateway_and_the_order_is_paid(owner, stack, provider):
    path = an_order(owner, stack)
    buyer = Browser(stack.url)
    page = buyer.get(path)
    left = buyer.post(f"{path}/tra/{provider}", {}, page).text
    address = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', left)[1]
    paying = requests.get(address.replace("&amp;", "&"), timeout=20)
    assert paying.status_code == 200, paying.text
    back = requests.post(paying.url, {"state": "paid"}, timeout=20, allow_redirects=False)
    assert f"{path}/ket-qua/{provider}" in back.headers["Location"]
    said = requests.get(back.headers["Location"], timeout=20)
    assert said.url.endswith(path)
    deadline = time.monotonic() + 30
    while True:
        told = requests.get(stack.url + path, headers={"Accept": "application/json"}, timeout=20)
        if told.json()["state"] == "paid":
            break
        assert time.monotonic() < deadline, told.json()
        time.sleep(0.2)
    assert told.json()["paid_vnd"] == told.json()["total_vnd"]
