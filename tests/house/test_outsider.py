"""Every registered route is walked with another cooperative's identifiers."""

import pytest
from sqlalchemy import inspect, select

from shop import wiring
from shop.app import is_public
from shop.database import Base, db
from tests import asking, everything, make

# Arguments that name nobody's row, and what to put there.
HARMLESS = {
    "code": "vi",
    "filename": "css/app.css",
    "token": "khong-co",
    "provider": "vnpay",
    "name": "thu-chi",
    "on": "2026-01-01",
    "line": "khong-co",
    "refund": "khong-co",
    "payout": "khong-co",
    "other": "khong-co",
    "kind": "care",
    "area": "19",
    "period": "2026-01",
}
LINES = [{"line": 1, "quantity": "1"}]
DAYS = dict.fromkeys(("from_day", "until_day", "order_until"), "2099-12-31")
HARVEST = DAYS | {"quantity": "1", "deposit_percent": 0, "active": True}
# What a route must be sent before it looks for its row.
BODIES = {
    "catalogue_api.ProductStatus": {"status": "paused"},
    "packs_api.NewPack": {"pack": "hộp 100 g", "unit": "hộp", "price_vnd": 450_000},
    "stock_api.PackMovements": {"kind": "receipt", "quantity": "1"},
    "order_deeds_api.OrderMoves": {"to": "cancelled", "why": "hết hàng"},
    "order_deeds_api.OrderWeighings": {"lines": LINES, "why": "quả to"},
    "order_deeds_api.OrderShortfall": {"why": "thiếu ít"},
    "order_deeds_api.OrderReturns": {"lines": LINES, "why": "khách đổi ý", "restock": True},
    "payments_api.OrderRefunds": {"amount_vnd": 1, "way": "cash", "reason": "thử"},
    "reconciliation_api.LineMatch": {"orders": [{"order": "OCPW5T7RN"}]},
    "reconciliation_api.LinePurpose": {"purpose": "other"},
    "gateway_payments_api.GivenBack": {"reason": "nghi gian lận"},
    "reconciliation_api.LineGiveBack": {"reason": "chuyển nhầm"},
    "reconciliation_api.LineReversal": {"other": "khong-co"},
    "line_deeds_api.LineDuplicate": {"of": "khong-co"},
    "line_deeds_api.LineRefund": {"refund": "khong-co"},
    "line_deeds_api.LinePayout": {"payout": "khong-co"},
    "terms_api.SellerReconciliation": {"tolerance_vnd": 1000},
    "terms_api.StatementColumns": {"header": 1, "date": 0, "content": 1, "amount": 2},
    "places_api.SellerPlaces": {"name": "Kho thử"},
    "places_api.PackSafety": {"safety": "1"},
    "delivery_api.SellerDelivery": {"delivers": False, "picks_up": True},
    "markets_api.BoothSales": {"amount_vnd": 45_000, "way": "cash"},
    "livestream_api.Readings": {"text": "A1"},
    "harvests_api.OneHarvest": HARVEST,
    "harvests_api.HarvestArrivals": {"quantity": "1"},
    "harvests_api.HarvestFailure": {"why": "mất mùa"},
    "settlements_api.SettlementDecisions": {"line": 1, "decision": "sales"},
    "settlements_api.SettlementMoney": {"bank_line": "khong-co"},
    "reconciliation_api.SellerDay": {"on": "2026-01-01"},
    "books_api.OneBook": {"form": "xlsx"},
    "books_api.CashVoucherUndo": {"why": "ghi nhầm"},
    "books_api.CashVoucherLine": {"line": "khong-co"},
    "invoices_api.OrderInvoice": {"buyer_name": "Lê Thị Lan"},
    "invoices_api.InvoiceReport": {"state": "issued", "number": "1"},
    "lots_api.LotPublicationEnd": {"reason": "ghi nhầm"},
    "lot_events_api.LotEvents": {"kind": "care", "facts": {"work": "Làm cỏ"}},
    "lot_events_api.EventCorrection": {"reason": "did_not_occur", "why": "ghi nhầm"},
    "stamps_api.BatchWithdrawal": {"first": "1", "state": "lost", "reason": "rơi mất"},
    "livestreams_api.SessionMoves": {"to": "closed"},
    "livestreams_api.SessionPins": {"code": "A1", "label": "Chè", "unit": "hộp"},
    "livestreams_api.SessionPinEnd": {"code": "A1"},
    "recalls_api.RecallRelease": {"reason": "đã kiểm lại"},
}


