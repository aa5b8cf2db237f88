"""API: buying without an account: what a basket costs, placing it, what was ordered.

The same functions as the pages of the basket: what a program agrees to is what a page would show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Response, request, url_for
from flask.views import MethodView
from flask_babel import gettext as _

from shop import api, limits
from shop.database import transaction
from shop.errors import BadInput
from shop.orders import copies, preorders
from shop.orders.delivery import Place
from shop.orders.models import Checkout
from shop.places import Commune
from shop.sellers.addresses import Question
from shop.storefront import basket, placing, purchase
from shop.storefront.basket import Line
from shop.storefront.checkout_schemas import CheckoutIn, CheckoutOut, QuoteIn, QuoteOut
from shop.storefront.errors import Changed
from shop.storefront.purchase import Offer

blp = api.Blueprint(
    "checkouts_api", __name__, url_prefix="/api/v1/checkouts", description="Mua hàng"
)

QUOTES_PER_ADDRESS = "1200/minute"
SHORTEST_KEY = 16
# Nobody's account tells one caller from another: only the key does.
KEY: dict[str, Any] = {
    **api.IDEMPOTENCY_KEY,
    "required": True,
    "description": "Random, new for each checkout. Sent again, the same request orders nothing "
    "more and gets the same answer",
    "schema": {
        "type": "string",
        "minLength": SHORTEST_KEY,
        "maxLength": api.LONGEST_KEY,
        "pattern": "^[!-~]+$",
    },
}
# The field of a part's form → the field of the API.
FIELDS = {"handing": "handing", "pay": "pay_by", "voucher": "voucher", "note": "note"}


@dataclass(frozen=True)
class Reckoned:
    """A basket reckoned. `problems`: field → messages, empty when it can be ordered like this."""

    parts: list[Offer]
    place: Place | None
    communes: tuple[Commune, ...]
    problems: dict[str, Any]


@blp.route("/quote")
class Quote(MethodView):
    """What a basket costs."""

    public = True

    @blp.arguments(QuoteIn)
    @blp.response(200, QuoteOut)
    @api.refuses(blp, 429)
    def post(self, data: dict[str, Any]) -> dict[str, Any]:
        """Each seller's part with fee, voucher and terms; nothing is kept or held."""
        limits.hit(QUOTES_PER_ADDRESS, "quote", request.remote_addr or "?")
        return _quoted(_reckoned(data), data)


@blp.route("")
class Checkouts(MethodView):
    """Ordering."""

    public = True

    @blp.doc(parameters=[KEY])
    @blp.arguments(CheckoutIn)
    @blp.response(201, CheckoutOut)
    @api.refuses(blp, 409, 429)
    def post(self, data: dict[str, Any]) -> Response:
        """Place what was quoted, an order with each seller, or nothing; once for its key."""
        key = _key()
        token = api.made_before(key) or _placed(data, key)
        answer = _answer(placing.find(token), 201)
        answer.location = url_for(".OneCheckout", token=token)
        return answer


@blp.route("/<token>")
class OneCheckout(MethodView):
    """What was ordered in one go."""

    public = True

    @blp.doc(parameters=[api.IF_NONE_MATCH])
    @blp.response(200, CheckoutOut, headers=api.ETAG_HEADER)
    @api.refuses(blp, 304, 404, 429)
    def get(self, token: str) -> Response:
        """Its orders, each with the token to follow it by at /api/v1/tracking."""
        limits.hit(placing.PER_ADDRESS, "ordered", request.remote_addr or "?")
        return _answer(placing.find(token))


def _key() -> str:
    key = api.idempotency_key()
    if key is None or len(request.headers[api.IDEMPOTENCY_HEADER]) < SHORTEST_KEY:
        said = _("Gửi khóa ngẫu nhiên dài ít nhất %(count)s ký tự.", count=SHORTEST_KEY)
        raise BadInput({api.IDEMPOTENCY_HEADER: [said]})
    return key


def _placed(data: dict[str, Any], key: str) -> str:
    found = _reckoned(data)
    if found.problems:
        raise BadInput(found.problems)
    if data["seen"] != purchase.mark(found.parts):
        raise Changed
    placing.count_try(request.remote_addr or "?", data["phone"])
    with transaction():
        made = placing.place(found.parts, data, found.place, key=key)
        api.claim(key, made.token)
        return made.token


def _reckoned(data: dict[str, Any]) -> Reckoned:
    """What was sent, reckoned as the basket's pages do. Raises BadInput for what is nowhere."""
    wanted = _basket(data["lines"])
    there = basket.lines(wanted)
    _check_lines(wanted, [line for lines in there.values() for line in lines])
    parts = purchase.offers(there, _form(data["parts"]))
    _check_parts(parts, data["parts"])
    place, communes, problems = _where(parts, data)
    purchase.reckon(parts, data["phone"] or "", place)
    return Reckoned(parts, place, communes, problems | _problems(parts))


