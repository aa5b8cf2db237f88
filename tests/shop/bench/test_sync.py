"""The measurement of the sync engine tells every change, and reckons with the calls it counted."""

from dataclasses import replace

from sqlalchemy import func, select

from shop import settings
from shop.app import create_app
from shop.bench import sync
from shop.database import db, transaction
from shop.orders.models import Order
from tests import make
from workers.sync.models import Lane


def test_every_change_is_told_within_the_limit(fresh_database, redis_url, tmp_path, monkeypatch):
    for name in ("BARE", "PROBES", "ORDERS"):
        monkeypatch.setattr(sync, name, 5)
    chosen = settings.load({"VAR_DIR": str(tmp_path)})
    chosen = replace(chosen, database_url=fresh_database, redis_url=redis_url)
    app = create_app(chosen)
    with app.app_context():
        with transaction():
            product = make.product(make.seller())
            for _pack in range(20):
                make.variant(product)
        speed = sync.measure(chosen, 20, 10)
        assert 0 < speed.share <= 1.2
        assert min(speed.bare_ms, speed.engine_ms, speed.p50_ms, speed.orders_per_second) > 0
        assert speed.p50_ms <= speed.p99_ms
        told = select(func.count()).where(Lane.kind == "stock", Lane.wanted == Lane.settled)
        assert db.session.scalar(told) == 20
        assert db.session.scalar(select(func.count(Order.id))) == 5
        db.session.remove()
        db.engine.dispose()
    app.extensions["broker"].close()
