"""A seller's own words for ordering and cancelling: add, take away, and give to the reader."""

from sqlalchemy import select

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.livestream.desk_models import Word, WordKind
from shop.livestream.errors import WordKnown
from shop.livestream.understanding.reading import Own
from shop.sellers.models import Seller


def add(actor: Actor, seller: Seller, kind: str, phrase: str) -> Word:
    """One more word of a seller's buyers, `phrase` as WordSchema gives it. Raises WordKnown."""
    query = select(Word.id).where(Word.seller_id == seller.id, Word.phrase == phrase)
    if db.session.scalar(query) is not None:
        raise WordKnown(phrase)
    word = Word(seller_id=seller.id, kind=kind, phrase=phrase)
    db.session.add(word)
    db.session.flush()
    audit.note(actor, "livestream.word", word, phrase)
    return word


def remove(actor: Actor, word: Word) -> None:
    """The word means nothing any more; what was read with it stays as it was read."""
    audit.note(actor, "livestream.word_remove", word, word.phrase)
    db.session.delete(word)


def own(seller_id: int) -> Own:
    """A seller's words as the reader wants them."""
    query = select(Word.kind, Word.phrase).where(Word.seller_id == seller_id).order_by(Word.id)
    said = db.session.execute(query).all()
    order = tuple(phrase for kind, phrase in said if kind == WordKind.ORDER)
    cancel = tuple(phrase for kind, phrase in said if kind == WordKind.CANCEL)
    return Own(order, cancel)
