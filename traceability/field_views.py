"""Back office: quick entry in the field, on one page that also works without signal.

The page alone is enough: its forms are plain ones. With a script (static/js/field.js) each entry
is kept on the phone first and sent once by its client key when there is signal again.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from flask import Blueprint, Response, current_app, flash, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import joinedload

from shop import clock, once, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.accounts.models import User
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.errors import NotFound
from shop.media import arrivals
from traceability import balances, diary, withdrawal
from traceability.diary import Entry
from traceability.kinds import KINDS, Fact
from traceability.lot_schemas import UNITS, FieldSchema
from traceability.models import Lot
from traceability.withdrawal import Breach

bp = Blueprint("field", __name__, url_prefix="/ban-hang/ngoai-dong", template_folder="templates")

WRITE = Permission.TRACE_WRITE
MOST_LOTS = 30


@dataclass(frozen=True)
class Work:
    """A button: work of `kind`, with what is filled in already."""

    name: str
    label: LazyString
    kind: str
    filled: tuple[tuple[str, LazyString], ...] = ()

    @property
    def facts(self) -> list[Fact]:
        """What has to be said; the rest can wait for the desk."""
        return [fact for fact in KINDS[self.kind].facts if fact.required]

    @property
    def counted(self) -> bool:
        """Whether it asks how much."""
        return self.kind in diary.QUANTIFIED


WORK = {
    work.name: work
    for work in (
        Work("watering", _l("Tưới nước"), "care", (("work", _l("Tưới nước")),)),
        Work("fertilising", _l("Bón phân"), "fertilising"),
        Work("spraying", _l("Phun thuốc"), "spraying"),
        Work("care", _l("Chăm sóc khác"), "care"),
        Work("treating", _l("Cho ăn, thuốc thú y"), "treating"),
        Work("harvest", _l("Thu hoạch"), "harvest"),
    )
}


@bp.route("", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(arrivals.PHOTOS_BYTES)
def field(actor: Actor) -> ResponseReturnValue:
    """Which lot, what was done, how much; `?lo=` names the lot that stands chosen.

    An entry without a time is of now. A script that asks for JSON is told whether the record has
    the entry: 200, or 422 and why not.
    """
    if not actor.may(WRITE):
        raise NotFound
    form = pages.form(FieldSchema())
    if request.method == "POST" and once.led_to(form.key):
        return _recorded(form, [])
    if form.data:
        ref = access.get(actor, Lot, form.data["lot"], WRITE).ref
        entry = _entry(form)
        if not form.errors:
            with form.guard(), transaction():
                diary.enter(actor, access.get(actor, Lot, ref, WRITE), entry)
                pages.claim(form, "field.field", lo=ref)
        if not form.errors:
            return _recorded(form, withdrawal.breaches([access.get(actor, Lot, ref, WRITE).id]))
    if form.errors and pages.wants_json():
        return jsonify(errors=form.errors), 422
    return _page(actor, form)


def _entry(form: pages.Form) -> Entry:
    data, work = form.data, WORK.get(form.data["work_name"])
    if work is None:
        raise NotFound
    facts = {fact.name: form.values.get(fact.name, "") for fact in work.facts}
    return Entry(
        work.kind,
        data["at"] or clock.now(),
        facts,
        data["quantity"],
        data["unit"],
        note=data["note"],
        key=form.key,
        shots=arrivals.pictures(form),
    )


def _recorded(form: pages.Form, breaches: list[Breach]) -> ResponseReturnValue:
    warnings = [_("%(words)s Lô này không công bố được.", words=each.words) for each in breaches]
    if pages.wants_json():
        return jsonify(recorded=form.key, warnings=warnings)
    for words in warnings:
        flash(words, "bad")
    return pages.saved("field.field", _("Đã ghi."), lo=form.values.get("lot", ""))


def _page(actor: Actor, form: pages.Form) -> Response:
    lots = _open_lots(actor)
    asked = form.values.get("lot") or request.args.get("lo", "")
    chosen = next((lot for lot in lots if lot.ref == asked), lots[0] if lots else None)
    return pages.page(
        "traceability/field.html",
        form=form,
        who=_who(actor),
        lots=lots,
        choices=[(lot.ref, f"{lot.code} – {lot.product.name}") for lot in lots],
        chosen=chosen,
        works=[(work, _form_of(work, form, chosen)) for work in WORK.values()],
        units=[(unit, unit) for unit in UNITS],
    )


def _form_of(work: Work, sent: pages.Form, lot: Lot | None) -> pages.Form:
    """The form below the button: the one that was sent and refused, or one to fill in."""
    if sent.values.get("work_name") == work.name:
        return replace(sent, prefix=work.name)
    filled = {name: str(text) for name, text in work.filled}
    start = {"unit": (lot and lot.unit) or "kg", "lot": lot.ref if lot else ""}
    return pages.Form(values=start | filled, prefix=work.name)


def _open_lots(actor: Actor) -> list[Lot]:
    """The lots opened last of which something is left, or of which nobody knows how much."""
    product = joinedload(Lot.product)
    query = access.rows(actor, Lot, WRITE).options(product.lazyload(Product.variants))
    lots = list(db.session.scalars(query.order_by(Lot.id.desc()).limit(MOST_LOTS)).unique())
    left = balances.left_of(lots)
    return [lot for lot in lots if left[lot.id] is None or left[lot.id]]


def _who(actor: Actor) -> str:
    """Whose entries the phone keeps: another person's sign-in must not send them."""
    return str(db.session.get_one(User, actor.user_id).ref)


@bp.get("/phien")
@access.signed_in
def session(actor: Actor) -> ResponseReturnValue:
    """Who is signed in and a fresh token, for entries kept on the phone. 401 without sign-in."""
    return jsonify(who=_who(actor), csrf_token=generate_csrf())


@bp.get("/field-worker.js")
@pages.public
def worker() -> Response:
    """The service worker, allowed for this page and nothing else."""
    script = Path(str(current_app.static_folder), "js/offline-worker.js").read_text(
        encoding="utf-8"
    )
    answer = Response(script, mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = bp.url_prefix or ""
    answer.headers["Cache-Control"] = "no-cache"
    return answer