def owned_refs(seller_id: int) -> dict[str, str]:
    """Table → reference of one row of the seller, for every table whose rows have both."""
    found = {
        "sellers": db.session.scalar(select(make.Seller.ref).where(make.Seller.id == seller_id))
    }
    for mapper in Base.registry.mappers:
        model = mapper.class_
        if hasattr(model, "ref") and "seller_id" in inspect(model).columns:
            ref = db.session.scalar(select(model.ref).where(model.seller_id == seller_id).limit(1))
            found[model.__tablename__] = ref
    return found


@pytest.fixture
def world(database, cast):
    """Both sellers have a row in every table that belongs to sellers."""
    everything.of(cast.ours.seller)
    everything.of(cast.theirs.seller)
    return cast


def test_the_cast_has_a_row_of_every_owned_table(world):
    missing = [table for table, ref in owned_refs(world.theirs.seller.id).items() if ref is None]
    assert missing == [], "teach tests/everything.py to make one"


def routes(app):
    for rule in app.url_map.iter_rules():
        if rule.arguments and not is_public_in(app, rule.endpoint):
            for method in sorted(rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield rule, method


def is_public_in(app, endpoint):
    with app.test_request_context():
        return is_public(endpoint)


def test_every_route_answers_404_to_another_sellers_identifiers(world, app):
    refs = owned_refs(world.theirs.seller.id)
    before = fingerprint(world.theirs.seller.id)
    token = world.ours.csrf()
    walked, looked_into, bad = set(), set(), []
    for rule, method in routes(app):
        assert rule.arguments <= {"ref"} | HARMLESS.keys(), f"{rule}: what is its argument?"
        with asking.tables_read() as read:
            statuses = {ask(world.ours, app, rule, method, asking.NOBODYS, token)}
        for ref in asking.worth_asking(refs, read):
            statuses.add(ask(world.ours, app, rule, method, ref, token))
        bad += [(rule.endpoint, method, status) for status in statuses - {404}]
        walked.add((rule.endpoint, method))
        looked_into |= read
    assert bad == [], "\n".join(map(str, bad))
    assert len(walked) > 20
    assert {"orders", "products", "lots", "bank_lines", "users"} <= looked_into
    assert fingerprint(world.theirs.seller.id) == before


def ask(person, app, rule, method, ref, token):
    values = {name: ref if name == "ref" else HARMLESS[name] for name in rule.arguments}
    with app.test_request_context():
        url = app.url_for(rule.endpoint, **values)
    sent = {"data": {"csrf_token": token}} if method != "GET" else {}
    if sent and url.startswith("/api/"):
        body = BODIES.get(rule.endpoint, {})
        sent = {"json": body, "headers": {"X-CSRFToken": token}}
    answer = person.client.open(url, method=method, **sent)
    db.session.rollback()
    return answer.status_code


def fingerprint(seller_id):
    """All rows of a seller, column by column."""
    db.session.expire_all()
    rows = []
    for table in Base.metadata.sorted_tables:
        if "seller_id" in table.c:
            query = select(table).where(table.c.seller_id == seller_id).order_by(*table.primary_key)
            rows += [(table.name, *row) for row in db.session.execute(query)]
    return rows


def test_pages_without_arguments_show_nothing_of_another_seller(world, app):
    refs = set(owned_refs(world.theirs.seller.id).values())
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in rule.methods or is_public_in(app, rule.endpoint):
            continue
        page = world.ours.get(rule.rule).data.decode(errors="replace")  # some are files
        assert not [ref for ref in refs if ref in page], rule.rule
        assert world.theirs.seller.name not in page, rule.rule


def test_a_visitor_is_led_to_sign_in_by_every_route_that_is_not_public(world, app):
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and not is_public_in(app, rule.endpoint):
            with app.test_request_context():
                url = app.url_for(rule.endpoint, **dict.fromkeys(rule.arguments, "X"))
            answer = world.visitor.get(url)
            if url.startswith("/api/"):
                assert answer.status_code == 401, url
                continue
            assert answer.status_code == 302, url
            assert "/tai-khoan/dang-nhap" in answer.headers["Location"], url


def test_every_model_module_is_named_in_the_wiring():
    from shop.settings import ROOT

    files = [
        p
        for package in ("shop", "traceability", "workers")
        for p in (ROOT / package).rglob("models.py")
    ]
    dotted = {".".join(p.relative_to(ROOT).with_suffix("").parts) for p in files}
    assert dotted <= set(wiring.MODELS)
