"""Back office: a seller's own words for ordering and cancelling."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.livestream import words as verbs
from shop.livestream.desk_models import Word
from shop.livestream.schemas import WORD_KINDS, WordSchema
from shop.sellers.models import Seller

bp = Blueprint("livestream_words", __name__, url_prefix="/ban-hang/livestream/tu-rieng")


@bp.route("", methods=["GET", "POST"])
@access.signed_in
def words(actor: Actor) -> ResponseReturnValue:
    """The own words of the actor's sellers, and a form for one more."""
    access.expect(actor, Permission.LIVESTREAM_RUN)
    form = pages.form(WordSchema())
    if form.data:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, form.data["seller"], Permission.LIVESTREAM_RUN)
            verbs.add(actor, seller, form.data["kind"], form.data["phrase"])
        if not form.errors:
            said = _("Đã thêm “%(phrase)s”.", phrase=form.data["phrase"])
            return pages.saved("livestream_words.words", said)
    sellers = list(
        db.session.scalars(
            access.rows(actor, Seller, Permission.LIVESTREAM_RUN).order_by(Seller.sort_key)
        )
    )
    query = access.rows(actor, Word, Permission.LIVESTREAM_RUN)
    return pages.page(
        "livestream_words/words.html",
        form=form,
        page=pages.paged(query.order_by(Word.seller_id, Word.kind, Word.phrase)),
        kinds=list(WORD_KINDS.items()),
        kind_names=WORD_KINDS,
        sellers=[(seller.ref, seller.name) for seller in sellers],
        seller_names={seller.id: seller.name for seller in sellers},
    )


@bp.post("/<ref>/bo")
@access.signed_in
def remove(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take one word away."""
    with transaction():
        word = access.get(actor, Word, ref, Permission.LIVESTREAM_RUN, lock=True)
        said = _("Đã bỏ “%(phrase)s”.", phrase=word.phrase)
        verbs.remove(actor, word)
    return pages.saved("livestream_words.words", said)
