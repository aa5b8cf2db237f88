"""Which papers the law asks of whom."""

from datetime import date

import pytest

from shop.media.models import Document
from shop.sellers import papers
from shop.sellers.models import SellerKind

TODAY = date(2026, 11, 23)


def test_every_kind_of_a_rule_has_a_name_and_every_rule_a_source():
    for rule in (*papers.RULES, *papers.ADVISED):
        assert set(rule.kinds) <= papers.KINDS.keys()
        assert rule.source


@pytest.mark.parametrize("kind", list(SellerKind))
def test_every_kind_of_seller_is_asked_for_one_paper_since_the_e_commerce_law(kind):
    assert len(papers.asked(kind, TODAY)) == 1
    assert papers.asked(kind, date(2026, 6, 30)) == []


def test_a_craft_village_shows_its_recognition():
    (rule,) = papers.asked(SellerKind.CRAFT_VILLAGE, TODAY)
    assert rule.kinds == ("village", "registration")


def test_a_seller_of_unknown_kind_is_asked_for_nothing_yet():
    assert papers.asked(None, TODAY) == []


def test_a_paper_counts_to_its_last_day():
    (rule,) = papers.asked(SellerKind.COOPERATIVE, TODAY)
    paper = Document(kind="registration", valid_until=TODAY)
    assert papers.meets(rule, [paper], TODAY)
    paper.valid_until = date(2026, 11, 22)
    assert not papers.meets(rule, [paper], TODAY)
    assert not papers.meets(rule, [Document(kind="other")], TODAY)


def test_no_kind_is_a_picture_of_an_identity_card():
    assert not [name for name in papers.KINDS.values() if "căn cước" in str(name).lower()]
