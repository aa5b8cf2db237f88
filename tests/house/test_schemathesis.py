"""Schemathesis against every operation of the API: it keeps what its description promises.

Data as described and data that is not; no answer of 5xx, none that differs from the description.
The same data every run, so that a failure of today is a failure of tomorrow.
"""

import os
import re
from contextlib import suppress
from contextvars import copy_context
from types import SimpleNamespace

import pytest
import schemathesis
from flask import request
from flask.globals import _cv_app
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from shop.accounts import tokens
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.invoices import issuing
from shop.landmarks import sights
from shop.landmarks.schemas import LandmarkSchema
from shop.ledger.models import Entry
from shop.livestream import resources as livestream
from shop.reconciliation import matching
from tests import (
    make,
    make_gateways,
    make_harvests,
    make_livestream,
    make_markets,
    make_money,
    make_tokens,
    make_traceability,
)
from traceability import recalls

# Twenty of each take ten minutes: `FULL_CONTRACT=1 pytest …` runs them. Of references that exist
# more comes back than 404, so these get more.
FULL = bool(os.environ.get("FULL_CONTRACT"))
EXAMPLES = {"named": 20, "anything": 20} if FULL else {"named": 6, "anything": 3}
CREATE = "POST /api/v1/products"
WITHOUT_REF = {CREATE, "GET /api/v1/products", "GET /api/v1/my/products", "GET /api/v1/sellers"}
WITHOUT_REF |= {"GET /api/v1/orders", "GET /api/v1/bank-lines", "GET /api/v1/entries"}
WITHOUT_REF |= {"GET /api/v1/invoices", "GET /api/v1/refunds", "GET /api/v1/stock"}
WITHOUT_REF |= {"GET /api/v1/settlements", "GET /api/v1/cash-vouchers", "POST /api/v1/orders"}
WITHOUT_REF |= {"POST /api/v1/cash-vouchers", "POST /api/v1/statements"}
WITHOUT_REF |= {"GET /api/v1/vouchers", "POST /api/v1/vouchers", "GET /api/v1/payouts"}
WITHOUT_REF |= {"POST /api/v1/settlements"}
WITHOUT_REF |= {"GET /api/v1/livestreams", "POST /api/v1/livestreams"}
WITHOUT_REF |= {"GET /api/v1/harvests", "POST /api/v1/harvests"}
WITHOUT_REF |= {"GET /api/v1/bank-accounts", "GET /api/v1/feeds", "GET /api/v1/gateways"}
WITHOUT_REF |= {"POST /api/v1/payouts", "POST /api/v1/bank-lines/pulls"}
WITHOUT_REF |= {"POST /api/v1/checkouts/quote", "POST /api/v1/checkouts"}
WITHOUT_REF |= {
    f"{verb} /api/v1/{noun}"
    for verb in ("GET", "POST")
    for noun in ("lots", "sites", "households", "containers", "stamp-batches", "recalls")
}
WITHOUT_REF |= {"GET /api/v1/markets", "GET /api/v1/booths"}
WITHOUT_REF |= {"GET /api/v1/scan-figures", "GET /api/v1/suspicious-stamps"}
# Of the other writes those that need no luck to be asked for something that can be done.
WRITTEN = {
    "POST /api/v1/checkouts/quote",
    "POST /api/v1/invoices/{ref}/again",
    "POST /api/v1/livestreams/{ref}/readings",
    "POST /api/v1/lots/{ref}/publication/end",
    "POST /api/v1/orders/{ref}/moves",
    "POST /api/v1/orders/{ref}/shortfall",
    "POST /api/v1/recalls/{ref}/release",
    "POST /api/v1/settlements/{ref}/withdrawal",
    "PUT /api/v1/invoices/{ref}/report",
    "PUT /api/v1/lots/{ref}",
    "PUT /api/v1/products/{ref}/status",
    "PUT /api/v1/sellers/{ref}/reconciliation",
    "PUT /api/v1/stock/{ref}/safety",
}
# What a text must be besides: a known unit, a right check digit, one of the 26 criteria sets.
LANDMARK = {"kind": "relic", "name": "Đình làng", "commune_code": "05503", "shown": "1"}
KNOWN_WORDS = {"unit": "hộp", "gtin": None, "criteria_set": None, "sku": None, "months": [9]}
REFUSED_BY_MEANING = {
    # A text may fit its schema and still name no seller, no unit, no pack that may be changed, or
    # hold what PostgreSQL keeps in no text.
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "304", "400", "404", "409", "412", "422"]
    },
}
CONFIG = {"checks": REFUSED_BY_MEANING, "generation": {"database": "none"}}


