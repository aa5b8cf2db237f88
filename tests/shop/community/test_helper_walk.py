"""A helper walks every page there is, and never sees buyers or money."""

from io import BytesIO

import pytest

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.media import documents
from tests import make, make_community, make_media, walking
from tests.app_fixtures import Person, sign_in
from tests.house.test_outsider import owned_refs

# The rooms that a helper sees anything of, for a seller that said yes.
OPEN = {
    "accounts",
    "apidocs",
    "bulk",
    "catalogue",
    "catalogue_api",
    "certificates",
    "community",
    "evidence",
    "harvests",
    "harvests_api",
    "helped_booths",
    "imports",
    "inventory",
    "media",
    "packs",
    "packs_api",
    "places_api",
    "profile",
    "sellers",
    "sellers_api",
    "stalls",
    "stock_api",
    "tokens",
    "trainings",
}


@pytest.fixture
def helped(database, app):
    """A seller with a row in every table, telling rows among them, and its helper."""
    seller = make_community.seller(name="HTX Chè Hảo Đạt", review="passed")
    walking.telling(seller)
    person = make_community.helper()
    make_community.consent(person, seller)
    make.member(seller, name="Chủ Nhiệm")  # who took over since
    db.session.commit()
    assert None not in owned_refs(seller.id).values()
    return Person(person, sign_in(app, person), seller)


def test_no_page_shows_a_helper_a_buyer_or_money(helped, app):
    seen, bad = walking.looked(helped, app, {})
    assert bad == []
    strange = {name for name in seen if name.split(".")[0] not in OPEN}
    assert strange == {"field.session"}  # who one is, and nothing else
    assert {"catalogue.product", "community.home", "profile.seller", "packs.pack"} <= seen


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_deed_of_a_helper_moves_money_or_people(helped, app, method):
    assert walking.done(helped, app, method, OPEN | {"consents"}) == set()


@pytest.mark.parametrize(("holder", "status"), [("voucher:X", 404), ("seller:X", 200)])
def test_papers_of_money_are_not_a_helpers(helped, holder, status):
    taken = documents.take(BytesIO(make_media.pdf()))
    told = {"kind": "other", "title": "Phiếu chi"}
    paper = documents.accept(SYSTEM, helped.seller.id, holder, taken, **told)
    db.session.commit()
    answer = helped.get(f"/ban-hang/giay-to/{paper.ref}")
    answer.get_data()
    assert answer.status_code == status


def test_a_helper_cannot_let_anybody_in_or_end_the_watch_over_helpers(helped, app):
    """Not even themselves: members, consents and the trail are the seller's."""
    theirs = owned_refs(helped.seller.id)["delegations"]
    data = {"seller": helped.seller.ref, "name": "Tôi", "phone": "0912345678", "role": "owner"}
    assert helped.post("/ban-hang/thanh-vien", data).status_code == 404
    assert helped.get("/ban-hang/nhat-ky").status_code == 404
    assert helped.get(f"/ban-hang/nguoi-giup/{theirs}").status_code == 404
    until = {"until": "2099-01-01"}
    assert helped.post(f"/ban-hang/nguoi-giup/{theirs}/dong-y", until).status_code == 404
    assert make.Membership not in {type(row) for row in db.session.new}