def _basket(lines: Sequence[dict[str, Any]]) -> basket.Basket:
    wanted: basket.Basket = {}
    for line in lines:
        key = line["pack"] or basket.AHEAD + line["harvest"]
        wanted[key] = min(wanted.get(key, Decimal(0)) + line["quantity"], basket.MOST)
    return wanted


def _check_lines(wanted: basket.Basket, there: list[Line]) -> None:
    gone = [key.removeprefix(basket.AHEAD) for key in wanted if key not in {x.key for x in there}]
    if gone:
        raise BadInput({"lines": [_("Không có hàng %(ref)s.", ref=ref) for ref in gone]})


def _check_parts(parts: list[Offer], chosen: dict[str, Any]) -> None:
    strange = chosen.keys() - {part.ref for part in parts}
    if strange:
        said = [_("Giỏ hàng không có phần này.")]
        raise BadInput({"parts": dict.fromkeys(sorted(strange), said)})  # type: ignore[dict-item]


def _form(chosen: dict[str, dict[str, str]]) -> dict[str, str]:
    """What was chosen of each part, under the names that the page's form has for it."""
    return {
        f"{name}-{ref}": choice[field]
        for ref, choice in chosen.items()
        for name, field in FIELDS.items()
    }


def _where(
    parts: list[Offer], data: dict[str, Any]
) -> tuple[Place | None, tuple[Commune, ...], dict[str, Any]]:
    try:
        place = purchase.where(parts, data)
    except BadInput as refusal:
        return None, (), dict(refusal.errors)
    if isinstance(place, Question):
        return None, place.communes, {"commune_code": [_("Chọn xã, phường nhận hàng.")]}
    return place, (), {}


def _problems(parts: list[Offer]) -> dict[str, Any]:
    """The parts' problems under the names that the API has for their fields."""
    found: dict[str, Any] = {}
    for part in parts:
        lines = part.problems.get("basket", [])
        if lines:
            found.setdefault("lines", []).extend(lines)
        wrong = {
            field: part.problems[f"{name}-{part.ref}"]
            for name, field in FIELDS.items()
            if f"{name}-{part.ref}" in part.problems
        }
        if wrong:
            found.setdefault("parts", {})[part.ref] = wrong
    return found


def _quoted(found: Reckoned, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "parts": [_part(part) for part in found.parts],
        "total_vnd": sum(part.total_vnd for part in found.parts),
        "first_vnd": sum(part.first_vnd for part in found.parts),
        "address": purchase.address(data, found.place) if found.place else data["address"],
        "communes": [{"code": row.code, "name": row.full} for row in found.communes],
        "cancelling": _("Chưa trả tiền thì được hủy đơn bất cứ lúc nào, ở trang của đơn."),
        "complaints": _("Khiếu nại: gọi hoặc viết cho người bán ở trên."),
        "problems": found.problems,
        "seen": None if found.problems else purchase.mark(found.parts),
    }


def _part(part: Offer) -> dict[str, Any]:
    harvest = part.harvest
    return {
        "part": part.ref,
        "seller": part.seller.ref,
        "seller_facts": _facts(copies.identity(part.seller)),
        "harvest": harvest.ref if harvest else None,
        "lines": [_line(line) for line in part.lines],
        "delivers": part.delivers,
        "picks_up": part.picks_up,
        "cod": part.cod,
        "handing": part.choice.handing,
        "pay_by": part.choice.pay_by,
        "goods_vnd": part.goods_vnd,
        "fee_vnd": part.fee_vnd,
        "discount_vnd": part.discount_vnd,
        "total_vnd": part.total_vnd,
        "first_vnd": part.first_vnd,
        "handed_over": part.handed_over,
        "deliver_from": harvest.from_day if harvest else None,
        "deliver_until": harvest.until_day if harvest else None,
        "returns": part.returns,
        "rights": part.rights if harvest else "",
    }


def _line(line: Line) -> dict[str, Any]:
    pack = line.pack
    return {
        "pack": pack.ref,
        "name": pack.product.name,
        "pack_name": pack.pack,
        "unit": pack.unit,
        "quantity": line.quantity,
        "unit_price_vnd": pack.price_vnd,
        "price_illustrative": pack.price_illustrative,
        "amount_vnd": line.amount_vnd,
        "problem": line.problem,
    }


def _facts(found: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "said": said} for name, said in found]


def _answer(made: Checkout, status: int = 200) -> Response:
    orders = [
        {
            "ref": row.ref,
            "token": row.token,
            "seller": row.seller.ref,
            "seller_name": row.seller.name,
            "state": row.state,
            "pay_by": row.pay_by,
            "total_vnd": row.total_vnd,
            "due_vnd": preorders.due_vnd(row),
            "page": url_for("payments.pay", token=row.token, _external=True),
        }
        for row in made.orders
    ]
    page = url_for("basket.ordered", token=made.token, _external=True)
    body = {"token": made.token, "page": page, "orders": orders}
    answer = api.tagged(CheckoutOut().dump(body), status)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
