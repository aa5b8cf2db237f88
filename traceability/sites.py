"""Places where goods grow, are made and kept, and the member households that do it."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop import clock, places
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.sellers.models import Seller
from traceability.errors import NameTaken
from traceability.lot_schemas import read_point
from traceability.models import Household, Site


def save(actor: Actor, seller: Seller, said: Mapping[str, Any], row: Site | None = None) -> Site:
    """Add a place of the seller, or change `row`, to what SiteSchema read.

    Raises NameTaken, and BadInput when the words of `where` name no one commune.
    """
    same = select(Site.id).where(Site.seller_id == seller.id, Site.name == said["name"])
    taken = db.session.scalar(same)
    if taken is not None and (row is None or taken != row.id):
        raise NameTaken(said["name"])
    site = row or Site(seller_id=seller.id)
    site.name, site.kind, site.code = said["name"], said["kind"], said["code"] or None
    site.hectares = said["hectares"]
    site.latitude, site.longitude = read_point(said["point"]) or (None, None)
    _settle(site, said["where"])
    _retire(site, said["retired"])
    db.session.add(site)
    audit.note(actor, "site.save", site, site.name)
    return site


def _settle(site: Site, where: str) -> None:
    if where == written(site):
        return
    found = places.read(where).candidates if where else ()
    if where and len(found) != 1:
        raise BadInput({"where": [_unclear([each.full for each in found])]})
    commune = found[0] if found else None
    site.commune_code = commune.code if commune else None
    site.commune = commune.label if commune else None
    province = places.province(commune.province_code) if commune else None
    site.province = province.label if province else None


def _unclear(found: list[str]) -> str:
    if not found:
        return str(_("Không rõ xã nào: ghi xã (phường) và tỉnh, ví dụ xã Tân Cương, Thái Nguyên."))
    offered = "; ".join(found[:5])
    return str(_("Có thể là: %(communes)s. Xin chép lại một tên.", communes=offered))


def written(site: Site) -> str:
    """Commune and province of a place, as they are typed."""
    return ", ".join(filter(None, (site.commune, site.province)))


def save_household(
    actor: Actor, seller: Seller, said: Mapping[str, Any], row: Household | None = None
) -> Household:
    """Add a member household of the seller, or change `row`. Raises NameTaken."""
    same = select(Household.id).where(
        Household.seller_id == seller.id, Household.code == said["code"]
    )
    taken = db.session.scalar(same)
    if taken is not None and (row is None or taken != row.id):
        raise NameTaken(said["code"])
    home = row or Household(seller_id=seller.id)
    # The record names the code, so one that stands there stays.
    home.code = home.code or said["code"]
    home.name, home.shown = said["name"] or None, said["shown"]
    _retire(home, said["retired"])
    db.session.add(home)
    audit.note(actor, "household.save", home, home.code)
    return home


def _retire(row: Site | Household, retired: bool) -> None:
    if retired != (row.retired_at is not None):
        row.retired_at = clock.now() if retired else None


def of(seller_id: int, kept: Site | None = None) -> list[Site]:
    """The places of a seller that are in use, and `kept` even if it no longer is."""
    used = Site.retired_at.is_(None) | (Site.id == (kept.id if kept else None))
    query = select(Site).where(Site.seller_id == seller_id, used)
    return list(db.session.scalars(query.order_by(Site.name)))


def households(seller_id: int, kept: Household | None = None) -> list[Household]:
    """The member households in use, and `kept` even if it no longer is."""
    used = Household.retired_at.is_(None) | (Household.id == (kept.id if kept else None))
    query = select(Household).where(Household.seller_id == seller_id, used)
    return list(db.session.scalars(query.order_by(Household.code)))
