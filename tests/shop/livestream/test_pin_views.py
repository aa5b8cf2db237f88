"""One form puts goods under a code, while a session is planned and while it runs."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from shop.catalogue.models import Variant
from shop.database import db
from shop.livestream.models import Broadcast, Pin
from tests import make, make_livestream

HOME = "/ban-hang/livestream"


@pytest.fixture
def session(cast: Any) -> Broadcast:
    row = make_livestream.broadcast(cast.ours.seller)
    db.session.commit()
    return row


@pytest.fixture
def noodles(cast: Any) -> Variant:
    row: Variant = make.variant(make.product(cast.ours.seller, name="Miến dong"), unit="gói")
    db.session.commit()
    return row


def sent(page: str) -> dict[str, str]:
    """What a browser sends of the form when nobody changes anything."""
    texts = re.findall(r'<input id="f-[^"]*" name="([^"]+)"[^>]* value="([^"]*)"', page)
    chosen = re.search(r'<option value="([^"]+)" selected>', page)
    return dict(texts) | ({"variant": chosen[1]} if chosen else {})


def test_other_goods_under_a_code_come_with_their_own_name_and_unit(
    cast: Any, session: Broadcast, noodles: Variant
) -> None:
    tea = make.variant(make.product(cast.ours.seller))
    make_livestream.pin(session, "A1", tea, label="", unit="", price_vnd=150_000)
    db.session.commit()
    address = f"{HOME}/{session.ref}/ma"
    form = sent(cast.ours.get(f"{address}?ma=A1").text)
    assert form["variant"] == tea.ref
    cast.ours.post(address, form)
    pin = db.session.scalars(select(Pin)).one()
    assert (pin.label, pin.unit, pin.price_vnd) == ("Chè tôm nõn Hảo Đạt", "hộp", 150_000)
    said = cast.ours.post(address, form | {"variant": noodles.ref}, follow_redirects=True).text
    db.session.expire_all()
    # The price of the tea, sent back because it stood in the form, is not that of the noodles.
    assert (pin.label, pin.unit, pin.price_vnd) == ("Miến dong", "gói", None)
    assert "Giá, mức của hàng cũ đã bỏ; hàng mới giá 185.000 ₫." in said.replace("\xa0", " ")
    cast.ours.post(address, form | {"variant": noodles.ref, "price_vnd": "150.000"})
    db.session.expire_all()
    assert pin.price_vnd == 150_000


def test_other_names_and_sizes_of_the_old_goods_do_not_pass_to_new_ones(
    cast: Any, session: Broadcast, noodles: Variant
) -> None:
    tea = make.variant(make.product(cast.ours.seller))
    more = {"label": "", "unit": "", "aliases": ["chè"], "variants": ["S", "M"]}
    make_livestream.pin(session, "A1", tea, **more)
    db.session.commit()
    address = f"{HOME}/{session.ref}/ma"
    form = sent(cast.ours.get(f"{address}?ma=A1").text)
    said = cast.ours.post(address, form | {"variant": noodles.ref}, follow_redirects=True).text
    pin = db.session.scalars(select(Pin)).one()
    assert (pin.variant_id, pin.aliases, pin.variants) == (noodles.id, [], [])
    assert "Cách gọi của hàng cũ đã bỏ: chè, S, M." in said


def test_what_a_person_called_a_code_stands_in_its_form(cast: Any, session: Broadcast) -> None:
    tea = make.variant(make.product(cast.ours.seller))
    make_livestream.pin(session, "A1", tea, label="Chè của bà", unit="hộp", aliases=["chè"])
    db.session.commit()
    form = sent(cast.ours.get(f"{HOME}/{session.ref}/ma?ma=A1").text)
    assert (form["label"], form["unit"], form["aliases"]) == ("Chè của bà", "", "chè")


def test_on_the_air_a_pinned_code_leads_back_to_the_console(
    cast: Any, session: Broadcast, noodles: Variant
) -> None:
    address = f"{HOME}/{session.ref}"
    planned = cast.ours.post(f"{address}/ma", {"code": "A1", "variant": noodles.ref})
    assert planned.location.endswith(f"{address}/chuan-bi#ma")
    make_livestream.live(session)
    db.session.commit()
    running = cast.ours.post(f"{address}/ma", {"code": "A1", "variant": noodles.ref, "cap": "5"})
    assert running.location.endswith(f"{address}#ma")


def test_the_console_says_of_each_code_what_is_left_and_leads_to_its_form(
    cast: Any, session: Broadcast, noodles: Variant
) -> None:
    make_livestream.pin(session, "A1", noodles, label="Miến dong", unit="gói")
    make_livestream.live(session)
    db.session.commit()
    page = cast.ours.get(f"{HOME}/{session.ref}").text
    assert f'href="{HOME}/{session.ref}/ma?ma=A1"' in page
    assert "còn 10 gói" in page
    # The list is part of what stays alive: what another helper puts on the table shows by itself.
    cast.ours.post(f"{HOME}/{session.ref}/ban", {"code": "A1"})
    assert "Đang trên bàn" in cast.ours.get(f"{HOME}/{session.ref}/bang").text


def test_the_form_for_a_new_code_opens_empty(cast: Any, session: Broadcast) -> None:
    page = cast.ours.get(f"{HOME}/{session.ref}/ma")
    assert page.status_code == 200
    assert sent(page.text)["code"] == ""
