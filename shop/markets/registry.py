"""The register of markets: who keeps one, making and changing it.

A market is no seller's row, so it has a fetch of its own, `get`: platform administrators keep all,
a manager the ones they were named for. Keeping a market shows nobody's takings.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import url_for
from flask_security.recoverable import generate_reset_password_token
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from shop import text
from shop.accounts import audit, members
from shop.accounts.access import Actor, Permission
from shop.accounts.models import AuditEntry, User
from shop.database import db
from shop.errors import NotFound
from shop.markets.errors import MarketThere
from shop.markets.models import Market, MarketManager, Precision
from shop.places import Commune


def kept(actor: Actor) -> Select[Market]:
    """The markets that the actor keeps, by name."""
    query = select(Market).order_by(Market.sort_key, Market.id)
    if actor.may(Permission.OPERATE):
        return query
    mine = select(MarketManager.market_id).where(MarketManager.user_id == actor.user_id)
    return query.where(Market.id.in_(mine))


def get(actor: Actor, ref: str, *, lock: bool = False) -> Market:
    """A market that the actor keeps. Raises NotFound alike for missing and another's."""
    query = kept(actor).where(Market.ref == ref)
    if lock:
        query = query.with_for_update(of=Market).execution_options(populate_existing=True)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound(ref=ref)
    return row


def make(actor: Actor, data: dict[str, Any], commune: Commune) -> Market:
    """A new market; `data` as MarketSchema gives it. Raises MarketThere."""
    row = Market()
    _fill(row, data, commune)
    db.session.add(row)
    made = audit.changes(row)
    _flush(row)
    _note(actor, "market.make", row, {name: pair for name, pair in made.items() if pair[1]})
    return row


def change(actor: Actor, row: Market, data: dict[str, Any], commune: Commune) -> None:
    """Other facts of a locked market. Raises MarketThere."""
    _fill(row, data, commune)
    changed = audit.changes(row)
    _flush(row)
    if changed:
        _note(actor, "market.change", row, changed)


def _note(actor: Actor, action: str, row: Market, changed: dict[str, list[Any]]) -> None:
    audit.write(actor, action, None, row.name, row.ref, changed)


def named(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Reference → name of the managers in a trail, as they are called today: the trail keeps no
    name of theirs, for they may ask to be forgotten."""
    pairs = [entry.changes.get("manager", []) for entry in entries]
    refs = {ref for pair in pairs for ref in pair if ref}
    rows = db.session.execute(select(User.ref, User.name).where(User.ref.in_(refs)))
    return {str(ref): str(name) for ref, name in rows}


def history(row: Market) -> Select[AuditEntry]:
    """Who changed what of the market itself and who may keep it, newest first."""
    query = select(AuditEntry).where(
        AuditEntry.seller_id.is_(None), AuditEntry.subject_ref == row.ref
    )
    return query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())


def _fill(row: Market, data: dict[str, Any], commune: Commune) -> None:
    row.name, row.sort_key = data["name"], text.sort_key(data["name"])
    row.kind, row.about, row.address = data["kind"], data["about"], data["address"]
    row.commune_code, row.province_code = commune.code, commune.province_code
    row.model = data["model"]
    row.started_on, row.started_precision = data["started"] or (None, None)
    row.ended_on, row.closed_on = data["ended_on"], data["closed_on"]
    row.partners = data["partners"]


def _flush(row: Market) -> None:
    try:
        db.session.flush()
    except IntegrityError:  # the commune has one of this name
        raise MarketThere(row.name) from None


def started(on: date | None, precision: str | None) -> str:
    """The start as it is known: "2022", "08/2022" or "15/08/2022"; empty when it is not."""
    if on is None:
        return ""
    if precision == Precision.YEAR:
        return f"{on:%Y}"
    return f"{on:%m/%Y}" if precision == Precision.MONTH else f"{on:%d/%m/%Y}"


def managers(row: Market) -> list[MarketManager]:
    """Who manages a market, oldest first."""
    query = select(MarketManager).where(MarketManager.market_id == row.id)
    return list(db.session.scalars(query.order_by(MarketManager.id)))


def name_manager(actor: Actor, row: Market, name: str, phone: str) -> MarketManager:
    """Let the person with this phone keep the market; who has an account comes in anew.

    Naming them twice is once.
    """
    user = members.person(name, phone=phone)
    there = select(MarketManager).where(
        MarketManager.market_id == row.id, MarketManager.user_id == user.id
    )
    found = db.session.scalar(there)
    if found is not None:
        return found
    members.renew(user)
    manager = MarketManager(market_id=row.id, user_id=user.id)
    db.session.add(manager)
    db.session.flush()
    _note(actor, "market.manager", row, {"manager": [None, user.ref]})
    return manager


def end_manager(actor: Actor, ref: str) -> str:
    """The person keeps the market no more, from their next page on; the market's reference.

    Raises NotFound.
    """
    found = db.session.scalar(select(MarketManager).where(MarketManager.ref == ref))
    if found is None:
        raise NotFound(ref=ref)
    market = db.session.get_one(Market, found.market_id)
    _note(actor, "market.manager_end", market, {"manager": [found.user.ref, None]})
    db.session.delete(found)
    return market.ref


def password_link(user: User) -> str:
    """A one-time address at which a manager sets a password; shown once, to hand over."""
    token = generate_reset_password_token(user)  # type: ignore[no-untyped-call]
    return url_for("security.reset_password", token=token, _external=True)
