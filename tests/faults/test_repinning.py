"""A code that comes to mean other goods while batches are late, repeated and out of order."""

from datetime import timedelta

from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db, transaction
from shop.livestream import broadcasts, pins, waiting
from shop.livestream.models import Claim, ClaimState
from tests import invariants, make, make_livestream, make_money
from tests.make_livestream import START

EACH, THERE = 60, 40


def test_each_comment_is_for_what_its_code_meant_when_it_was_written(
    fresh_database, redis_url, tmp_path
):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction(), app.test_request_context():
            seller = make.seller()
            tea, noodles = (
                make.variant(make.product(seller, name=name), on_hand=THERE)
                for name in ("Chè tôm nõn", "Miến dong")
            )
            with clock.at(START):
                on = make_livestream.live(make_livestream.broadcast(seller), variant=tea)
            with clock.at(START + timedelta(seconds=EACH)):
                data = {"code": "A1", "label": "Miến", "unit": "hộp", "aliases": [], "variants": []}
                pins.pin(SYSTEM, on, data, noodles)
            on_id, key = on.id, broadcasts.ingest_key(on)
            wanted = {tea.id: range(EACH), noodles.id: range(EACH, 2 * EACH)}
        heard = [
            make_livestream.said("A1 x1", at=at, author=f"b{at}", platform_id=f"{at:05d}")
            for at in range(2 * EACH)
        ]
        works = [
            lambda seed=seed: make_livestream.deliver(app, on_id, key, list(heard), seed)
            for seed in range(3)
        ]
        assert sum(make_money.at_once(app, works)) == 2 * EACH
        for variant_id, spoken in wanted.items():
            query = select(Claim).where(Claim.variant_id == variant_id).order_by(Claim.said_at)
            made = db.session.scalars(query).all()
            assert [claim.buyer.author_id for claim in made] == [f"b{at}" for at in spoken]
            waits = [claim for claim in made if claim.state == ClaimState.WAITING]
            assert len(waits) == EACH - THERE
            places = waiting.places(waits)
            assert [places[claim.id] for claim in waits] == list(range(1, EACH - THERE + 1))
        invariants.hold()
