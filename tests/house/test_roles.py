"""Every route that is not public, walked by roles that may not use it: on their own seller's rows.

A new route must be placed: what it reads and what it changes is a permission, and every role that
lacks it is refused with nothing changed, whether it asks a page or the API.
"""

import pytest
from sqlalchemy import select

from shop.accounts.access import PERMISSIONS, Permission
from shop.accounts.models import Role
from shop.database import Base, db
from shop.menu import MENU
from tests import asking, everything, make
from tests.app_fixtures import Person, sign_in
from tests.house.test_outsider import BODIES, HARMLESS, is_public_in, owned_refs

P = Permission
ANYBODY = None  # everybody who is signed in; what they see is theirs

# Blueprint → (to read, to change). A view that shows a form to change something changes.
ROOMS = {
    "account_codes": (P.BANK_MANAGE, P.BANK_MANAGE),
    "accounts": (ANYBODY, ANYBODY),
    "accounts_api": (P.MONEY_READ, P.MONEY_READ),
    "admin": (P.REVIEW, P.REVIEW),
    "bank_lines_api": (P.MONEY_READ, P.MONEY_WRITE),
    "book_files": (P.MONEY_READ, P.MONEY_READ),
    "books": (P.MONEY_READ, P.MONEY_WRITE),
    "books_api": (P.MONEY_READ, P.MONEY_WRITE),
    "bulk": (P.CATALOGUE_WRITE, P.CATALOGUE_WRITE),
    "booth_days": (P.MONEY_READ, P.MONEY_WRITE),
    "booth_goods": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "booth_imports": (P.OPERATE, P.OPERATE),
    "booths": (P.OPERATE, P.OPERATE),
    "buyer_marks": (P.ORDERS_READ, P.ORDERS_WRITE),
    "catalogue": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "catalogue_api": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "certificates": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "channel_orders": (P.CHANNELS_READ, P.CHANNELS_WRITE),
    "channel_payouts": (P.MONEY_READ, P.MONEY_WRITE),
    "channels": (P.CHANNELS_READ, P.CHANNELS_WRITE),
    "closing": (P.MONEY_READ, P.MONEY_WRITE),
    "community": (P.HELP, P.HELP),
    "complaints": (P.LIVESTREAM_READ, P.LIVESTREAM_RUN),
    "consents": (P.MEMBERS_MANAGE, P.MEMBERS_MANAGE),
    "containers": (P.STAMPS_READ, P.TRACE_WRITE),
    "delivery": (P.ORDERS_READ, P.ORDERS_WRITE),
    "delivery_api": (P.ORDERS_READ, P.ORDERS_WRITE),
    "diary": (P.STAMPS_READ, P.TRACE_WRITE),
    "entries_api": (P.MONEY_READ, P.MONEY_WRITE),
    "evidence": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "feeds": (P.CHANNELS_READ, P.CHANNELS_WRITE),
    "field": (P.TRACE_WRITE, P.TRACE_WRITE),
    "gateway_payments_api": (P.MONEY_READ, P.MONEY_WRITE),
    "gateways": (P.BANK_MANAGE, P.BANK_MANAGE),
    "giving_back": (P.MONEY_READ, P.MONEY_WRITE),
    "harvests": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "harvests_api": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "helped_booths": (P.HELP, P.HELP),
    "helpers": (P.LIVESTREAM_RUN, P.LIVESTREAM_RUN),
    "imports": (P.CATALOGUE_WRITE, P.CATALOGUE_WRITE),
    "festivals": (P.LIVESTREAM_READ, P.OPERATE),
    "host_reviews": (P.REVIEW, P.REVIEW),
    "hosts": (P.LIVESTREAM_RUN, P.LIVESTREAM_RUN),
    "inventory": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "invoices": (P.MONEY_READ, P.MONEY_WRITE),
    "invoices_api": (P.MONEY_READ, P.MONEY_WRITE),
    "item_links": (P.CHANNELS_WRITE, P.CHANNELS_WRITE),
    "landmarks": (P.REVIEW, P.REVIEW),
    "layouts": (P.STAMPS_READ, P.STAMPS_PRINT),
    "leaving": (P.OPERATE, P.OPERATE),
    "parting": (P.MEMBERS_MANAGE, P.MEMBERS_MANAGE),
    "letters": (P.CHANNELS_READ, P.CHANNELS_WRITE),
    "line_deeds_api": (P.MONEY_WRITE, P.MONEY_WRITE),
    "listings": (P.CHANNELS_READ, P.CHANNELS_WRITE),
    "livestream": (P.LIVESTREAM_READ, P.LIVESTREAM_RUN),
    "livestream_api": (P.LIVESTREAM_READ, P.LIVESTREAM_READ),
    "livestream_results": (P.LIVESTREAM_READ, P.LIVESTREAM_RUN),
    "livestream_words": (P.LIVESTREAM_RUN, P.LIVESTREAM_RUN),
    "livestreams_api": (P.LIVESTREAM_READ, P.LIVESTREAM_RUN),
    "livestream_sources": (P.LIVESTREAM_RUN, P.LIVESTREAM_RUN),
    "lot_events_api": (P.STAMPS_READ, P.TRACE_WRITE),
    "lot_papers": (P.TRACE_WRITE, P.TRACE_WRITE),
    "lots": (P.STAMPS_READ, P.TRACE_WRITE),
    "lots_api": (P.STAMPS_READ, P.TRACE_WRITE),
    "markets_api": (P.ORDERS_READ, P.ORDERS_WRITE),
    "markets": (P.OPERATE, P.OPERATE),
    "media": (ANYBODY, P.SELLER_WRITE),
    "offers_api": (P.ORDERS_READ, P.ORDERS_WRITE),
    "officials": (P.OPERATE, P.OPERATE),
    "order_deeds_api": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "order_entry": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "orders": (P.ORDERS_READ, P.ORDERS_WRITE),
    "orders_api": (P.ORDERS_READ, P.ORDERS_WRITE),
    "own_figures": (P.ORDERS_READ, P.MEMBERS_MANAGE),
    "packing": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "packs": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "packs_api": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "payments": (P.BANK_MANAGE, P.BANK_MANAGE),
    "payments_api": (P.MONEY_READ, P.MONEY_WRITE),
    "payouts": (P.MONEY_READ, P.MONEY_WRITE),
    "payouts_api": (P.MONEY_READ, P.MONEY_WRITE),
    "places_api": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "plates": (P.OPERATE, P.OPERATE),
    "portal_files": (P.CHANNELS_WRITE, P.CHANNELS_WRITE),
    "portals": (P.CHANNELS_READ, P.CHANNELS_WRITE),
    "problems": (P.STAMPS_READ, P.STAMPS_PRINT),
    "profile": (P.SELLER_READ, P.SELLER_WRITE),
    "queues": (P.OPERATE, P.OPERATE),
    "recalls": (P.STAMPS_READ, P.RECALL),
    "recalls_api": (P.STAMPS_READ, P.RECALL),
    "reconciliation": (P.MONEY_READ, P.MONEY_WRITE),
    "reconciliation_api": (P.MONEY_READ, P.MONEY_WRITE),
    "refunds": (P.MONEY_READ, P.MONEY_WRITE),
    "reported": (P.OPERATE, P.OPERATE),
    "reports": (P.AREA_READ, P.OPERATE),
    "reviews": (P.MONEY_READ, P.MONEY_WRITE),
    "scan_figures": (P.STAMPS_READ, P.STAMPS_PRINT),
    "scans_api": (P.STAMPS_READ, P.STAMPS_PRINT),
    "sellers": (P.SELLER_READ, P.MEMBERS_MANAGE),
    "sessions": (P.LIVESTREAM_READ, P.LIVESTREAM_RUN),
    "pins": (P.LIVESTREAM_RUN, P.LIVESTREAM_RUN),
    "settlements": (P.MONEY_READ, P.MONEY_WRITE),
    "settlements_api": (P.MONEY_READ, P.MONEY_WRITE),
    "sheets": (P.AREA_READ, P.OPERATE),
    "sites": (P.STAMPS_READ, P.TRACE_WRITE),
    "sites_api": (P.STAMPS_READ, P.TRACE_WRITE),
    "session_slips": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "slips": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "stage": (P.LIVESTREAM_READ, P.LIVESTREAM_RUN),
    "stalls": (P.SELLER_READ, P.SELLER_WRITE),
    "stamps_api": (P.STAMPS_READ, P.STAMPS_PRINT),
    "statements": (P.MONEY_READ, P.MONEY_WRITE),
    "stock_api": (P.CATALOGUE_READ, P.CATALOGUE_WRITE),
    "sync": (P.CHANNELS_READ, P.CHANNELS_WRITE),
    "teams": (P.OPERATE, P.OPERATE),
    "terms_api": (P.MONEY_READ, P.MONEY_WRITE),
    "till": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "tokens": (ANYBODY, ANYBODY),
    "traceability": (P.STAMPS_READ, P.STAMPS_PRINT),
    "trainings": (P.HELP, P.HELP),
    "watch": (P.OPERATE, P.OPERATE),
    "working": (P.TRACE_WRITE, P.TRACE_WRITE),
}
# Routes that are other than the rest of their room.
APART = {
    "booths.booth_payee": (P.BANK_MANAGE, P.BANK_MANAGE),
    "plates.plate": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "till.is_sale": (P.MONEY_WRITE, P.MONEY_WRITE),
    "channels.connect": (P.CHANNELS_WRITE, P.CHANNELS_WRITE),
    "channels.rules": (P.CHANNELS_WRITE, P.CHANNELS_WRITE),
    "accounts.audit_trail": (P.AUDIT_READ, P.AUDIT_READ),
    "field.session": (ANYBODY, ANYBODY),
    "recalls_api.LotRecallPreview": (P.RECALL, P.RECALL),
    "sellers.team": (P.MEMBERS_MANAGE, P.MEMBERS_MANAGE),
    "orders.let_go": (P.MONEY_WRITE, P.MONEY_WRITE),
    "order_deeds_api.OrderShortfall": (P.MONEY_WRITE, P.MONEY_WRITE),
    "payments_api.NewOrder": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "payments_api.OrderPayment": (P.ORDERS_READ, P.ORDERS_READ),
    "books_api.OneBook": (P.MONEY_READ, P.MONEY_READ),
    "imports.blank": (P.CATALOGUE_READ, P.CATALOGUE_READ),
    "imports.export_csv": (P.CATALOGUE_READ, P.CATALOGUE_READ),
    "imports.export_xlsx": (P.CATALOGUE_READ, P.CATALOGUE_READ),
    "sessions.session_new": (P.LIVESTREAM_RUN, P.LIVESTREAM_RUN),
    "sessions.change": (P.LIVESTREAM_RUN, P.LIVESTREAM_RUN),
    "festivals.festival_new": (P.OPERATE, P.OPERATE),
    "festivals.festival_change": (P.OPERATE, P.OPERATE),
    "livestream.try_reader": (P.LIVESTREAM_READ, P.LIVESTREAM_READ),
    "portals.begin": (P.CHANNELS_WRITE, P.CHANNELS_WRITE),
    "portals.template": (P.CHANNELS_WRITE, P.CHANNELS_WRITE),
    "portal_files.enter": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "portal_files.order_files": (P.ORDERS_WRITE, P.ORDERS_WRITE),
    "certificates.queue": (P.REVIEW, P.REVIEW),
    "certificates.verify": (P.REVIEW, P.REVIEW),
    "certificates.refuse": (P.REVIEW, P.REVIEW),
}


