"""Background work of reports: the nightly sheets, freezing, the monthly mail."""

from flask import current_app
from sqlalchemy import select

from shop import clock, periods, regions
from shop.accounts.access import SYSTEM
from shop.accounts.models import User
from shop.database import db, transaction
from shop.figures import Scope
from shop.jobs import job
from shop.notifications import send
from shop.reports import briefs, letters, officials, sheets
from shop.reports.models import Sheet

# A month is frozen and mailed from this day of the next one on: until then orders still come late.
SETTLED_DAY = 5


@job("documents", tries=1, timeout_seconds=3600)
def refresh() -> None:
    """Once a Vietnamese day: the sheets of officials' regions that are due."""
    for scope in sheets.due(str(term.area_code) for term in officials.running()):
        with transaction():
            sheets.keep(scope)


@job("documents", tries=1, timeout_seconds=3600)
def settle_month() -> None:
    """From the fifth on: last month of every official's region is frozen, once, and mailed."""
    if clock.today().day < SETTLED_DAY:
        return
    last = periods.month(clock.today()).before()
    for term in officials.running():
        region = regions.get(str(term.area_code))
        if region is None:
            continue
        with transaction():
            sheet = _frozen(Scope(region, last))
            _mail(term.user, term.ref, sheet)


def _frozen(scope: Scope) -> Sheet:
    """The sheet that the system froze of the month; frozen now if there is none."""
    query = select(Sheet).where(
        Sheet.area_code == scope.region.code,
        Sheet.period == scope.period.word,
        Sheet.frozen,
        Sheet.taken_by == SYSTEM.name,
    )
    return db.session.scalar(query) or sheets.freeze(SYSTEM, scope)


def _mail(person: User, ref: str, sheet: Sheet) -> None:
    if not person.email:
        return
    scope = sheets.scope_of(sheet)
    groups = briefs.lines(sheets.measured(sheet), everything=False)
    base_url = current_app.config["SETTINGS"].base_url
    subject, body = letters.monthly(scope, groups, base_url)
    send.mail(person.email, subject, body, once=f"figures:{ref}:{scope.period.word}")
