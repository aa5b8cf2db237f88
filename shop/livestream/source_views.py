"""Back office: where a session's comments come from; pasting them, and entering them by hand."""

from decimal import Decimal, InvalidOperation

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.livestream import broadcasts, comments, listeners, manual, pasted
from shop.livestream.desk_models import Listener
from shop.livestream.errors import BadDump
from shop.livestream.models import Broadcast, BroadcastState
from shop.livestream.source_schemas import DumpSchema, ListenerSchema, ManualSchema
from shop.livestream.sources import dumps, placing

bp = Blueprint("livestream_sources", __name__, url_prefix="/ban-hang/livestream")

RUN = Permission.LIVESTREAM_RUN
SHOWN = 300


@bp.get("/<ref>/nguon")
@access.signed_in
def sources(actor: Actor, ref: str) -> ResponseReturnValue:
    """What is listened to, and how each listener fares."""
    return _sources(access.get(actor, Broadcast, ref, RUN), pages.Form())


def _sources(row: Broadcast, form: pages.Form) -> ResponseReturnValue:
    address = url_for("livestream_api.Comments", ref=row.ref, _external=True)
    return pages.page(
        "livestream_sources/sources.html",
        broadcast=row,
        listeners=listeners.of(row),
        form=form,
        ingest={"url": address, "key": broadcasts.ingest_key(row)},
        open=row.state != BroadcastState.CLOSED,
    )


@bp.post("/<ref>/nguon")
@access.signed_in
def connect(actor: Actor, ref: str) -> ResponseReturnValue:
    """Listen to a platform; the same video again takes the new token."""
    form = pages.form(ListenerSchema())
    with form.guard(), transaction():
        row = access.get(actor, Broadcast, ref, RUN, lock=True)
        if form.data:
            listeners.connect(actor, row, form.data)
    if form.errors:
        form.values.pop("token", None)
        return _sources(access.get(actor, Broadcast, ref, RUN), form)
    said = _("Đã nối. Bình luận vào máy khi phiên lên sóng.")
    return pages.saved("livestream_sources.sources", said, ref=ref)


@bp.post("/nguon/<ref>/bo")
@access.signed_in
def disconnect(actor: Actor, ref: str) -> ResponseReturnValue:
    """Stop listening (`ref` is the listener's) and forget the token."""
    with transaction():
        session_ref = listeners.disconnect(actor, access.get(actor, Listener, ref, RUN)).ref
    said = _("Đã bỏ nối và xóa khóa.")
    return pages.saved("livestream_sources.sources", said, ref=session_ref)


@bp.route("/<ref>/dan", methods=["GET", "POST"])
@access.signed_in
def paste(actor: Actor, ref: str) -> ResponseReturnValue:
    """Paste or send comments from elsewhere: first a preview, then they are taken in."""
    form = pages.form(DumpSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data.get("rows"):
        return _taken(actor, ref, form)
    row = access.get(actor, Broadcast, ref, RUN)
    preview = None
    if form.data:
        with form.guard():
            preview = _preview(row, form)
    return pages.page("livestream_sources/paste.html", broadcast=row, form=form, preview=preview)


def _preview(row: Broadcast, form: pages.Form) -> dict[str, object]:
    try:
        dump = dumps.read(_sent(form))
    except dumps.TooLarge:
        raise BadDump(
            _("Nhiều hơn %(most)s bình luận một lần. Xin chia nhỏ.", most=dumps.MOST_ROWS)
        ) from None
    if not dump.rows:
        raise BadDump(_("Không thấy bình luận nào. Mỗi dòng nên là: tên: câu bình luận."))
    rows = placing.placed(dump.rows, _frame(row), form.data["clocks"])
    found = pasted.lines(row, rows)
    odd = [(one.line, comments.hidden(one.text)) for one in dump.odd[:SHOWN]]
    return {
        "lines": [_shown(line) for line in found[:SHOWN]],
        "more": max(0, len(found) - SHOWN),
        "odd": odd,
        "more_odd": len(dump.odd) - len(odd),
        "new": sum(not line.known for line in found),
        "known": sum(line.known for line in found),
        "guessed": sum(line.placed.sure == "order" for line in found),
        "rows": placing.kept(rows),
    }


def _shown(line: pasted.Line) -> dict[str, object]:
    placed = line.placed
    return {
        "author": comments.hidden(placed.author),
        "text": comments.hidden(placed.text),
        "at": placed.at,
        "guessed": placed.sure == "order",
        "known": line.known,
    }


def _sent(form: pages.Form) -> str:
    """The file when one came with the form, else what was pasted."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return str(form.data["words"])
    raw = file.stream.read(dumps.MOST_BYTES + 1)
    if len(raw) > dumps.MOST_BYTES:
        raise dumps.TooLarge
    for encoding in ("utf-8-sig", "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1258"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadDump(_("Tệp này không phải chữ. Nhận tệp CSV, JSON hoặc TXT."))


def _frame(row: Broadcast) -> placing.Frame:
    now = clock.now()
    return placing.Frame(row.live_at or row.starts_at or now, row.closed_at or now, now)


def _taken(actor: Actor, ref: str, form: pages.Form) -> ResponseReturnValue:
    said = ""
    with form.guard(), transaction():
        row = access.get(actor, Broadcast, ref, RUN, lock=True)
        pages.claim(form, "livestream.console", ref=ref)
        new = pasted.take_in(actor, row, _again(form.data["rows"]))
        said = _("Đã nhận %(new)s bình luận mới, theo đúng giờ của chúng.", new=new)
    if form.errors:
        return pages.refused("livestream_sources.paste", form, ref=ref)
    return pages.saved("livestream.console", said, ref=ref)


def _again(rows: str) -> list[placing.Placed]:
    try:
        return placing.again(rows)
    except (ValueError, RecursionError):
        raise BadDump(_("Bản xem trước không còn nguyên. Xin dán lại.")) from None


@bp.route("/<ref>/nhap-tay", methods=["GET", "POST"])
@access.signed_in
def by_hand(actor: Actor, ref: str) -> ResponseReturnValue:
    """One thumb: tap quantities of the pinned codes, name the buyer, send."""
    form = pages.form(ManualSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Broadcast, ref, RUN, lock=True)
            pages.claim(form, "livestream_sources.by_hand", ref=ref)
            wanted = _wanted(row)
            who = form.data
            manual.enter(row, who["name"], who["phone"], wanted, key=form.key)
        if not form.errors:
            said = _("Đã ghi cho %(name)s.", name=form.data["name"])
            return pages.saved("livestream_sources.by_hand", said, ref=ref)
    row = access.get(actor, Broadcast, ref, RUN)
    pins = [pin for pin in row.pins if pin.until_at is None]
    return pages.page("livestream_sources/by_hand.html", broadcast=row, form=form, pins=pins)


def _wanted(row: Broadcast) -> list[manual.Wanted]:
    pins = [pin for pin in row.pins if pin.until_at is None]
    wanted = [manual.Wanted(pin, _quantity(request.form.get(f"qty_{pin.code}"))) for pin in pins]
    tapped = [one for one in wanted if one.quantity > 0]
    if not tapped:
        raise BadDump(_("Xin bấm số lượng của ít nhất một mã."))
    return tapped


def _quantity(said: str | None) -> Decimal:
    try:
        quantity = Decimal((said or "0").strip().replace(",", ".") or "0")
    except InvalidOperation:
        raise BadDump(_("Số lượng phải là số.")) from None
    if not quantity.is_finite() or not 0 <= quantity <= 1000 or quantity % Decimal("0.001"):
        raise BadDump(_("Số lượng từ 0 đến 1.000."))
    return quantity
