"""A trader was erased: the booth is free, and no file of the market names them any more."""

import pytest
from flask import current_app

from shop import clock
from shop.markets import jobs
from shop.markets.models import BoothImport, PlateRun
from tests import make, make_markets


def stored(key):
    current_app.extensions["storage"].put(key, b"Nguyen Thi Thuy 1012345678", "application/pdf")
    return key


@pytest.fixture
def market(database):
    return make_markets.market()


@pytest.fixture
def thuy(market):
    return make_markets.booth(market, number="A12")


def test_the_booth_is_free_for_the_next_one(thuy):
    jobs.forget_trader(thuy.seller_id)
    assert thuy.closed_on == clock.today()


def test_tables_and_plates_of_the_market_go_with_their_files(market, thuy, run_tasks):
    by = make.user()
    shown = BoothImport(market_id=market.id, requested_by=by.id, filename="cho.xlsx")
    shown.file_key, shown.state = stored("imports/one.xlsx"), "shown"
    shown.changes = [["A12", "mở mới cho Nguyễn Thị Thúy; 0912 345 678"]]
    done = BoothImport(market_id=market.id, requested_by=by.id, filename="cu.xlsx")
    done.file_key, done.state, done.changes = stored("imports/two.xlsx"), "done", shown.changes
    run = PlateRun(market_id=market.id, requested_by=by.id, paper="a5", state="done", total=1)
    run.file_key = stored("plates/one.pdf")
    make_markets.save(shown, done, run)

    jobs.forget_trader(thuy.seller_id)
    run_tasks()

    assert (shown.state, shown.changes, done.state, done.changes) == ("failed", [], "done", [])
    assert (run.state, run.file_key) == ("failed", None)
    storage = current_app.extensions["storage"]
    keys = ("imports/one.xlsx", "imports/two.xlsx", "plates/one.pdf")
    assert [storage.exists(key) for key in keys] == [False, False, False]


def test_what_another_market_keeps_stays(thuy, run_tasks):
    elsewhere = make_markets.market(name="Chợ Giang Tiên")
    run = PlateRun(market_id=elsewhere.id, requested_by=make.user().id, paper="a5", state="done")
    run.file_key = stored("plates/other.pdf")
    make_markets.save(run)
    jobs.forget_trader(thuy.seller_id)
    run_tasks()
    assert run.file_key == "plates/other.pdf"
