"""What a landmark is: made and changed by reviewers, and where its page and its code are."""

from typing import Any

from flask import url_for
from sqlalchemy import Select, select

from shop import clock, places, qr, text
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import NotFound
from shop.landmarks.models import Landmark
from shop.sellers import points


def make(actor: Actor, data: dict[str, Any]) -> Landmark:
    """A new landmark; `data` as LandmarkSchema gives it."""
    row = Landmark(kind=data["kind"], name=data["name"])
    _fill(row, data)
    db.session.add(row)
    db.session.flush()
    audit.write(actor, "landmark.make", None, row.name, row.ref, {"name": [None, row.name]})
    return row


def change(actor: Actor, row: Landmark, data: dict[str, Any]) -> None:
    """Another text, place or video; shown to visitors, or not."""
    _fill(row, data)
    changed = audit.changes(row)
    if changed:
        row.updated_at = clock.now()
        audit.write(actor, "landmark.change", None, row.name, row.ref, changed)


def _fill(row: Landmark, data: dict[str, Any]) -> None:
    for name in ("kind", "name", "words", "commune_code", "video_url"):
        setattr(row, name, data[name])
    row.sort_key, row.shown = text.sort_key(row.name), bool(data["shown"])
    point = data["point"]
    row.latitude, row.longitude = (point.latitude, point.longitude) if point else (None, None)


def values(row: Landmark) -> dict[str, Any]:
    """What stands there, as a form's start."""
    found = {name: getattr(row, name) or "" for name in ("kind", "name", "words", "commune_code")}
    found |= {"video_url": row.video_url or "", "shown": "1" if row.shown else ""}
    if row.latitude is not None and row.longitude is not None:
        found["point"] = points.show(row.latitude, row.longitude)
    return found


def every() -> Select[Landmark]:
    """Every landmark in Vietnamese order."""
    return select(Landmark).order_by(Landmark.sort_key, Landmark.id)


def public() -> Select[Landmark]:
    """Those that visitors may see."""
    return every().where(Landmark.shown)


def get(ref: str, *, lock: bool = False) -> Landmark:
    """A landmark by its reference; who calls has asked for the permission. Raises NotFound."""
    query = every().where(Landmark.ref == ref)
    row = db.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(ref=ref)
    return row


def shown(ref: str) -> Landmark:
    """One that visitors may see. Raises NotFound."""
    row = db.session.scalar(public().where(Landmark.ref == ref))
    if row is None:
        raise NotFound(ref=ref)
    return row


def where(row: Landmark) -> tuple[str, str]:
    """The names of its commune and province today."""
    commune = places.commune(row.commune_code)
    province = places.province(commune.province_code) if commune else None
    return (commune.label if commune else "", province.label if province else "")


def slug(row: Landmark) -> str:
    """The readable end of its address."""
    return text.slug(row.name) or "diem-den"


def path(row: Landmark) -> str:
    """Where its page is."""
    return url_for("sights.sight", ref=row.ref, slug=slug(row))


def paths() -> list[str]:
    """The pages of all that visitors may see, for the sitemap."""
    return [url_for("sights.sights"), *map(path, db.session.scalars(public().limit(2000)))]


def link(row: Landmark) -> str:
    """The short address, whole: what is printed and scanned."""
    return url_for("sights.short", ref=row.ref, _external=True)


def svg(row: Landmark) -> str:
    """The short address as a QR symbol."""
    return qr.svg(link(row))
