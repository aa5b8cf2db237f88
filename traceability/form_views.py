"""The two small forms of a scan page: to report a problem, and to give the hidden code.

They need no session, so they carry no token: what they do harms nobody whose browser is tricked
into sending them, and both are limited.
"""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from shop import limits, pages
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Choice, Schema, Text
from traceability import claims, digital_link, problems, resolver
from traceability.digital_link import BadLink
from traceability.resolver import Found
from traceability.stamp_models import Stamp

bp = Blueprint("scan_forms", __name__, template_folder="templates")

REPORT_RATE = "10/hour"
CLAIM_RATES = ("10/minute", "60/day")  # of an address, of a stamp


class ProblemSchema(Schema):
    """What somebody who scanned a code reports. `website` is a trap for machines."""

    kind = Choice(tuple(problems.KINDS), required=True)
    text = Text(longest=2000, shortest=3, required=True)
    contact = Text(longest=200, load_default="")
    website = Text(longest=0, load_default="")
    ma = Text(longest=400, load_default="")


@bp.route("/phan-anh", methods=["GET", "POST"])
@pages.public
def report() -> ResponseReturnValue:
    """The form for a problem with the goods under the code `?ma=`."""
    with force_locale(_language()):
        found, address = _meant(request.values.get("ma", ""))
        form = pages.form(ProblemSchema())
        if form.data:
            limits.hit(REPORT_RATE, "problem", request.remote_addr or "")
            with transaction():
                data = form.data
                problems.report(found, data["kind"], data["text"], data["contact"])
            return pages.page("traceability/reported.html", address=address)
        return pages.page(
            "traceability/report.html",
            form=form,
            address=address,
            kinds=[(kind, str(label)) for kind, label in problems.KINDS.items()],
        )


@bp.post("/cao-ma/<path:rest>")
@pages.public
def claim(rest: str) -> ResponseReturnValue:
    """The hidden code of a stamp, given by who scratched it free."""
    with force_locale(_language()):
        found, address = _meant(f"/{rest}")
        if found.stamp is None:
            raise NotFound
        limits.hit(CLAIM_RATES[0], "claim", request.remote_addr or "")
        limits.hit(CLAIM_RATES[1], "claim", found.stamp.code)
        with transaction():
            stamp = db.session.get_one(Stamp, found.stamp.id)
            first = claims.claim(stamp, request.form.get("secret", ""))
        return _claimed(first, stamp, address)


_CLAIMED = {
    True: ("good", _l("Xác nhận xong: bạn là người đầu tiên")),
    False: ("doubt", _l("Mã cào đúng, nhưng đã có người xác nhận trước")),
    None: ("warn", _l("Mã cào không đúng")),
}


def _claimed(first: bool | None, stamp: Stamp, address: str) -> Response:
    tone, title = _CLAIMED[first]
    answer = pages.page(
        "traceability/claimed.html",
        tone=tone,
        title=title,
        first=first,
        at=stamp.claimed_at,
        address=address,
    )
    answer.status_code = 422 if first is None else 200
    return answer


@bp.get("/cao-ma/<path:rest>")
@pages.public
def claim_again(rest: str) -> ResponseReturnValue:
    """Who reloads the answer comes back to the stamp's page. Raises NotFound."""
    _found, address = _meant(f"/{rest}")
    return redirect(address)


def _meant(address: str) -> tuple[Found, str]:
    """What a code of ours stands for, and its canonical path. Raises NotFound."""
    path = address.partition("://")[2].partition("/")[2] if "://" in address else address
    path = f"/{path.lstrip('/')}"
    if path.startswith("/lo/"):
        ref = path[4:]
        found, canonical = resolver.published(ref), url_for("scan.lot", ref=ref)
    else:
        try:
            identity = digital_link.parse(path)
        except BadLink:
            raise NotFound from None
        found = resolver.resolve(identity)
        canonical = digital_link.path(identity)
    if found.product_id is None:
        raise NotFound
    return found, canonical


def _language() -> str:
    asked = request.values.get("lang") or request.cookies.get("lang", "vi")
    return asked if asked in ("vi", "en") else "vi"
