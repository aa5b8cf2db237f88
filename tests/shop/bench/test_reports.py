"""What is measured of reports is right, on a small province."""

from shop import clock, periods
from shop.bench import reports
from shop.database import db
from shop.figures import Scope
from tests import make


def test_figures_of_the_filled_province_equal_plain_sql(database):
    for _seller in range(7):
        make.product(make.seller())
    db.session.commit()
    with database.test_request_context():
        reports.fill(500)
        scope = Scope(reports._region("19"), periods.month(clock.today()).before())
        compared, differing = reports.compare(scope)
    assert differing == 0
    assert compared == 4 * 8
