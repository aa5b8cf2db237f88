"""What `shop.database` promises of the process, apart from any table."""

import subprocess
import sys

import pytest
from sqlalchemy.exc import IntegrityError

from shop.accounts.models import Delegation, Way
from shop.database import db
from tests import make_community

# Rows that refer to themselves, detached at the very moment the collector takes them.
DETACHED_WHILE_COLLECTED = """
import gc
from sqlalchemy import inspect
from shop.sellers.models import Seller

def state():
    row = Seller()
    row.__dict__["itself"] = row
    held = inspect(row)
    held.session_id = 1
    return held

gc.disable()
held = [state() for _ in range(100)]
for each in held:  # other names take what room is left among the shared ones
    setattr(each, f"name_{id(each)}", 1)
kept = []
for _ in range(50):
    one = state()
    kept.append([{} for _ in range(500)])  # no free dictionary is left to reuse
    gc.set_threshold(1)
    gc.enable()
    one._strong_obj = None
    gc.disable()
    gc.set_threshold(700, 10, 10)
    assert one._strong_obj is None
print("alive")
"""


def test_a_row_may_be_collected_while_its_session_lets_it_go() -> None:
    """CPython 3.11 freed the state's values twice: workers died at random under load."""
    run = subprocess.run(
        [sys.executable, "-c", DETACHED_WHILE_COLLECTED], capture_output=True, text=True
    )
    assert run.stdout == "alive\n", run.stderr


def test_what_a_refused_statement_says_in_a_log_names_nobody(database) -> None:
    helper, seller = make_community.helper(), make_community.seller()
    row = make_community.consent(helper, seller, by="Bà Bí Mật")
    same = {"seller_id": seller.id, "user_id": helper.id, "consenter": "Bà Bí Mật"}
    db.session.add(Delegation(**same, way=Way.PHONE, until=row.until, token="mot-khoa-kin"))
    with pytest.raises(IntegrityError) as caught:
        db.session.flush()
    assert "uq_delegations_open" in str(caught.value)
    assert "Bí Mật" not in str(caught.value)
    assert "mot-khoa-kin" not in str(caught.value)
