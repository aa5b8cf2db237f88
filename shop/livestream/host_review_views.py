"""Reviewers' pages: who wants to host livestreams, compared with their papers."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.livestream import hosts as verbs
from shop.livestream.plan_models import Host
from shop.livestream.plan_schemas import VerdictSchema

bp = Blueprint("host_reviews", __name__, url_prefix="/quan-tri/duyet/nguoi-dan")


@bp.get("")
@access.signed_in
def queue(actor: Actor) -> ResponseReturnValue:
    """Who waits, the longest first."""
    access.expect(actor, Permission.REVIEW)
    return pages.page("host_reviews/queue.html", page=pages.paged(verbs.waiting(actor)))


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def host(actor: Actor, ref: str) -> ResponseReturnValue:
    """What to compare, and the answer."""
    row = access.get(actor, Host, ref, Permission.REVIEW)
    form = pages.form(VerdictSchema())
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Host, ref, Permission.REVIEW, lock=True)
            if form.data["outcome"] == "checked":
                is_news = verbs.check(actor, row)
            else:
                is_news = verbs.refuse(actor, row, form.data["reason"])
            if is_news:
                verbs.tell(row, url_for("hosts.hosts", _external=True))
        if not form.errors:
            return pages.saved(".queue", _("Đã trả lời."))
        row = access.get(actor, Host, ref, Permission.REVIEW)
    return pages.page("host_reviews/host.html", form=form, host=row)
