from dataclasses import replace
from datetime import timedelta

import pytest

from shop import clock
from traceability import verdicts
from traceability.resolver import NOTHING, Found, LotFacts, StampFacts
from traceability.stamp_models import StampState
from traceability.verdicts import WORDS, Finding

LOT = replace(
    LotFacts(1, "LOT", "CH1", "", None, None, None, None, None, False), published_at=clock.now()
)
STAMP = StampFacts(1, "7Q2M9K4T", StampState.ACTIVE, None, 0, None, None, 1, False)
GOODS = Found(1, "P", 1, lot=LOT, stamp=STAMP)


def goods(*, lot=None, **stamp):
    return replace(GOODS, lot=replace(LOT, **(lot or {})), stamp=replace(STAMP, **stamp))


RECALLED = {"recalled_at": clock.now(), "recall_reason": "Có vật lạ"}
EXPIRED = {"expires_on": clock.today() - timedelta(1)}


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (NOTHING, Finding.UNKNOWN),
        (goods(), Finding.GENUINE),
        (goods(lot={"published_at": None}), Finding.NOT_PUBLIC),
        (goods(state=StampState.PRINTED), Finding.NOT_ACTIVE),
        (goods(suspect="places"), Finding.SUSPICIOUS),
        (goods(suspect=verdicts.CLEARED), Finding.GENUINE),
        (goods(lot={"expires_on": clock.today()}), Finding.GENUINE),
        (goods(lot=EXPIRED, suspect="places"), Finding.EXPIRED),
        (goods(lot=EXPIRED, state=StampState.PRINTED), Finding.NOT_ACTIVE),
        (goods(lot=EXPIRED | RECALLED, suspect="places"), Finding.RECALLED),
        (goods(lot=RECALLED, state=StampState.PRINTED), Finding.RECALLED),
        (goods(lot=RECALLED, state=StampState.VOID), Finding.VOID),
        (goods(state=StampState.DAMAGED), Finding.DAMAGED),
        (goods(state=StampState.LOST), Finding.LOST),
        (replace(GOODS, stamp=None), Finding.LOT),
        (replace(GOODS, stamp=None, lot=replace(LOT, **RECALLED)), Finding.RECALLED),
        (replace(GOODS, stamp=None, lot=replace(LOT, **EXPIRED)), Finding.EXPIRED),
        (replace(GOODS, stamp=None, lot=None), Finding.PRODUCT),
    ],
)
def test_the_worst_that_holds_is_said(found, finding):
    assert verdicts.judge(found).finding is finding


def test_each_verdict_has_words_and_none_says_a_bare_valid(database):
    with database.test_request_context():
        assert set(WORDS) == set(Finding)
        assert len({str(words.title) for words in WORDS.values()}) == len(Finding)
        assert len({str(words.advice) for words in WORDS.values()}) == len(Finding)
        assert not [words for words in WORDS.values() if "hợp lệ" in str(words.title).lower()]


def test_the_seven_verdicts_on_an_item_have_seven_tones():
    seven = ("genuine", "not_active", "unknown", "void", "expired", "recalled", "suspicious")
    assert len({WORDS[Finding(each)].tone for each in seven}) == 7


def test_only_goods_without_a_fault_are_shown_at_their_best():
    trusted = {finding for finding in Finding if verdicts.Verdict(finding, NOTHING).trusted}
    assert trusted == {Finding.GENUINE, Finding.LOT, Finding.PRODUCT}
