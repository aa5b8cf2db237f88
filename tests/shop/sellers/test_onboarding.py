"""What is missing before a seller is reviewed."""

import pytest

from shop.accounts.access import SYSTEM
from shop.sellers import onboarding
from shop.sellers.errors import NotReady
from shop.sellers.models import ReviewState
from tests import make, make_sellers

FACTS = ["kind", "legal_name", "number", "representative", "phone", "commune"]


def undone(seller):
    return [step.name for step in onboarding.steps(seller) if not step.done]


def test_a_new_seller_has_everything_to_do(cast):
    assert undone(cast.ours.seller) == [*FACTS, "paper", "bank", "story", "product"]


def test_what_is_done_is_no_longer_asked(cast):
    seller = make_sellers.fill(cast.ours.seller)
    assert undone(seller) == ["bank", "story", "product"]
    make.bank_account(seller)
    make.product(seller)
    seller.story = "Ba đời làm chè."
    assert undone(seller) == []


def test_a_registration_number_serves_who_has_no_tax_code(cast):
    seller = make_sellers.fill(cast.ours.seller, tax_code=None, registration_no="12/QĐ-UBND")
    assert "number" not in undone(seller)


def test_a_paper_of_another_kind_does_not_serve(cast):
    seller = make_sellers.fill(cast.ours.seller, kind="craft_village")
    assert "paper" not in undone(seller), "a registration serves"
    seller.kind = "cooperative"
    make_sellers.paper(cast.theirs.seller, kind="other")
    for name, value in make_sellers.WHOLE.items():
        setattr(cast.theirs.seller, name, value)
    assert "paper" in undone(cast.theirs.seller)


def test_nobody_is_put_before_a_reviewer_with_something_required_missing(cast):
    seller = make_sellers.fill(cast.ours.seller, review=ReviewState.DRAFT, phone=None)
    with pytest.raises(NotReady) as refused:
        onboarding.ask(SYSTEM, seller)
    assert refused.value.facts["missing"] == ["Điện thoại"]
    assert seller.review == ReviewState.DRAFT


def test_what_is_only_advised_keeps_nobody_waiting(cast):
    seller = make_sellers.fill(cast.ours.seller, review=ReviewState.DRAFT)
    onboarding.ask(SYSTEM, seller)
    assert seller.review == ReviewState.WAITING


def test_a_name_that_stands_for_nobody_is_not_reviewed(cast):
    seller = make_sellers.fill(cast.ours.seller, review=ReviewState.DRAFT, placeholder=True)
    with pytest.raises(NotReady):
        onboarding.ask(SYSTEM, seller)


def test_many_sellers_take_as_many_questions_as_one(cast, query_count):
    sellers = [make.seller(name=f"HTX {n}") for n in range(9)]
    with query_count() as one:
        onboarding.steps(sellers[0])
    with query_count() as many:
        found = onboarding.steps_of(sellers)
    assert len(found) == 9
    assert len(many) == len(one) == 3