def steps(known):
    return settings(
        max_examples=EXAMPLES["named" if known else "anything"],
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def world(cast, database, monkeypatch):
    """The API of a small world as Schemathesis sees it, one token, and real references."""
    product = make.product(cast.ours.seller)
    pack = make.variant(product)
    order = make_money.order(variant=pack)
    line = make_money.bank_line(cast.ours.seller, order.ref)
    matching.match(line)
    entry = db.session.query(Entry).one()
    invoice = issuing.of(order)
    harvest = make_harvests.harvest(pack)
    batch = make_gateways.settlement(cast.ours.seller)
    session = make_livestream.broadcast(cast.ours.seller)
    lot = make_traceability.harvested(make_traceability.lot(product))
    site = make_traceability.site(cast.ours.seller)
    box = make_traceability.container(lot)
    event = make_traceability.event(lot)
    stamps = make_traceability.printed(lot)
    recall = recalls.recall(SYSTEM, make_traceability.lot(product), "Phát hiện nấm mốc")
    booth = make_markets.booth(seller=cast.ours.seller)
    landmark = sights.make(SYSTEM, LandmarkSchema().load(LANDMARK))
    word = make_tokens.token(cast.ours.user)[1]
    # Thousands of calls a minute, and batches whose signature only looks like one.
    monkeypatch.setattr(tokens, "MOST_CALLS", "100000/minute")
    monkeypatch.setattr(tokens, "REFUSED_PER_ADDRESS", "100000/minute")
    monkeypatch.setattr(livestream, "_is_signed", looks_signed)
    db.session.commit()

    def alone(environ, start_response):
        # As tests.app_fixtures.Client: a request does not run in the test's own context.
        def call():
            _cv_app.set(None)
            return database(environ, start_response)

        return copy_context().run(call)

    config = SchemathesisConfig.from_dict(CONFIG)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", alone, config=config)
    refs = {
        "/api/v1/products/{ref}": product.ref,
        "/api/v1/products/{ref}/status": product.ref,
        "/api/v1/products/{ref}/packs": product.ref,
        "/api/v1/packs/{ref}": pack.ref,
        "/api/v1/orders/{ref}": order.ref,
        "/api/v1/orders/{ref}/moves": order.ref,
        "/api/v1/orders/{ref}/weighings": order.ref,
        "/api/v1/orders/{ref}/returns": order.ref,
        "/api/v1/orders/{ref}/parcel": order.ref,
        "/api/v1/orders/{ref}/shortfall": order.ref,
        "/api/v1/orders/{ref}/payment": order.ref,
        "/api/v1/orders/{ref}/refunds": order.ref,
        "/api/v1/orders/{ref}/invoice": order.ref,
        "/api/v1/harvests/{ref}": harvest.ref,
        "/api/v1/harvests/{ref}/arrivals": harvest.ref,
        "/api/v1/harvests/{ref}/failure": harvest.ref,
        "/api/v1/settlements/{ref}": batch.ref,
        "/api/v1/settlements/{ref}/decisions": batch.ref,
        "/api/v1/settlements/{ref}/money": batch.ref,
        "/api/v1/settlements/{ref}/withdrawal": batch.ref,
        "/api/v1/stock/{ref}": pack.ref,
        "/api/v1/stock/{ref}/safety": pack.ref,
        "/api/v1/orders/{ref}/label": order.ref,
        "/api/v1/orders/{ref}/slip": order.ref,
        "/api/v1/settlements/{ref}/missing": batch.ref,
        "/api/v1/sellers/{ref}/places": cast.ours.seller.ref,
        "/api/v1/sellers/{ref}/delivery": cast.ours.seller.ref,
        "/api/v1/sellers/{ref}/reconciliation": cast.ours.seller.ref,
        "/api/v1/bank-lines/{ref}/duplicate": line.ref,
        "/api/v1/bank-lines/{ref}/separate": line.ref,
        "/api/v1/bank-lines/{ref}/refund": line.ref,
        "/api/v1/bank-lines/{ref}/payout": line.ref,
        "/api/v1/bank-lines/{ref}/surplus": line.ref,
        "/api/v1/stock/{ref}/movements": pack.ref,
        "/api/v1/bank-lines/{ref}/match": line.ref,
        "/api/v1/bank-lines/{ref}/purpose": line.ref,
        "/api/v1/bank-lines/{ref}/give-back": line.ref,
        "/api/v1/bank-lines/{ref}/reversal": line.ref,
        "/api/v1/bank-lines/{ref}/undo": line.ref,
        "/api/v1/invoices/{ref}": invoice.ref,
        "/api/v1/invoices/{ref}/report": invoice.ref,
        "/api/v1/invoices/{ref}/again": invoice.ref,
        "/api/v1/sellers/{ref}/day": cast.ours.seller.ref,
        "/api/v1/bank-lines/{ref}": line.ref,
        "/api/v1/entries/{ref}": entry.ref,
        "/api/v1/sellers/{ref}": cast.ours.seller.ref,
        "/api/v1/landmarks/{ref}": landmark.ref,
        "/api/v1/livestreams/{ref}": session.ref,
        "/api/v1/livestreams/{ref}/comments": session.ref,
        "/api/v1/livestreams/{ref}/moves": session.ref,
        "/api/v1/livestreams/{ref}/pins": session.ref,
        "/api/v1/livestreams/{ref}/pins/removal": session.ref,
        "/api/v1/livestreams/{ref}/focus": session.ref,
        "/api/v1/livestreams/{ref}/readings": session.ref,
        "/api/v1/tracking/{token}": order.token,
        "/api/v1/tracking/{token}/cancellation": order.token,
        "/api/v1/lots/{ref}": lot.ref,
        "/api/v1/lots/{ref}/balance": lot.ref,
        "/api/v1/lots/{ref}/events": lot.ref,
        "/api/v1/lots/{ref}/publication": lot.ref,
        "/api/v1/lots/{ref}/publication/end": lot.ref,
        "/api/v1/lots/{ref}/recall-preview": lot.ref,
        "/api/v1/lot-events/{ref}/correction": event.ref,
        "/api/v1/sites/{ref}": site.ref,
        "/api/v1/containers/{ref}": box.ref,
        "/api/v1/stamp-batches/{ref}": stamps.ref,
        "/api/v1/stamp-batches/{ref}/file": stamps.ref,
        "/api/v1/stamp-batches/{ref}/activation": stamps.ref,
        "/api/v1/stamp-batches/{ref}/withdrawal": stamps.ref,
        "/api/v1/markets/{ref}": booth.market.ref,
        "/api/v1/markets/{ref}/booths": booth.market.ref,
        "/api/v1/booths/{ref}/sales": booth.ref,
        "/api/v1/recalls/{ref}": recall.ref,
        "/api/v1/recalls/{ref}/release": recall.ref,
    }
    basket = {"lines": [{"pack": pack.ref, "quantity": "1"}], "parts": {}}
    bodies = {"/api/v1/checkouts/quote": basket}
    headers = {"Authorization": f"Bearer {word}"}
    return SimpleNamespace(
        schema=schema, headers=headers, refs=refs, bodies=bodies, seller=cast.ours.seller.ref
    )


def looks_signed(_ref):
    timestamp = request.headers.get(livestream.TIMESTAMP_HEADER, "")
    has_both = livestream.SIGNATURE_HEADER in request.headers
    return has_both and re.fullmatch("[0-9]{1,12}", timestamp) is not None


def walk(world, mode, *, known):
    """Call every operation, and say which statuses each answered.

    `known`: only those that name a row, with references that exist, so that more than 404 answers.
    """
    schema, refs = world.schema, world.refs
    operations = [found.ok() for found in schema.get_all_operations()]
    if known:
        operations = [o for o in operations if o.path in refs or o.label in WITHOUT_REF]
    return {o.label: statuses(world, o, mode, known=known) for o in operations}


def fill(case, words):
    """Put words that exist where any text would fit the description."""
    if isinstance(case.body, dict):
        for name in words.keys() & case.body.keys():
            case.body[name] = words[name]
    if case.query:
        case.query.pop("cursor", None)


def statuses(world, operation, mode, *, known):
    seen = set()
    fixed = {}
    if known and operation.path in world.refs:
        named = "token" if "{token}" in operation.path else "ref"
        fixed["path_parameters"] = {named: world.refs[operation.path]}
    if known and operation.method in {"patch", "put"}:
        fixed["headers"] = {"If-Match": "*"}

    @steps(known)
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def check(case):
        if known and mode is GenerationMode.POSITIVE:
            words = KNOWN_WORDS | {"seller": world.seller}
            fill(case, words | world.bodies.get(operation.path, {}))
        seen.add(case.call_and_validate(headers=world.headers).status_code)
        db.session.rollback()

    with suppress(Unsatisfiable):  # nothing in it can be wrong
        check()
    return seen


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_operation_keeps_its_description(world, mode):
    seen = walk(world, mode, known=False)
    assert len(seen) == 148
    assert all(status < 500 for statuses in seen.values() for status in statuses)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_so_do_those_that_find_what_they_were_asked_for(world, mode):
    seen = walk(world, mode, known=True)
    assert len(seen) == 131
    if mode is GenerationMode.POSITIVE:
        assert 201 in seen[CREATE] & seen["POST /api/v1/products/{ref}/packs"]
        assert 202 in seen["POST /api/v1/livestreams/{ref}/comments"]
        good = {label for label in seen if 200 in seen[label]}
        asked = {label for label in seen if label.startswith(("GET ", "PATCH "))}
        # What one call does another finds: a session that was closed takes no more words.
        assert len(good) >= (80 if FULL else 79), sorted(seen.keys() - good)
        assert asked | WRITTEN <= good, sorted((asked | WRITTEN) - good)
