"""A province with sellers, sales and officials."""

from datetime import UTC, datetime

import pytest

from shop import clock
from shop.accounts.models import Membership, Role
from shop.database import db
from tests import make
from tests.app_fixtures import Person, sign_in

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
TAN_CUONG, PHU_LUONG, ELSEWHERE = "05503", "05611", "16378"


@pytest.fixture
def november(database):
    with clock.at(NOW), database.test_request_context():
        yield NOW


@pytest.fixture
def official(database):
    """A maker of officials of a region."""

    def one(code: str, **more) -> Person:
        user = make.user(name="Cán bộ xã")
        db.session.add(Membership(user_id=user.id, role=Role.OFFICIAL, area_code=code, **more))
        db.session.flush()
        db.session.expire(user)
        return Person(user, sign_in(database, user))

    return one
