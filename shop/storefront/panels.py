"""What the storefront lends to other rooms' pages."""

from flask import render_template

from shop import gazetteer
from shop.storefront import areas, discovery


def of_region(province_code: str, commune_code: str) -> str:
    """Where anybody sees an area of today, and how another site shows it."""
    commune = gazetteer.commune(commune_code)
    found = areas.of_code(commune.province_code if commune else province_code, commune_code)
    if found is None:
        return ""
    url = discovery.area_path(found)
    return render_template("area_pages/of_region.html", area=found, url=url)
