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
from shop.periods import Period
from shop.reports import briefs, consents, letters, nights, officials, sheets
from shop.reports.models import Sheet
from shop.sellers.models import Seller

# A month is frozen and mailed from this day of the next one on: until then orders still come late.
SETTLED_DAY = 5


@job("documents", tries=1, timeout_seconds=3600)
def refresh() -> None:
    """Mark the sheets whose sales changed; once a Vietnamese day reckon officials' regions anew."""
    with transaction():
        if not nights.alone():
            return
        nights.carry()
    codes = [str(term.area_code) for term in officials.running()]
    scopes = dict.fromkeys([*sheets.due(codes), *sheets.lacking(codes)])
    for together in nights.groups(scopes):
        with transaction():
            if not nights.alone():
                return
            nights.keep(together)


@job("default")
def end_consent(seller_id: int) -> None:
    """A seller was erased, and what it agreed to with it."""
    with transaction():
        seller = db.session.get_one(Seller, seller_id, with_for_update=True)
        consents.end(SYSTEM, seller.id, seller.name)


@job("documents", tries=1, timeout_seconds=3600)
def settle_month() -> None:
    """From the fifth on: last month of every official's region is frozen, once, and mailed."""
    if clock.today().day < SETTLED_DAY:
        return
    last = periods.month(clock.today()).before()
    terms = officials.running()
    _freeze_all({str(term.area_code) for term in terms}, last)
    for term in terms:
        region = regions.get(str(term.area_code))
        if region is None:
            continue
        with transaction():
            sheet = _frozen(Scope(region, last))
            _mail(term.user, term.ref, sheet)


def _freeze_all(codes: set[str], period: Period) -> None:
    """What the system has not frozen of the period, all regions of a province at once."""
    query = select(Sheet.area_code).where(
        Sheet.period == period.word, Sheet.frozen, Sheet.taken_by == SYSTEM.name
    )
    left = codes - set(db.session.scalars(query))
    scopes = [Scope(region, period) for code in sorted(left) if (region := regions.get(code))]
    for together in nights.groups(scopes):
        with transaction():
            nights.freeze(SYSTEM, together)


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
    scope = sheets.scope_of(sheet)
    once = f"figures:{ref}:{scope.period.word}"
    if not person.email or send.is_mailed(once):
        return
    today = sheets.as_read_today(sheet)
    groups = briefs.of_sheet(sheet, everything=False, today=today)
    base_url = current_app.config["SETTINGS"].base_url
    subject, body = letters.monthly(scope, groups, base_url)
    send.mail(person.email, subject, body, once=once)
