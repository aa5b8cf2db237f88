"""A helper walks every page there is, and never sees buyers or money."""

from io import BytesIO

import pytest
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.app import is_public
from shop.database import db
from shop.livestream.models import Buyer
from shop.media import documents
from shop.orders.models import Order
from shop.reconciliation.models import BankLine
from shop.sellers.models import BankAccount
from tests import asking, everything, make, make_community, make_media
from tests.app_fixtures import Person, sign_in
from tests.house.test_outsider import BODIES, HARMLESS, owned_refs

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
    everything.of(seller)
    order = db.session.scalar(select(Order).where(Order.seller_id == seller.id))
    order.buyer_name, order.buyer_phone = "Lê Khách Mua", "+84987654321"
    order.address = "Ngõ Khách Ở"
    order.goods_vnd = order.total_vnd = 7_654_321
    account = db.session.scalar(select(BankAccount).where(BankAccount.seller_id == seller.id))
    account.account_number, account.account_name = "66778899", "CHU TAI KHOAN"
    line = db.session.scalar(select(BankLine).where(BankLine.seller_id == seller.id))
    line.content = "NOI DUNG CHUYEN"
    # Everybody who commented was this seller's: there is no other here.
    for buyer in db.session.scalars(select(Buyer)):
        buyer.name = "Tên Khách Xem"
    person = make_community.helper()
    make_community.consent(person, seller)
    make.member(seller, name="Chủ Nhiệm")  # who took over since
    db.session.commit()
    assert None not in owned_refs(seller.id).values()
    return Person(person, sign_in(app, person), seller)


SECRETS = (
    *("Lê Khách Mua", "0987654321", "987654321", "0987 654 321", "Ngõ Khách Ở"),
    *("66778899", "CHU TAI KHOAN", "NOI DUNG CHUYEN", "Tên Khách Xem"),
    *("7.654.321", "7654321"),
)


def addresses(app, method):
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if not is_public(rule.endpoint)]
    return [
        (rule, {name: HARMLESS.get(name, "{ref}") for name in rule.arguments})
        for rule in rules
        if method in rule.methods
    ]


def test_no_page_shows_a_helper_a_buyer_or_money(helped, app):
    refs = owned_refs(helped.seller.id)
    seen, bad = set(), []
    for rule, values in addresses(app, "GET"):
        with asking.tables_read() as read:
            answers = [get(helped, app, rule, values, asking.NOBODYS)]
        if "{ref}" in values.values():
            more = asking.worth_asking(refs, read)
            answers += [get(helped, app, rule, values, ref) for ref in more]
        for answer in answers:
            if answer.status_code == 200:
                seen.add(rule.endpoint)
            text = answer.data.decode(errors="replace")
            bad += [(rule.endpoint, secret) for secret in SECRETS if secret in text]
    assert bad == []
    strange = {name for name in seen if name.split(".")[0] not in OPEN}
    assert strange == {"field.session"}  # who one is, and nothing else
    assert {"catalogue.product", "community.home", "profile.seller", "packs.pack"} <= seen


def get(person, app, rule, values, ref):
    with app.test_request_context():
        filled = {name: ref if value == "{ref}" else value for name, value in values.items()}
        url = app.url_for(rule.endpoint, **filled)
    answer = person.get(url)
    answer.get_data()
    answer.close()
    db.session.rollback()
    return answer


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_deed_of_a_helper_moves_money_or_people(helped, app, method):
    refs = owned_refs(helped.seller.id)
    token = helped.csrf()
    allowed = set()
    for rule, values in addresses(app, method):
        if rule.endpoint.split(".")[0] in OPEN | {"consents"}:
            continue
        with asking.tables_read() as read:
            statuses = {send(helped, app, (rule, values, asking.NOBODYS), method, token)}
        if "{ref}" in values.values():
            for ref in asking.worth_asking(refs, read):
                statuses.add(send(helped, app, (rule, values, ref), method, token))
        allowed |= {(rule.endpoint, status) for status in statuses - {403, 404}}
    assert allowed == set()


def send(person, app, asked, method, token):
    rule, values, ref = asked
    with app.test_request_context():
        filled = {name: ref if value == "{ref}" else value for name, value in values.items()}
        url = app.url_for(rule.endpoint, **filled)
    body = BODIES.get(rule.endpoint, {"seller": person.seller.ref})
    sent = {"data": {"csrf_token": token} | body}
    if url.startswith("/api/"):
        sent = {"json": body, "headers": {"X-CSRFToken": token, "If-Match": "*"}}
    answer = person.client.open(url, method=method, **sent)
    db.session.rollback()
    return answer.status_code


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
