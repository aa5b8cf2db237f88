"""The JSON API of sellers."""

from shop.sellers.models import ReviewState
from tests import make, make_tokens


def test_sellers_that_passed_review_are_listed_in_vietnamese_order(cast):
    hidden = make.seller(name="HTX Ẩn", review=ReviewState.WAITING)
    stand_in = make.seller(name="Nhãn hiệu chung", placeholder=True)
    walked = make_tokens.walk(cast.visitor.get, "/api/v1/sellers", limit=1)
    assert walked == [cast.ours.seller.ref, cast.theirs.seller.ref]
    for seller in (hidden, stand_in):
        assert cast.visitor.get(f"/api/v1/sellers/{seller.ref}").status_code == 404


def test_a_seller_tells_nothing_private(cast):
    cast.ours.seller.phone, cast.ours.seller.tax_code = "+84912345678", "4600123456"
    answer = cast.visitor.get(f"/api/v1/sellers/{cast.ours.seller.ref}")
    assert set(answer.json) == {
        *("ref", "name", "kind", "province", "province_code", "commune", "commune_code", "story")
    }
    etag = answer.headers["ETag"]
    same = cast.visitor.get(answer.request.path, headers={"If-None-Match": etag})
    assert same.status_code == 304
