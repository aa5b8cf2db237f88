import re

import pytest

from shop.database import db
from tests import make, make_channels
from workers.channels.models import Health, Listing
from workers.marketplaces.protocol import Refused
from workers.sync import lanes, letters
from workers.sync.models import LaneKind, LetterState


@pytest.fixture
def shops(database, market, cast):
    """Two shops: one with a refusal and changes on their way, one with which all is well."""
    row = make.variant(make.product(cast.ours.seller))
    ours = [make_channels.connection(database, market, cast.ours.seller.id) for _ in range(2)]
    for shop in ours:
        listing = Listing(ref=shop.ref, seller_id=shop.seller_id, connection_id=shop.id)
        listing.variant_id = row.id
        db.session.add(listing)
    db.session.commit()
    return ours


def listing_of(shop):
    return db.session.scalars(db.select(Listing).where(Listing.connection_id == shop.id)).one()


def shown(cast, shop):
    """Changes that wait and refusals, as the list tells them of the shop."""
    page = cast.ours.get("/ban-hang/san").text
    [row] = [row for row in page.split('<tr role="row">') if f"/ban-hang/san/{shop.ref}" in row]
    cells = re.findall(r'data-label="([^"]+)".*?<div class="cell-value">(.*?)</div>', row)
    told = {label: re.sub(r"<.*?>", "", value) for label, value in cells}
    return told["Thay đổi đang chờ"], told["Sàn từ chối"]


def test_the_list_says_of_each_shop_what_waits_and_what_was_refused(cast, shops):
    first, second = shops
    listing = listing_of(first)
    lanes.mark([listing.id], [LaneKind.STOCK, LaneKind.PRICE])
    letters.keep(listing, [LaneKind.CONTENT], Refused("error_param", "no"), "Sửa tên.", [])
    db.session.commit()
    assert shown(cast, first) == ("2", "1")
    assert shown(cast, second) == ("0", "0")
    assert (
        f'href="/ban-hang/san/tu-choi?san={first.ref}">1</a>' in cast.ours.get("/ban-hang/san").text
    )


def test_what_is_told_and_answered_is_counted_no_more(cast, shops):
    listing = listing_of(shops[0])
    lanes.mark([listing.id], [LaneKind.STOCK])
    letter = letters.keep(listing, [LaneKind.CONTENT], Refused("error_param", "no"), "Sửa.", [])
    db.session.flush()
    [lane] = lanes.take(shops[0].id, {LaneKind.STOCK: 1})
    lanes.settle({lane.id: lane.wanted}, {lane.id: "x"})
    letter.state = LetterState.MENDED
    db.session.commit()
    assert shown(cast, shops[0]) == ("0", "0")


def test_a_shop_that_is_parked_still_says_what_waits(cast, shops):
    lanes.mark([listing_of(shops[0]).id], [LaneKind.PRICE])
    shops[0].health = Health.NEEDS_RECONNECT
    db.session.commit()
    assert shown(cast, shops[0]) == ("1", "0")
