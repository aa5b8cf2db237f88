"""Every route that is not public, walked over one seller's rows by somebody who may do little."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from sqlalchemy import select

from shop.app import is_public
from shop.database import db
from shop.livestream.models import Buyer
from shop.orders.models import Order
from shop.reconciliation.models import BankLine
from shop.sellers.models import BankAccount, Seller
from tests import asking, everything
from tests.app_fixtures import Person
from tests.house.test_outsider import BODIES, HARMLESS, owned_refs

SECRETS = (
    *("Lê Khách Mua", "0987654321", "987654321", "0987 654 321", "Ngõ Khách Ở"),
    *("66778899", "CHU TAI KHOAN", "NOI DUNG CHUYEN", "Tên Khách Xem"),
    *("7.654.321", "7654321"),
)


def telling(seller: Seller) -> Order:
    """Give the seller a row in every table, and write SECRETS into buyers and money; its order."""
    everything.of(seller)
    order = db.session.scalars(select(Order).where(Order.seller_id == seller.id)).one()
    order.buyer_name, order.buyer_phone = "Lê Khách Mua", "+84987654321"
    order.address = "Ngõ Khách Ở"
    order.goods_vnd = order.total_vnd = 7_654_321
    of_seller = BankAccount.seller_id == seller.id
    account = db.session.scalars(select(BankAccount).where(of_seller)).one()
    account.account_number, account.account_name = "66778899", "CHU TAI KHOAN"
    line = db.session.scalars(select(BankLine).where(BankLine.seller_id == seller.id)).one()
    line.content = "NOI DUNG CHUYEN"
    # Everybody who commented was this seller's: there is no other here.
    for buyer in db.session.scalars(select(Buyer)):
        buyer.name = "Tên Khách Xem"
    return order


def looked(person: Person, app: Flask, put: Mapping[str, str]) -> tuple[set[str], list[Any]]:
    """Ask for every page; the endpoints that answered 200, and (endpoint, secret) of each SECRET
    that stood in an answer. `put`: "room.argument" → what is put
    there instead of HARMLESS words."""
    refs, seen, bad = owned_refs(person.seller.id), set(), []
    for rule, values in _addresses(app, "GET", put):
        with asking.tables_read() as read:
            answers = [_get(person, app, rule, values, asking.NOBODYS)]
        if "{ref}" in values.values():
            more = asking.worth_asking(refs, read)
            answers += [_get(person, app, rule, values, ref) for ref in more]
        for answer in answers:
            if answer.status_code == 200:
                seen.add(rule.endpoint)
            text = answer.data.decode(errors="replace")
            bad += [(rule.endpoint, secret) for secret in SECRETS if secret in text]
    return seen, bad


def done(person: Person, app: Flask, method: str, but: set[str]) -> set[tuple[str, int]]:
    """Send every deed outside the rooms `but`; endpoint and status of those not refused."""
    refs, token, allowed = owned_refs(person.seller.id), person.csrf(), set()
    for rule, values in _addresses(app, method, {}):
        if rule.endpoint.split(".")[0] in but:
            continue
        with asking.tables_read() as read:
            statuses = {_send(person, app, (rule, values, asking.NOBODYS), method, token)}
        if "{ref}" in values.values():
            for ref in asking.worth_asking(refs, read):
                statuses.add(_send(person, app, (rule, values, ref), method, token))
        allowed |= {(rule.endpoint, status) for status in statuses - {403, 404}}
    return allowed


def _addresses(
    app: Flask, method: str, put: Mapping[str, str]
) -> Iterator[tuple[Any, dict[str, str]]]:
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if not is_public(rule.endpoint)]
    for rule in rules:
        if method in (rule.methods or ()):
            room = rule.endpoint.split(".")[0]
            known = {name: put.get(f"{room}.{name}") for name in rule.arguments}
            yield rule, {name: known[name] or HARMLESS.get(name, "{ref}") for name in known}


def _get(person: Person, app: Flask, rule: Any, values: Mapping[str, str], ref: str) -> Any:
    answer = person.get(_url(app, rule, values, ref))
    answer.get_data()
    answer.close()
    db.session.rollback()
    return answer


def _send(person: Person, app: Flask, asked: Any, method: str, token: str) -> int:
    rule, values, ref = asked
    url = _url(app, rule, values, ref)
    body = BODIES.get(rule.endpoint, {"seller": person.seller.ref})
    sent: dict[str, Any] = {"data": {"csrf_token": token} | body}
    if url.startswith("/api/"):
        sent = {"json": body, "headers": {"X-CSRFToken": token, "If-Match": "*"}}
    answer = person.client.open(url, method=method, **sent)
    db.session.rollback()
    return int(answer.status_code)


def _url(app: Flask, rule: Any, values: Mapping[str, str], ref: str) -> str:
    with app.test_request_context():
        filled = {name: ref if value == "{ref}" else value for name, value in values.items()}
        return str(app.url_for(rule.endpoint, **filled))
