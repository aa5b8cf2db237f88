"""Open data: what anybody may count, with documented columns, and nothing else."""

import csv
from io import StringIO

import pytest

from shop.reports import exports
from tests import make_reports
from tests.shop.reports.conftest import TAN_CUONG

pytestmark = pytest.mark.usefixtures("november")
CSV = "/du-lieu-mo/19/2026-10.csv"


def rows(client):
    return list(csv.DictReader(StringIO(client.get(CSV).data.decode("utf-8-sig"))))


def test_the_csv_has_the_documented_columns_for_the_region_and_each_commune(cast):
    for _seller in range(2):
        make_reports.product(make_reports.seller())
    found = [row for row in rows(cast.visitor) if row["figure"] == "sellers.passed"]
    assert list(found[0]) == [name for name, _words in exports.COLUMNS]
    assert [(row["part_code"], row["part"], row["value"]) for row in found] == [
        ("", "", "2"),
        (TAN_CUONG, "Xã Tân Cương", "2"),
    ]


def test_nothing_of_sales_is_open(cast):
    for _seller in range(9):
        seller = make_reports.seller()
        make_reports.product(seller)
        make_reports.order(seller)
    names = {row["figure"].split(".")[0] for row in rows(cast.visitor)}
    assert names == {"sellers", "catalogue", "certificates", "channels", "markets", "community"}


def test_the_json_says_the_same_and_what_the_columns_are(cast):
    make_reports.product(make_reports.seller())
    answer = cast.visitor.get("/du-lieu-mo/19/2026-10.json")
    assert answer.json["columns"].keys() == dict(exports.COLUMNS).keys()
    assert [str(row["value"]) for row in answer.json["rows"]] == [
        row["value"] for row in rows(cast.visitor)
    ]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["99/2026-10.csv", "19/2026-13.csv", "19/2027.json"])
def test_what_is_no_region_or_period_is_not_found(cast, path):
    assert cast.visitor.get(f"/du-lieu-mo/{path}").status_code == 404


def test_the_page_names_every_column(cast):
    page = cast.visitor.get("/du-lieu-mo").text
    assert all(name in page for name, _words in exports.COLUMNS)
