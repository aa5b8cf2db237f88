"""Nobody goes live before host, goods, seller and papers are there; each lack is named."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.errors import BadInput
from shop.livestream import broadcasts, checklist, hosts, papers
from shop.livestream.errors import NotReady
from shop.livestream.models import Broadcast
from shop.sellers.models import ReviewState, Seller
from tests import make, make_livestream, make_sellers

TODAY = date(2026, 11, 28)


@pytest.fixture(autouse=True)
def page(database: Any) -> Iterator[None]:
    """A day in November 2026; refusals are worded in the language of a request."""
    with database.test_request_context(), clock.at(datetime(2026, 11, 28, 5, tzinfo=UTC)):
        yield


@pytest.fixture
def session(database: Any) -> Broadcast:
    return make_livestream.ready(make_livestream.broadcast())


def seller_of(session: Broadcast) -> Seller:
    return db.session.get_one(Seller, session.seller_id)


def product(session: Broadcast, name: str, **more: Any) -> Any:
    made = make.product(seller_of(session), name=name, **more)
    make_livestream.pin(session, "B2", make.variant(made))
    return made


def lacking(session: Broadcast) -> list[str]:
    return [step.name for step in checklist.missing(checklist.steps(session))]


def paper(session: Broadcast, holder: str, **more: Any) -> None:
    make_sellers.paper(seller_of(session), holder=holder, **{"kind": "alcohol"} | more)


def test_with_host_goods_and_an_approved_seller_nothing_is_missing(session: Broadcast) -> None:
    assert lacking(session) == []
    broadcasts.go_live(SYSTEM, session)
    assert session.state == "live"


def test_a_fresh_session_is_told_each_thing_and_where_to_mend_it(database: Any) -> None:
    fresh = make_livestream.broadcast()
    found = checklist.missing(checklist.steps(fresh))
    assert [(step.name, step.endpoint, step.values) for step in found] == [
        ("host", "sessions.change", {"ref": fresh.ref}),
        ("pins", "pins.pin", {"ref": fresh.ref}),
    ]


def test_a_seller_that_is_not_approved_does_not_go_live(session: Broadcast) -> None:
    seller_of(session).review = ReviewState.WAITING
    assert lacking(session) == ["seller"]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("waiting", "Đào Thanh Hảo đang chờ người duyệt đối chiếu."),
        ("refused", "Đào Thanh Hảo chưa được nhận: Ảnh mờ"),
        ("ended", "Đào Thanh Hảo không còn dẫn phiên của đơn vị."),
    ],
)
def test_a_host_that_no_reviewer_stands_by_does_not_go_live(
    session: Broadcast, what: str, words: str
) -> None:
    person = make_livestream.host(seller_of(session), checked=False)
    broadcasts.change(SYSTEM, session, {"host": person})
    if what == "refused":
        hosts.refuse(SYSTEM, person, "Ảnh mờ")
    elif what == "ended":
        hosts.end(SYSTEM, person)
    (step,) = checklist.missing(checklist.steps(session))
    assert (step.name, step.why) == ("host", words)
    with pytest.raises(NotReady):
        broadcasts.go_live(SYSTEM, session)
    assert (session.state, session.live_at) == ("planned", None)


def test_codes_without_goods_are_not_enough(database: Any) -> None:
    session = make_livestream.broadcast()
    make_livestream.pin(session, "A1")
    broadcasts.change(SYSTEM, session, {"host": make_livestream.host(seller_of(session))})
    assert lacking(session) == ["pins"]


def test_pinned_goods_that_are_sold_no_more_must_be_mended_first(session: Broadcast) -> None:
    gone = product(session, "Miến dong")
    gone.on_sale = False
    (step,) = checklist.missing(checklist.steps(session))
    assert (step.name, step.label) == ("on_sale", "B2: “Miến dong” đang bán")
    assert (step.endpoint, step.values) == ("catalogue.product", {"ref": gone.ref})


@pytest.mark.parametrize(
    ("name", "criteria_set", "rule"),
    [
        ("Viên nghệ", "QD26-18", "health_food"),
        ("Thực phẩm bảo vệ sức khoẻ cà gai leo", None, "health_food"),
        ("Cao lỏng", "QD26-14", "alcohol"),
        ("Rượu dâu", None, "alcohol"),
        ("Rượu dâu", "QD148", "alcohol"),
        ("Men rượu lá", None, None),
        ("Đậu bìa", None, None),
        ("Giấm từ rượu", "QD26-09", None),
        ("Chè tôm nõn", "QD26-11", None),
    ],
)
def test_a_rule_knows_its_goods_by_their_set_or_else_by_their_name(
    session: Broadcast, name: str, criteria_set: str | None, rule: str | None
) -> None:
    made = product(session, name, criteria_set=criteria_set)
    needed = papers.needed(session, [made], TODAY)
    assert [need.rule.name for need in needed] == ([rule] if rule else [])


def test_health_food_waits_for_its_confirmed_advertising(session: Broadcast) -> None:
    made = product(session, "Viên nghệ", criteria_set="QD26-18")
    (step,) = checklist.missing(checklist.steps(session))
    assert step.label == "Giấy xác nhận nội dung quảng cáo cho “Viên nghệ”"
    assert step.values == {"ref": session.ref, "_anchor": "giay-to"}
    with pytest.raises(NotReady):
        broadcasts.go_live(SYSTEM, session)
    assert session.state == "planned"
    paper(session, f"product:{made.ref}", kind="advertising")
    broadcasts.go_live(SYSTEM, session)
    assert session.state == "live"


@pytest.mark.parametrize("on", ["product", "seller", "broadcast"])
def test_a_paper_may_hang_on_the_goods_their_seller_or_the_session(
    session: Broadcast, on: str
) -> None:
    made = product(session, "Rượu dâu")
    refs = {"product": made.ref, "seller": made.seller.ref, "broadcast": session.ref}
    paper(session, f"{on}:{refs[on]}")
    assert lacking(session) == []


def test_a_paper_of_another_kind_of_another_session_or_run_out_does_not_do(
    session: Broadcast,
) -> None:
    made = product(session, "Rượu dâu")
    paper(session, f"product:{made.ref}", kind="advertising")
    paper(session, f"broadcast:{make_livestream.broadcast().ref}", sha256="2" * 64)
    paper(session, f"seller:{made.seller.ref}", valid_until=TODAY - timedelta(1))
    assert lacking(session) == ["paper"]


def test_a_paper_that_ends_before_the_planned_day_is_told_while_planning(
    session: Broadcast,
) -> None:
    made = product(session, "Rượu dâu")
    paper(session, f"product:{made.ref}", valid_until=TODAY)
    planned_at = datetime(2026, 11, 29, 13, tzinfo=UTC)
    broadcasts.change(SYSTEM, session, {"starts_at": planned_at})
    on = checklist.planned_on(session)
    assert on == date(2026, 11, 29)
    assert [s.name for s in checklist.missing(checklist.steps(session, on))] == ["paper"]
    assert lacking(session) == []


def test_the_gate_is_not_walked_around_on_the_air(session: Broadcast) -> None:
    broadcasts.go_live(SYSTEM, session)
    before, codes = session.host, [pin.code for pin in session.pins]
    with pytest.raises(NotReady) as refused:
        product(session, "Rượu dâu")
    assert refused.value.facts["missing"] == [
        "Giấy phép sản xuất rượu / Giấy phép bán buôn, bán lẻ rượu cho “Rượu dâu”"
    ]
    stranger = make_livestream.host(seller_of(session), checked=False)
    for host in (stranger, None):
        with pytest.raises(BadInput):
            broadcasts.change(SYSTEM, session, {"host": host})
    assert (session.host, [pin.code for pin in session.pins]) == (before, codes)


def test_a_rule_asks_from_its_first_day_on(session: Broadcast) -> None:
    made = product(session, "Rượu dâu")
    asked = [papers.needed(session, [made], day) for day in (date(2026, 6, 30), date(2026, 7, 1))]
    assert [len(needs) for needs in asked] == [0, 1]


def test_every_rule_names_its_source_and_kinds_that_can_be_sent() -> None:
    from shop.sellers.papers import KINDS

    rules = papers.rules(TODAY)
    assert [rule.name for rule in rules] == ["health_food", "alcohol"]
    assert all("122/2025/QH15" in rule.source for rule in rules)
    assert all(set(rule.kinds) <= KINDS.keys() and rule.name in papers.WHY for rule in rules)
