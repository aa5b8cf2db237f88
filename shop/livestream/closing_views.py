"""Back office: what a session came to, the rows behind each figure, and a spreadsheet of it."""

from datetime import UTC, datetime

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages, spreadsheets
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import NotFound
from shop.livestream import closing, comments, session_charts, session_lists, session_sheets
from shop.livestream.models import Broadcast

bp = Blueprint("livestream_results", __name__, url_prefix="/ban-hang/livestream/<ref>/ket-qua")

# What narrows the rows of a figure, as it stands in an address; ITSELF: what the reader did alone.
GOODS, HELPER, MINUTE = "hang", "nguoi", "phut"
ITSELF = "may"
MINUTE_FORM = "%Y-%m-%dT%H:%M"


@bp.get("")
@access.signed_in
def results(actor: Actor, ref: str) -> ResponseReturnValue:
    """All figures of a session; preliminary until it is closed."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    report = closing.report(row)
    return pages.page(
        "livestream_results/results.html",
        broadcast=row,
        report=report,
        over=closing.over(row),
        chain=closing.CHAIN,
        kinds=closing.KINDS,
        minutes=session_charts.minutes(report.minutes),
        minute_word=lambda at: clock.vietnam(at).strftime(MINUTE_FORM),
        itself=ITSELF,
        may_run=actor.may(Permission.LIVESTREAM_RUN, row.seller_id),
    )


@bp.get("/<name>")
@access.signed_in
def figure(actor: Actor, ref: str, name: str) -> ResponseReturnValue:
    """The rows behind one figure, and what they come to."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    if name not in closing.LABELS:
        raise NotFound
    narrow, word = _narrow(row)
    query = session_lists.rows(row, name, narrow)
    counted, quantity, total_vnd = session_lists.summed(query)
    number = pages.asked_number()
    found = db.session.execute(
        query.limit(pages.PAGE_SIZE).offset((number - 1) * pages.PAGE_SIZE)
    ).all()
    return pages.page(
        "livestream_results/figure.html",
        broadcast=row,
        label=closing.LABELS[name],
        narrowed=word,
        page=pages.Page(list(found), number, counted, pages.PAGE_SIZE),
        counted=counted,
        quantity=quantity,
        total_vnd=total_vnd,
        money=not name.startswith(("said_", "comments", "handled", "to_review")),
        behind=lambda subject: _behind(actor, subject),
        hidden=comments.hidden,
    )


def _narrow(row: Broadcast) -> tuple[session_lists.Narrow, str]:
    """What the address narrows the rows to, and how that is said."""
    goods, helper, minute = (request.args.get(key, "") for key in (GOODS, HELPER, MINUTE))
    if goods:
        variant_id, name = session_lists.named_goods(row, goods)
        return session_lists.Narrow(variant_id=variant_id), name
    if helper == ITSELF:
        return session_lists.Narrow(by_itself=True), _("máy tự làm")
    if helper:
        helper_id, name = session_lists.named_helper(row, helper)
        return session_lists.Narrow(helper_id=helper_id), name
    if minute:
        at = _minute(minute)
        return session_lists.Narrow(minute=at), clock.vietnam(at).strftime("%H:%M %d/%m/%Y")
    return session_lists.Narrow(), ""


def _minute(word: str) -> datetime:
    try:
        at = datetime.strptime(word, MINUTE_FORM).replace(tzinfo=clock.VIETNAM)
    except ValueError as error:
        raise NotFound from error
    if not 2000 <= at.year < 2100:
        raise NotFound
    return at.astimezone(UTC)


def _behind(actor: Actor, subject: str) -> tuple[str, str]:
    """What a row is called, and its page when the actor may open it."""
    kind, _colon, rest = (subject or "").partition(":")
    if kind != "order":
        return "", ""
    return rest, url_for("orders.order", ref=rest) if actor.may(Permission.ORDERS_READ) else ""


@bp.get("/excel")
@access.signed_in
def workbook(actor: Actor, ref: str) -> ResponseReturnValue:
    """The same figures and their rows as a spreadsheet."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    data = session_sheets.workbook(row, closing.report(row))
    headers = {
        "Content-Disposition": f'attachment; filename="phien-{row.ref}.xlsx"',
        "Cache-Control": "private, no-store",
    }
    return Response(data, content_type=spreadsheets.XLSX, headers=headers)