def needed(endpoint, method):
    """The permission that a route asks for."""
    read, write = APART.get(endpoint) or ROOMS[endpoint.split(".")[0]]
    return read if method == "GET" else write


def routes(app):
    for rule in app.url_map.iter_rules():
        if not is_public_in(app, rule.endpoint):
            for method in sorted(rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield rule, method


def test_every_route_is_placed(app):
    endpoints = {rule.endpoint for rule, _method in routes(app)}
    rooms = {endpoint.split(".")[0] for endpoint in endpoints}
    assert rooms == ROOMS.keys()
    assert endpoints >= APART.keys()


@pytest.fixture
def world(database, cast):
    """Our seller with a row in every table."""
    everything.of(cast.ours.seller)
    return cast


def as_role(app, seller, role):
    user = make.member(seller, role=role, name="Người có vai")
    return Person(user, sign_in(app, user), seller)


def url(app, rule, ref):
    values = {name: HARMLESS.get(name, ref) for name in rule.arguments}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)


def ask(person, url, method, token, body):
    sent = {}
    if method != "GET":
        sent = {"data": {"csrf_token": token} | body}
        if url.startswith("/api/"):
            sent = {"json": body, "headers": {"X-CSRFToken": token, "If-Match": "*"}}
    answer = person.client.open(url, method=method, **sent)
    db.session.rollback()
    return answer


