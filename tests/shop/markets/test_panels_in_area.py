"""The markets of an area stand on its page, and where that is embedded."""

import pytest

from tests import make_markets


@pytest.mark.parametrize("path", ["/vung/thai-nguyen", "/vung-nhung/thai-nguyen/phu-luong"])
def test_an_areas_page_names_its_markets_and_no_others(cast, path):
    here = make_markets.market()
    make_markets.market(name="Chợ Vườn Hoa", commune_code="16378", province_code="38")
    page = cast.visitor.get(path).text
    assert f"/cho/{here.ref}" in page
    assert "Chợ Vườn Hoa" not in page
