"""The register: markets, who keeps them, booths, and whose account is whose to enter."""

from functools import partial

import pytest
from sqlalchemy import func, select

from shop import clock, places
from shop.accounts import access, delegation
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry, Role, User
from shop.database import db, transaction
from shop.errors import NotFound
from shop.markets import booths, registry
from shop.markets.booths import Place
from shop.markets.errors import AccountNotYours, MarketThere, NumberTaken
from shop.markets.models import Booth, MarketManager
from shop.markets.schemas import MarketSchema
from shop.sellers.models import BankAccount
from tests import make, make_community, make_markets, make_money

ACCOUNT = {"bank_bin": "970436", "account_number": "1012345678", "account_name": "NGUYEN THI THUY"}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("A12", "a-12", True),
        ("Sạp A 12", "A12", True),
        ("012", "12", True),
        ("1-2", "12", False),
        ("A1", "A12", False),
        ("Ki-ốt 5", "kiốt 05", False),
    ],
)
def test_numbers_are_compared_as_people_read_them(one, other, alike):
    assert (booths.number_key(one) == booths.number_key(other)) is alike


def test_numbers_sort_as_people_count():
    said = ["A12", "B1", "A2", "A 1", "10", "9"]
    assert sorted(said, key=booths.number_key) == ["9", "10", "A 1", "A2", "A12", "B1"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2022", ("2022-12-31", "year")),
        ("08/2022", ("2022-08-31", "month")),
        ("2022-08", ("2022-08-31", "month")),
        ("15/8/2022", ("2022-08-15", "day")),
    ],
)
def test_a_start_is_kept_as_far_as_it_is_known(typed, kept):
    form = {"name": "Chợ Đu", "kind": "market", "model": "market_4_0", "started": typed}
    on, precision = MarketSchema().load(form)["started"]
    assert (on.isoformat(), precision) == kept


@pytest.mark.parametrize("typed", ["13/2022", "00/2022", "2199", "1/1/2199", "hôm qua"])
def test_what_is_no_past_day_is_refused(database, typed):
    form = {"name": "Chợ Đu", "kind": "market", "model": "market_4_0", "started": typed}
    with database.test_request_context():
        assert list(MarketSchema().validate(form)) == ["started"]


def test_a_start_without_a_model_is_refused(database):
    with database.test_request_context():
        wrong = MarketSchema().validate({"name": "Chợ Đu", "kind": "market", "started": "2022"})
    assert list(wrong) == ["model"]


def test_two_markets_of_one_name_in_a_commune_are_refused(database):
    make_markets.market()
    data = MarketSchema().load({"name": "Chợ Đu", "kind": "market"})
    with pytest.raises(MarketThere):
        registry.make(SYSTEM, data, places.commune("05611"))


def test_a_manager_keeps_only_their_own_market(database):
    ours, other = make_markets.market(), make_markets.market(name="Chợ Một Ngàn")
    actor = access.of(make_markets.manager(ours))
    booth, theirs = make_markets.booth(ours), make_markets.booth(other)
    assert registry.get(actor, ours.ref) is ours
    assert booths.get(actor, booth.ref) is booth
    for refused in (
        lambda: registry.get(actor, other.ref),
        lambda: booths.get(actor, theirs.ref),
        lambda: booths.own(actor, booth.ref, access.Permission.ORDERS_READ),
    ):
        with pytest.raises(NotFound):
            refused()


def test_a_booth_is_opened_once_by_number_and_free_again_when_the_trader_leaves(database):
    market = make_markets.market()
    first = booths.open(SYSTEM, market, Place("A12", "sap"), make_markets.trader())
    second = make_markets.trader(name="Trần Văn Sử")
    with pytest.raises(NumberTaken):
        booths.open(SYSTEM, market, Place("a-12", "kiosk"), second)
    assert db.session.scalar(select(func.count(Booth.id))) == 1
    booths.close(SYSTEM, first)
    booths.close(SYSTEM, first)
    again = booths.open(SYSTEM, market, Place("A12", "kiosk"), second)
    assert (first.closed_on, again.seller_id) == (clock.today(), second.id)
    kept = select(AuditEntry.action).where(AuditEntry.seller_id == first.seller_id)
    assert db.session.scalars(kept.order_by(AuditEntry.id)).all() == ["booth.open", "booth.close"]


def test_a_keeper_enters_the_first_account_of_a_trader_nobody_signs_in_for(database):
    booth = make_markets.booth()
    keeper = access.of(make_markets.manager(booth.market))
    account = booths.enter_account(keeper, booth, ACCOUNT)
    assert booths.payee(booth) is account
    with pytest.raises(AccountNotYours):
        booths.enter_account(keeper, booth, ACCOUNT | {"account_number": "999999"})
    assert db.session.scalar(select(func.count(BankAccount.id))) == 1


def test_a_trader_who_signs_in_enters_the_account_alone(database):
    booth = make_markets.booth()
    keeper = access.of(make_markets.manager(booth.market))
    owner = access.of(make.member(booth.seller, role=Role.OWNER))
    with pytest.raises(AccountNotYours):
        booths.enter_account(keeper, booth, ACCOUNT)
    assert booths.payee(booth) is None
    assert booths.enter_account(owner, booth, ACCOUNT).account_number == "1012345678"


def test_who_helps_a_seller_never_enters_its_account_though_they_keep_the_market(database):
    helper = make_community.helper()
    helped = make_community.seller()
    row = make_community.consent(helper, helped)
    booth = make_markets.booth(seller=helped)
    db.session.add(MarketManager(market_id=booth.market_id, user_id=helper.id))
    db.session.flush()
    with pytest.raises(AccountNotYours):
        booths.enter_account(access.of(helper), booth, ACCOUNT)
    delegation.end(access.of(helper), row)
    db.session.expire(helper)
    with pytest.raises(AccountNotYours):
        booths.enter_account(access.of(helper), booth, ACCOUNT)
    assert booths.payee(booth) is None


def test_a_booth_may_have_an_account_of_its_own_and_never_somebody_elses(database):
    booth = make_markets.booth()
    main, own = make.bank_account(booth.seller), make.bank_account(booth.seller)
    assert booths.payee(booth) is main
    booths.use_account(SYSTEM, booth, own)
    assert booths.payee(booth) is own
    with pytest.raises(NotFound):
        booths.use_account(SYSTEM, booth, make.bank_account(make.seller()))
    own.active = False
    assert booths.payee(booth) is main


def enter_once(keeper_id, booth_id, number):
    actor = access.of(db.session.get_one(User, keeper_id))
    with transaction():
        row = db.session.get_one(Booth, booth_id)
        return booths.enter_account(actor, row, ACCOUNT | {"account_number": number}).account_number


def test_of_two_accounts_entered_at_once_one_is_the_first(fresh_database, redis_url, tmp_path):
    with make_money.app_on(fresh_database, redis_url, tmp_path) as app:
        with transaction():
            booth = make_markets.booth()
            keeper, row = make_markets.manager(booth.market).id, booth.id
        works = [partial(enter_once, keeper, row, f"10{at}") for at in range(4)]
        told = make_money.at_once(app, works)
        assert told.count("AccountNotYours") == 3
        assert db.session.scalar(select(func.count(BankAccount.id))) == 1
