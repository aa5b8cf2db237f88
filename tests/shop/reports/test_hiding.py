"""Small groups are hidden, and cannot be reckoned from what is shown."""

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, integers, sampled_from

from shop.accounts.access import SYSTEM
from shop.reports import briefs, consents, hiding, kpis
from shop.reports.kpis import Cell, Measured
from tests import make_reports
from tests.shop.reports.conftest import PHU_LUONG, TAN_CUONG

pytestmark = pytest.mark.usefixtures("november")
DAI_PHUC = "05488"


def measured(name="orders.transactions"):
    return kpis.measure(kpis.get(name), make_reports.scope())


def line(name="orders.transactions", *, everything=False):
    return briefs.line(kpis.get(name), measured(name), everything=everything)


def sellers(commune, many, orders=1):
    found = [make_reports.seller(commune) for _seller in range(many)]
    for seller in found:
        for _order in range(orders):
            make_reports.order(seller)
    return found


def shown(bars):
    return {bar.word: bar.top for bar in bars}


def test_fewer_than_five_sellers_are_hidden_and_five_are_shown():
    sellers(TAN_CUONG, 4)
    few = line()
    assert (few.hidden, few.top, few.shown) == (True, None, "dưới 5 đơn vị, không nêu")
    sellers(TAN_CUONG, 1)
    assert (line().hidden, line().top) == (False, 5)


def test_nobody_is_no_small_group():
    assert (line().hidden, line().top) == (False, 0)


def test_who_sees_all_sees_small_groups_too():
    sellers(TAN_CUONG, 1)
    assert line(everything=True).top == 1


def test_many_sales_to_few_buyers_are_hidden():
    for seller in [make_reports.seller() for _seller in range(6)]:
        make_reports.order(seller, buyer=1)
    assert line().hidden


def test_a_hidden_part_takes_the_smallest_other_with_it():
    """Else it were the total less the others."""
    sellers(TAN_CUONG, 3)
    sellers(PHU_LUONG, 9)
    sellers(DAI_PHUC, 6)
    found = line()
    assert found.top == 18
    assert shown(found.communes) == {TAN_CUONG: None, DAI_PHUC: None, PHU_LUONG: 9}


def test_one_seller_in_several_channels_is_no_group():
    """Else the total less the shown channels were all that they sold beside the shop."""
    sellers(TAN_CUONG, 20)
    one = make_reports.seller()
    for source in ("phone", "zalo", "counter", "other"):
        make_reports.order(one, source=source)
    assert set(shown(line().splits).values()) == {None}


def test_three_sellers_in_two_channels_are_three():
    sellers(TAN_CUONG, 20)
    for seller in sellers(TAN_CUONG, 6):
        make_reports.order(seller, source="counter")
    for _seller in range(3):
        both = make_reports.seller()
        for source in ("phone", "zalo"):
            make_reports.order(both, source=source)
    assert shown(line().splits) == {"storefront": 26, "counter": None, "phone": None, "zalo": None}


def test_which_part_is_small_and_which_is_hidden_beside_it_stands_nowhere():
    sellers(TAN_CUONG, 3)
    sellers(PHU_LUONG, 9)
    sellers(DAI_PHUC, 6)
    said = {bar.shown for bar in line().communes if bar.hidden}
    assert said == {"không nêu, để giữ kín số của từng người"}


def test_a_hidden_part_has_no_place_in_the_ranking():
    sellers(TAN_CUONG, 2, orders=50)
    sellers(PHU_LUONG, 9)
    sellers(DAI_PHUC, 6)
    assert [bar.word for bar in line().communes] == [PHU_LUONG, DAI_PHUC, TAN_CUONG]
    assert [bar.percent for bar in line().communes] == [100, 0, 0]


def test_who_agrees_to_be_seen_makes_no_group_small():
    for seller in sellers(TAN_CUONG, 3):
        consents.give(SYSTEM, seller.id, seller.name)
    assert line().top == 3
    sellers(TAN_CUONG, 1)
    assert line().hidden


def test_a_consent_that_ended_hides_again():
    for seller in sellers(TAN_CUONG, 3):
        consents.give(SYSTEM, seller.id, seller.name)
        consents.end(SYSTEM, seller.id, seller.name)
    assert line().hidden


def test_a_share_of_few_is_hidden():
    """One of twenty: the one would know itself, and so would the neighbours."""
    for at, seller in enumerate([make_reports.seller() for _seller in range(20)]):
        make_reports.product(seller)
        if at == 0:
            make_reports.order(seller)
    assert line("orders.selling_share").hidden


def test_what_anybody_can_count_in_the_shop_is_never_hidden():
    make_reports.product(make_reports.seller())
    assert line("sellers.passed").top == 1


def test_the_rows_behind_are_those_of_who_agreed():
    open_one, closed = sellers(TAN_CUONG, 2)
    consents.give(SYSTEM, open_one.id, open_one.name)
    figure, scope = kpis.get("orders.selling_sellers"), make_reports.scope()
    for seller in (open_one, closed):
        make_reports.product(seller)
    rows = kpis.db.session.execute(kpis.rows(figure, scope, consented=True)).all()
    assert [row.label for row in rows] == [open_one.name]


PARTS = dictionaries(sampled_from("abcdefgh"), integers(0, 12), min_size=1)


@given(PARTS)
def test_no_hidden_part_can_be_reckoned_from_the_rest(people):
    """Whatever the parts: with the total shown, those hidden are two or more, and five people."""
    cells = tuple(Cell(word, many, None, many, many) for word, many in sorted(people.items()))
    every = sum(people.values())
    found = Measured("x", Cell("", every, None, every, every), cells, ())
    figure = kpis.get("orders.transactions")
    away = hiding.hidden(figure, found, cells)
    few = {word for word, many in people.items() if 0 < many < hiding.LEAST}
    assert few <= away
    if few and not hiding.total_hidden(figure, found):
        assert len(away) > 1
        # All of them may be the same people.
        assert max(people[word] for word in away) >= hiding.LEAST or away == {
            word for word, many in people.items() if many
        }
