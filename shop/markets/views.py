"""Back office: markets and cashless streets, their register, and who manages one."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, places
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import NotFound
from shop.markets import booths, registry, takings, words
from shop.markets.models import Market
from shop.markets.schemas import ManagerSchema, MarketSchema
from shop.places import Commune
from shop.sellers import addresses
from shop.sellers.addresses import Answer, Question

bp = Blueprint("markets", __name__, url_prefix="/ban-hang/cho")


@bp.get("")
@access.signed_in
def markets(actor: Actor) -> ResponseReturnValue:
    """The markets that one keeps, with how many booths each has and how many lack an account."""
    page = pages.paged(registry.kept(actor))
    may_make = actor.may(Permission.OPERATE)
    if not page.items and not may_make:
        raise NotFound
    return pages.page(
        "markets/markets.html",
        page=page,
        counts=takings.register(row.id for row in page.items),
        places={row.commune_code: place(row) for row in page.items},
        words=words,
        may_make=may_make,
    )


def place(row: Market) -> str:
    """Today's commune and province."""
    commune = places.commune(row.commune_code)
    return commune.full if commune else row.address


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def market_new(actor: Actor) -> ResponseReturnValue:
    """A form for a new market or street."""
    access.expect(actor, Permission.OPERATE)
    form = pages.form(MarketSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    question, commune = _where(form, None)
    if form.data and not form.errors and commune:
        with form.guard(), transaction():
            ref = registry.make(actor, form.data, commune).ref
            pages.claim(form, ".market", ref=ref)
        if not form.errors:
            return pages.saved(".market", _("Đã thêm."), ref=ref)
    return pages.page("markets/market_new.html", form=form, question=question, **_choices())


def _where(form: pages.Form, row: Market | None) -> tuple[Question | None, Commune | None]:
    """The commune that the form names, or the question to put to its writer."""
    if request.method != "POST":
        return None, None
    said = form.data or form.values | {"commune_code": ""}
    if row is not None and said.get("address") == row.address and not said.get("province_code"):
        return None, places.commune(row.commune_code)
    meant = addresses.read(None, said)
    if isinstance(meant, Answer) and meant.commune:
        return None, meant.commune
    if form.data and isinstance(meant, Question):
        form.errors["commune_code"] = [_("Chọn xã, phường hiện nay của địa chỉ này.")]
    elif form.data:
        form.errors["address"] = [_("Chưa nhận ra xã, phường. Chọn tỉnh ở ô dưới rồi lưu lại.")]
    return meant if isinstance(meant, Question) else None, None


def _choices() -> dict[str, Any]:
    provinces = [(row.code, row.label) for row in places.provinces()]
    return {
        "kinds": list(words.KINDS.items()),
        "models": [("", _("Chưa theo mô hình nào")), *words.MODELS.items()],
        "provinces": [("", _("— đọc từ dòng địa chỉ —")), *provinces],
    }


@bp.get("/<ref>")
@access.signed_in
def market(actor: Actor, ref: str) -> ResponseReturnValue:
    """A market and its booths, searchable; those without an account are marked."""
    row = registry.get(actor, ref)
    said = request.args.get("q", "").strip()[:60]
    lacking = request.args.get("thieu") == "tai-khoan"
    found = booths.of_market(row, said)
    page = pages.paged(takings.lacking(found) if lacking else found)
    return pages.page(
        "markets/market.html",
        market=row,
        place=place(row),
        started=registry.started(row.started_on, row.started_precision),
        count=takings.register([row.id])[row.id],
        page=page,
        said=said,
        lacking=lacking,
        payees=booths.payees(page.items),
        words=words,
        may_operate=actor.may(Permission.OPERATE),
    )


@bp.route("/<ref>/sua", methods=["GET", "POST"])
@access.signed_in
def market_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Other facts of a market."""
    access.expect(actor, Permission.OPERATE)
    row = registry.get(actor, ref)
    form = pages.form(MarketSchema(), _values(row))
    question, commune = _where(form, row)
    if form.data and not form.errors and commune:
        with form.guard(), transaction():
            registry.change(actor, registry.get(actor, ref, lock=True), form.data, commune)
        if not form.errors:
            return pages.saved(".market", _("Đã lưu."), ref=ref)
    return pages.page(
        "markets/market_change.html", form=form, market=row, question=question, **_choices()
    )


def _values(row: Market) -> dict[str, Any]:
    found = {name: getattr(row, name) or "" for name in ("name", "kind", "address", "model")}
    found |= {name: getattr(row, name) or "" for name in ("ended_on", "closed_on", "about")}
    found["started"] = registry.started(row.started_on, row.started_precision)
    found["partners"] = "\n".join(row.partners)
    return found


@bp.get("/<ref>/nhat-ky")
@access.signed_in
def history(actor: Actor, ref: str) -> ResponseReturnValue:
    """Who changed what of a market, and when."""
    access.expect(actor, Permission.OPERATE)
    row = registry.get(actor, ref)
    page = pages.paged(registry.history(row))
    people = registry.named(page.items)
    return pages.page("markets/history.html", market=row, page=page, people=people, words=words)


@bp.route("/<ref>/quan-ly", methods=["GET", "POST"])
@access.signed_in
def managers(actor: Actor, ref: str) -> ResponseReturnValue:
    """Who manages the market, and a form to name one; a link for their password is shown once."""
    access.expect(actor, Permission.OPERATE)
    row = registry.get(actor, ref)
    form = pages.form(ManagerSchema())
    if form.data:
        with form.guard(), transaction():
            named = registry.name_manager(actor, row, form.data["name"], form.data["phone"])
            link, name = registry.password_link(named.user), named.user.name
        if not form.errors:
            return pages.page("markets/manager_link.html", market=row, link=link, name=name)
    return pages.page("markets/managers.html", market=row, form=form, people=registry.managers(row))


@bp.post("/quan-ly/<ref>/bot")
@access.signed_in
def manager_end(actor: Actor, ref: str) -> ResponseReturnValue:
    """Somebody manages the market no more."""
    access.expect(actor, Permission.OPERATE)
    with transaction():
        market_ref = registry.end_manager(actor, ref)
    return pages.saved(".managers", _("Đã bớt người quản lý."), ref=market_ref)
