"""Filters offer what is on sale, at most a minute old."""

from datetime import timedelta

from shop import clock
from shop.storefront import facets
from tests import make


def test_what_the_filters_offer_is_reckoned_once_a_minute(database, query_count, monkeypatch):
    assert facets.sets() == set()
    seller = make.seller(province_code="19")
    make.product(seller, criteria_set="QD26-11")
    with query_count() as asked:
        assert facets.sets() == set()
    assert asked == []
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert facets.sets() == {"QD26-11"}
    assert [area.slug for area in facets.provinces()] == ["thai-nguyen"]