def rows_of(seller_id):
    db.session.expire_all()
    rows = []
    for table in Base.metadata.sorted_tables:
        if "seller_id" in table.c:
            query = select(table).where(table.c.seller_id == seller_id).order_by(*table.primary_key)
            rows += [(table.name, *row) for row in db.session.execute(query)]
    return rows


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.HOST, Role.VIEWER])
def test_a_role_is_refused_wherever_it_lacks_the_permission(world, app, role):
    seller = world.ours.seller
    person = as_role(app, seller, role)
    refs = owned_refs(seller.id)
    token = person.csrf()
    before = rows_of(seller.id)
    bad = []
    for rule, method in routes(app):
        permission = needed(rule.endpoint, method)
        if permission is None or permission in PERMISSIONS[role]:
            continue
        body = BODIES.get(rule.endpoint, {}) if "ref" in rule.arguments else {"seller": seller.ref}
        with asking.tables_read() as read:
            answers = [ask(person, url(app, rule, asking.NOBODYS), method, token, body)]
        if "ref" in rule.arguments:
            for ref in asking.worth_asking(refs, read):
                answers.append(ask(person, url(app, rule, ref), method, token, body))
        statuses = {answer.status_code for answer in answers}
        bad += [(rule.endpoint, method, status) for status in statuses - {403, 404}]
    assert bad == [], "\n".join(map(str, bad))
    assert rows_of(seller.id) == before


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.HOST, Role.MANAGER, Role.VIEWER])
def test_every_entry_of_a_roles_menu_opens(world, app, role):
    person = as_role(app, world.ours.seller, role)
    shown = [endpoint for _label, endpoint, needs in MENU if needs in PERMISSIONS[role]]
    with app.test_request_context():
        addresses = {endpoint: app.url_for(endpoint) for endpoint in shown}
    statuses = {name: person.get(url).status_code for name, url in addresses.items()}
    assert {
        name: status for name, status in statuses.items() if status not in {200, 302, 303}
    } == {}
