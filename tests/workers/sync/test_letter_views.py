import pytest
from sqlalchemy import func, select

from shop.database import db
from shop.outbox import Task
from tests import make, make_channels
from workers.channels import listings
from workers.channels.models import Listing
from workers.marketplaces.protocol import Refused
from workers.sync import lanes, letters
from workers.sync.models import Lane, LaneKind, Letter


@pytest.fixture
def shop(market, database, cast):
    """A shop that refused the price of two packs for one cause, and a third for another."""
    connection = make_channels.connection(database, market, cast.ours.seller.id)
    for sku in ("A1", "A2", "B1"):
        make.variant(make.product(cast.ours.seller, name=f"Chè {sku}"), sku=sku)
    listings.link_all(connection)
    db.session.flush()
    rows = db.session.scalars(select(Listing).order_by(Listing.id)).all()
    lanes.mark([row.id for row in rows], [LaneKind.PRICE])
    for row in rows:
        code = "error_price" if row.variant.sku.startswith("A") else "error_image"
        hint = f"Sửa cho đúng ({code})."
        lane = db.session.scalars(select(Lane).where(Lane.listing_id == row.id)).one()
        lanes.refuse({lane.id: lane.wanted}, hint)
        db.session.refresh(lane)
        lanes.review(row)
        letters.keep(row, [LaneKind.PRICE], Refused(code, "nói vậy"), hint, [])
    db.session.commit()
    return connection


def letter(sku):
    query = select(Letter).join(Listing, Listing.id == Letter.listing_id)
    query = query.join(make.Variant, make.Variant.id == Listing.variant_id)
    return db.session.scalars(query.where(make.Variant.sku == sku)).one()


def standing():
    """SKU → state of its letter, and whether its lane is open again."""
    rows = db.session.execute(
        select(make.Variant.sku, Letter.state, Lane.wanted > Lane.settled)
        .join(Listing, Listing.variant_id == make.Variant.id)
        .join(Letter, Letter.listing_id == Listing.id)
        .join(Lane, Lane.listing_id == Listing.id)
        .order_by(make.Variant.sku)
    )
    return {sku: (state, open_again) for sku, state, open_again in rows}


WAITING = {"A1": ("open", False), "A2": ("open", False), "B1": ("open", False)}


def pushes():
    query = select(func.count(Task.id)).where(Task.job == "workers.sync.jobs.push")
    return db.session.scalar(query)


def test_refusals_are_grouped_by_cause_with_what_to_do(cast, shop):
    page = cast.ours.get("/ban-hang/san/tu-choi").text
    first, second = page.index("Sửa cho đúng (error_price)."), page.index("(error_image).")
    assert first < second
    assert page.count('class="number"><div class="cell-value">2</div>') == 1
    assert page.count('class="number"><div class="cell-value">1</div>') == 1


def test_one_cause_shows_its_listings_and_where_to_mend_them(cast, shop):
    page = cast.ours.get(f"/ban-hang/san/tu-choi/{shop.ref}?ma=error_price").text
    assert "Chè A1" in page
    assert "Chè A2" in page
    assert "Chè B1" not in page
    assert f"/ban-hang/san/san-pham/{letter('A1').listing.ref}" in page
    assert f"/ban-hang/san-pham/{letter('A1').listing.variant.product.ref}" in page


def test_retrying_one_opens_its_lane_and_no_other(cast, shop):
    assert (
        cast.ours.post(f"/ban-hang/san/tu-choi/thu/{letter('A1').ref}/gui-lai").status_code == 303
    )
    assert standing() == WAITING | {"A1": ("retried", True)}
    assert letter("A1").closed_by == "Đào Thanh Hảo"
    assert pushes() == 1


def test_retrying_a_cause_opens_all_its_lanes(cast, shop):
    answer = cast.ours.post(f"/ban-hang/san/tu-choi/{shop.ref}", {"code": "error_price"})
    assert answer.status_code == 303
    assert standing() == WAITING | {"A1": ("retried", True), "A2": ("retried", True)}
    assert pushes() == 1


def test_what_is_ignored_is_said_no_more(cast, shop):
    cast.ours.post(f"/ban-hang/san/tu-choi/thu/{letter('B1').ref}/bo-qua")
    assert standing() == WAITING | {"B1": ("ignored", False)}
    assert "error_image" not in cast.ours.get("/ban-hang/san/tu-choi").text
    assert letter("B1").listing.trouble is None


def test_what_was_answered_already_is_not_answered_twice(cast, shop):
    url = f"/ban-hang/san/tu-choi/thu/{letter('A1').ref}"
    cast.ours.post(f"{url}/bo-qua")
    assert cast.ours.post(f"{url}/gui-lai").status_code == 404
    assert standing()["A1"] == ("ignored", False)


def test_another_seller_finds_and_changes_nothing(cast, shop):
    url = "/ban-hang/san/tu-choi"
    answers = [
        cast.theirs.get(f"{url}/{shop.ref}?ma=error_price"),
        cast.theirs.get(f"{url}?san={shop.ref}"),
        cast.theirs.post(f"{url}/{shop.ref}", {"code": "error_price"}),
        cast.theirs.post(f"{url}/thu/{letter('A1').ref}/gui-lai"),
        cast.theirs.post(f"{url}/thu/{letter('A1').ref}/bo-qua"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert "error_price" not in cast.theirs.get(url).text
    assert standing() == WAITING


def test_what_was_never_sent_is_counted_apart(cast, shop):
    make.variant(make.product(cast.ours.seller, name="Chè thiếu ảnh"), sku="C1")
    listings.link_all(shop)
    row = db.session.scalars(select(Listing).order_by(Listing.id.desc())).first()
    row.state, row.trouble = "failed", "Sàn đòi ít nhất 1 ảnh."
    db.session.commit()
    page = cast.ours.get("/ban-hang/san/tu-choi").text
    assert "1 sản phẩm chưa gửi được vì còn thiếu thông tin" in page
