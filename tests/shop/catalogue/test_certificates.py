"""Which star today, and what happens to a certificate."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.catalogue import certificates, jobs, programme
from shop.catalogue.errors import CannotDecide, NoScan
from shop.catalogue.models import Certificate, CertificateState
from shop.database import db
from shop.errors import BadInput
from shop.outbox import Task
from tests import make, make_certificates

TODAY = date(2026, 11, 23)
ISSUED, EXPIRES = date(2023, 11, 24), date(2026, 11, 24)


@pytest.fixture(autouse=True)
def on_that_day(database):
    with clock.at(datetime(2026, 11, 23, 5, tzinfo=UTC)):
        yield


def changed():
    """Products of whose change other rooms were told, in order."""
    tasks = db.session.scalars(
        select(Task).where(Task.job == "workers.sync.jobs.mark").order_by(Task.id)
    )
    return [task.arguments["product_id"] for task in tasks]


def verify(row):
    make_certificates.scan(row)
    certificates.verify(SYSTEM, row)


def said(**more):
    return {
        "number": "12/QĐ-UBND",
        "score": Decimal("86.5"),
        "criteria_set": "QD148",
        "authority": "UBND tỉnh Thái Nguyên",
        "level": "province",
        "issued_on": date(2025, 6, 26),
        "expires_on": None,
        "covers": [],
    } | more


def test_a_verified_certificate_gives_its_star_and_says_where_from():
    tea = make.product()
    row = make_certificates.certificate(tea)
    assert certificates.star_today(tea) == 4
    assert certificates.in_force(tea) == row
    assert certificates.stars([tea.id]) == {tea.id: 4}
    assert certificates.behind([tea.id]) == {tea.id: row}


@pytest.mark.parametrize(
    ("wall_clock", "star"),
    [
        (datetime(2023, 11, 23, 23, 59), None),
        (datetime(2023, 11, 24, 0, 0), 4),
        (datetime(2026, 11, 24, 23, 59), 4),
        (datetime(2026, 11, 25, 0, 0), None),
    ],
)
def test_the_first_and_the_last_day_are_vietnamese_days(wall_clock, star):
    tea = make.product()
    make_certificates.certificate(tea, issued_on=ISSUED, expires_on=EXPIRES)
    with clock.at(wall_clock.replace(tzinfo=clock.VIETNAM)):
        assert certificates.star_today(tea) == star
        assert certificates.stars([tea.id]) == ({tea.id: star} if star else {})


@pytest.mark.parametrize("state", [CertificateState.WAITING, CertificateState.REFUSED])
def test_what_no_reviewer_verified_gives_no_star(state):
    tea = make.product()
    make_certificates.certificate(tea, state=state)
    assert (certificates.star_today(tea), certificates.stars([tea.id])) == (None, {})


def test_packs_named_by_different_papers_do_not_add_up_to_the_whole_product():
    tea = make.product()
    small, large = make.variant(tea), make.variant(tea, sku="CHE-500")
    make_certificates.certificate(small)
    make_certificates.certificate(large, state=CertificateState.WAITING)
    assert certificates.star_today(tea, small) == 4
    assert (certificates.star_today(tea, large), certificates.star_today(tea)) == (None, None)


def test_press_reports_are_never_a_star():
    tea = make.product(reported={"certificate": {"stars": 5, "expires_on": "2028-06-26"}})
    assert certificates.star_today(tea) is None


def test_another_sellers_certificate_gives_no_star():
    tea = make.product()
    make_certificates.certificate(tea, of=make.seller(name="HTX khác"))
    assert (certificates.star_today(tea), certificates.stars([tea.id])) == (None, {})


def test_of_several_certificates_the_highest_star_in_force_counts():
    tea = make.product()
    make_certificates.certificate(tea, score="75")
    better = make_certificates.certificate(tea, score="92", level="ministry")
    make_certificates.certificate(tea, score="60")
    assert (certificates.star_today(tea), certificates.in_force(tea)) == (5, better)
    assert certificates.stars([tea.id]) == {tea.id: 5}
    assert certificates.behind([tea.id]) == {tea.id: better}
    certificates.withdraw(SYSTEM, better, WITHDRAWAL)
    assert certificates.star_today(tea) == 4


WITHDRAWAL = {"decision": "9/QĐ-UBND", "reason": "ngừng sản xuất", "withdrawn_on": None}


def test_a_certificate_of_one_pack_gives_the_whole_product_no_star():
    tea = make.product()
    box, bag = make.variant(tea), make.variant(tea, pack="túi 1 kg")
    row = make_certificates.certificate(box)
    assert certificates.star_today(tea, box) == 4
    assert certificates.star_today(tea, bag) is None
    assert (certificates.star_today(tea), certificates.stars([tea.id])) == (None, {})
    certificates.correct(SYSTEM, row, said(), [(tea, box), (tea, bag)])
    verify(row)
    assert [certificates.star_today(tea, x) for x in (None, box, bag)] == [4, 4, 4]
    make.variant(tea, pack="lọ 50 g")
    assert certificates.star_today(tea) is None


def test_a_certificate_of_a_product_covers_every_pack_of_it():
    tea = make.product()
    box = make.variant(tea)
    make_certificates.certificate(tea)
    assert certificates.star_today(tea, box) == 4


def test_the_stars_of_many_products_take_one_query(query_count):
    goods = [make.product(name=f"Chè {number}") for number in range(5)]
    make_certificates.certificate(*goods[:3], of=goods[0].seller)
    for each in goods[3:]:
        make_certificates.certificate(each)
    db.session.flush()
    with query_count() as queries:
        found = certificates.stars([each.id for each in goods])
    assert len(queries) == 1
    # The second and third are other sellers' products.
    assert found == {goods[0].id: 4, goods[3].id: 4, goods[4].id: 4}


@st.composite
def papers(draw):
    issued = draw(st.dates(date(2024, 1, 1), date(2026, 6, 1)))
    expires = issued + timedelta(draw(st.integers(1, 1200)))
    extended = draw(st.none() | st.integers(1, 180))
    withdrawn = draw(st.none() | st.integers(0, 1500))
    return {
        "score": str(draw(st.decimals(0, 100, places=2))),
        "issued_on": issued,
        "expires_on": expires,
        "extended_until": extended and expires + timedelta(extended),
        "withdrawn_on": None if withdrawn is None else issued + timedelta(withdrawn),
        "state": draw(st.sampled_from(list(CertificateState))),
        "theirs": draw(st.booleans()),
        "other": draw(st.booleans()),
    }


@given(st.lists(papers(), max_size=3), st.dates(date(2023, 12, 1), date(2030, 1, 1)))
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_star_is_exactly_what_the_papers_in_force_say(database, drawn, day):
    with db.session.begin_nested() as point:
        tea, other, stranger = make.product(), make.product(name="Miến"), make.seller(name="Khác")
        expected = None
        for paper in drawn:
            withdrawn = paper["withdrawn_on"]
            state = paper["state"] if withdrawn is None else CertificateState.WITHDRAWN
            if withdrawn is None and state == CertificateState.WITHDRAWN:
                state = CertificateState.VERIFIED
            values = {
                name: paper[name]
                for name in ("score", "issued_on", "expires_on", "extended_until", "withdrawn_on")
            }
            covered = other if paper["other"] else tea
            owner = stranger if paper["theirs"] else covered.seller
            make_certificates.certificate(covered, of=owner, state=state, **values)
            in_force = (
                state in (CertificateState.VERIFIED, CertificateState.WITHDRAWN)
                and paper["issued_on"] <= day
                and day <= (paper["extended_until"] or paper["expires_on"])
                and (withdrawn is None or day < withdrawn)
                and not paper["theirs"]
                and not paper["other"]
            )
            star = programme.star(Decimal(paper["score"]), paper["issued_on"])
            if in_force and star:
                expected = max(expected or 0, star)
        assert certificates.star_today(tea, on=day) == expected
        assert certificates.stars([tea.id], on=day) == ({tea.id: expected} if expected else {})
        point.rollback()


def test_a_certificate_is_entered_to_be_verified_and_ends_after_36_months():
    tea = make.product()
    row = certificates.enter(SYSTEM, tea.seller, said(), [(tea, None)])
    assert (row.state, row.star, row.expires_on) == ("waiting", 4, date(2028, 6, 26))
    assert certificates.star_today(tea) is None
    assert changed() == []
    with pytest.raises(NoScan):
        certificates.verify(SYSTEM, row)
    verify(row)
    certificates.verify(SYSTEM, row)
    assert certificates.star_today(tea) == 4
    assert changed() == [tea.id]
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["certificate.enter", "certificate.verify"]
    assert entries[1].changes["state"] == ["waiting", "verified"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"score": Decimal("49.99")}, "score"),
        ({"score": Decimal(92)}, "level"),
        ({"score": Decimal(86), "level": "ministry"}, "level"),
        ({"score": Decimal(60), "level": "district", "issued_on": date(2025, 7, 1)}, "level"),
        ({"level": "district", "issued_on": date(2025, 6, 30)}, "level"),
        ({"issued_on": date(2026, 11, 24)}, "issued_on"),
        ({"expires_on": date(2025, 6, 26)}, "expires_on"),
        ({"criteria_set": "QD99"}, "criteria_set"),
    ],
)
def test_what_no_paper_can_say_is_refused(more, field):
    tea = make.product()
    with pytest.raises(BadInput) as refused:
        certificates.enter(SYSTEM, tea.seller, said(**more), [(tea, None)])
    assert list(refused.value.errors) == [field]
    db.session.rollback()
    assert db.session.scalar(select(Certificate)) is None


def test_an_old_three_star_paper_may_be_a_districts():
    tea = make.product()
    old = said(score=Decimal("69.5"), level="district", issued_on=date(2025, 6, 30))
    row = certificates.enter(SYSTEM, tea.seller, old, [(tea, None)])
    assert (row.star, row.level) == (3, "district")


def test_a_certificate_covers_only_products_of_its_seller():
    tea, theirs = make.product(), make.product(make.seller(name="HTX khác"))
    for covers in ([], [(theirs, None)], [(tea, make.variant(theirs))]):
        with pytest.raises(BadInput) as refused:
            certificates.enter(SYSTEM, tea.seller, said(), covers)
        assert list(refused.value.errors) == ["covers"]


def test_the_same_number_is_entered_once():
    tea = make.product()
    certificates.enter(SYSTEM, tea.seller, said(), [(tea, None)])
    with pytest.raises(BadInput) as refused:
        certificates.enter(SYSTEM, tea.seller, said(), [(tea, None)])
    assert list(refused.value.errors) == ["number"]


def test_a_corrected_certificate_gives_no_star_until_it_is_seen_again():
    tea, other = make.product(), make.product(make.seller(name="x"))
    second = make.product(tea.seller, name="Chè đinh")
    row = make_certificates.certificate(tea)
    certificates.correct(SYSTEM, row, said(number="13/QĐ"), [(second, None), (second, None)])
    assert (certificates.star_today(tea), row.state) == (None, "waiting")
    assert [each.product_id for each in row.coverage] == [second.id]
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.changes == {"covers": [["Chè tôm nõn Hảo Đạt"], ["Chè đinh"]]}
    verify(row)
    assert certificates.stars([tea.id, second.id, other.id]) == {second.id: 4}
    assert changed() == [tea.id, second.id]


def test_a_refused_certificate_says_why():
    tea = make.product()
    row = certificates.enter(SYSTEM, tea.seller, said(), [(tea, None)])
    certificates.refuse(SYSTEM, row, "Bản chụp ghi 80 điểm.")
    assert (row.state, row.reason) == ("refused", "Bản chụp ghi 80 điểm.")
    with pytest.raises(CannotDecide):
        certificates.verify(SYSTEM, row)


def test_a_withdrawn_certificate_gives_no_star_the_same_day():
    tea = make.product()
    row = make_certificates.certificate(tea)
    certificates.withdraw(SYSTEM, row, WITHDRAWAL)
    assert (certificates.star_today(tea), row.withdrawn_on, changed()) == (None, TODAY, [tea.id])
    assert certificates.star_today(tea, on=TODAY - timedelta(1)) == 4
    with pytest.raises(CannotDecide):
        certificates.correct(SYSTEM, row, said(), [(tea, None)])


@pytest.mark.parametrize("day", [TODAY + timedelta(1), date(2020, 1, 1)])
def test_a_withdrawal_is_of_a_day_between_issue_and_today(day):
    row = make_certificates.certificate(make.product())
    with pytest.raises(BadInput):
        certificates.withdraw(SYSTEM, row, WITHDRAWAL | {"withdrawn_on": day})


def test_an_extension_ends_at_most_180_days_past_expiry():
    tea = make.product()
    row = make_certificates.certificate(tea, issued_on=ISSUED, expires_on=date(2026, 11, 1))
    assert certificates.star_today(tea) is None
    wanted = {"until": date(2027, 5, 1), "decision": "55/VPĐP"}
    for day in (date(2026, 11, 1), date(2027, 5, 1)):
        with pytest.raises(BadInput):
            certificates.extend(SYSTEM, row, wanted | {"until": day})
    certificates.extend(SYSTEM, row, wanted | {"until": date(2027, 4, 30)})
    assert certificates.star_today(tea) == 4
    assert certificates.star_today(tea, on=date(2027, 4, 30)) == 4
    assert certificates.star_today(tea, on=date(2027, 5, 1)) is None
    assert (row.decision, changed()) == ("55/VPĐP", [tea.id])


def test_at_midnight_in_vietnam_everybody_hears_once_that_it_is_over():
    tea = make.product()
    row = make_certificates.certificate(tea, issued_on=ISSUED, expires_on=EXPIRES)
    make_certificates.certificate(make.product(name="Chè đinh"))
    with clock.at(datetime(2026, 11, 24, 16, 59, 59, tzinfo=UTC)):
        jobs.end_certificates()
    assert changed() == []
    with clock.at(datetime(2026, 11, 24, 17, 0, tzinfo=UTC)):
        jobs.end_certificates()
        jobs.end_certificates()
        assert changed() == [tea.id]
        certificates.extend(SYSTEM, row, {"until": date(2026, 12, 31), "decision": "55"})
    with clock.at(datetime(2026, 12, 31, 17, 0, tzinfo=UTC)):
        jobs.end_certificates()
        jobs.end_certificates()
    assert changed() == [tea.id] * 3


@pytest.mark.parametrize(
    "more",
    [
        {"issued_on": date(2017, 1, 1)},
        {"issued_on": date(2025, 6, 26), "expires_on": date(2099, 12, 31)},
        {"issued_on": date(2026, 11, 24)},
    ],
)
def test_days_that_cannot_be_are_asked_about(more):
    tea = make.product()
    with pytest.raises(BadInput):
        certificates.enter(SYSTEM, tea.seller, said(**more), [(tea, None)])
