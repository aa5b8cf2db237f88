"""What the benchmark of statements says of its seconds."""

from shop.bench.reconcile import Speed


def test_matching_is_what_the_statement_that_names_orders_took_longer():
    speed = Speed(1000, read=0.5, imported=2, taken_in=2.5, peak_mb=8, paid=970, waiting=30)
    read, imported, matched, both, whole = speed.per_second()
    assert (read, imported, matched, both) == (2000, 500, 2000, 400)
    assert round(whole) == 333
