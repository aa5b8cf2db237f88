"""Finding products: by words as people type them, narrowed and sorted as a list offers it.

The work is PostgreSQL's: `products.folded` and `products.sounded` are computed there from
`words`, and trigrams and lexemes of them are indexed. Words are looked for in one way after the
other until something holds them: accents as typed at the beginning of a word, then without
accents, then inside words, then by their sound (n for l), then by likeness (typing errors).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    func,
    inspect,
    literal,
    or_,
    select,
)
from sqlalchemy import literal_column as sql
from sqlalchemy.orm import joinedload

from shop import clock, text
from shop.catalogue import certificates, phrases
from shop.catalogue.models import Product, Variant
from shop.catalogue.phrases import Phrase
from shop.database import db
from shop.sellers.models import Seller

SORTS = ("relevance", "newest", "cheap", "dear", "name")
# Share of its trigrams that a product must have to be "like" a typed word, or several.
LIKENESS_OF_ONE, LIKENESS = 0.5, 0.6
# Shorter words have no trigrams; they are looked for as lexemes.
SHORT = 2
# Shorter ones are no parts of words, and sound like whole words only.
LONG = 4
# Nobody turns so many pages; counting further would cost as much as finding.
MOST = 1000
_PART = " | "


@dataclass(frozen=True)
class Found:
    """A page of products, how many there are in all (MOST + 1 for more than MOST).

    `alike`: none is what was typed; they sound or look like it.
    """

    rows: list[Product]
    total: int
    alike: bool = False


# A condition, and the order of what meets it.
Way = tuple[ColumnElement[bool], list[ColumnElement[Any]]]


@dataclass(frozen=True)
class Wanted:
    """What a visitor looks for; empty fields do not narrow.

    `province`, `commune`: codes of today. `sets`: OCOP criteria sets, any of them. `star`: the
    least star in force today. `least_vnd`, `most_vnd`: of the cheapest pack. `kind`: SellerKind.
    `in_season`: its stated season holds this month. `sort`: one of SORTS.
    """

    words: str = ""
    province: str = ""
    commune: str = ""
    sets: tuple[str, ...] = ()
    star: int = 0
    least_vnd: int = 0
    most_vnd: int = 0
    kind: str = ""
    in_season: bool = False
    seller_id: int = 0
    sort: str = "relevance"


def words(
    name: str, *others: str | None, seller: str, ingredients: str = "", place: str = ""
) -> str:
    """What search looks in, best first: name, other names, seller, ingredients, place; NFC text.

    Every word stands between spaces and the name ends at the first bar, which ranking uses.
    """
    said = (name, *others, seller, ingredients, place)
    parts = [phrases.clean(part) for part in said if part]
    return f" {_PART.join(filter(None, parts))}{_PART}"


def index(product: Product) -> None:
    """Set `words` from the product and its seller, after a change of either."""
    names = (product.name, product.name_en, *(product.aliases or []))
    seller = product.seller
    product.words = words(
        *names, seller=seller.name, ingredients=product.ingredients or "", place=place(seller)
    )


def place(seller: Seller) -> str:
    """Where a seller is, as people look for it: today's names and the address as written."""
    return " ".join(filter(None, (seller.commune, seller.province, seller.address)))


def find(wanted: Wanted) -> Select[Product]:
    """Products on sale that fit, in the order wanted, their sellers loaded.

    Where words are wanted it asks first, by a count, in which way they are held.
    """
    chosen = select(Product)
    for query, counted, _alike in _ways(wanted):
        chosen = query
        if not wanted.words or _count(counted):
            break
    return chosen.options(joinedload(Product.seller))


def page(wanted: Wanted, number: int, size: int) -> Found:
    """The page `number` of the first MOST that `find` finds."""
    for query, counted, alike in _ways(wanted):
        total = _count(counted.limit(MOST + 1))
        if total:
            start = min((number - 1) * size, MOST)
            rows = load(query.limit(min(size, MOST - start)).offset(start))
            return Found(rows, total, alike)
    return Found([], 0)


def load(query: Select[Product]) -> list[Product]:
    """The rows of `query` in its order: keys first, so that only what is shown is read whole."""
    ids = db.session.scalars(query.with_only_columns(Product.id)).all()
    rows = select(Product).where(Product.id.in_(ids)).options(joinedload(Product.seller))
    found = {row.id: row for row in db.session.scalars(rows)} if ids else {}
    return [found[id_] for id_ in ids if id_ in found]


def _count(query: Select[Product]) -> int:
    keys = query.with_only_columns(Product.id).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(keys)) or 0


def _ways(wanted: Wanted) -> Iterator[tuple[Select[Product], Select[Product], bool]]:
    """How the words may be meant, best first: a query in order, one to count it by, if it guesses.

    What somebody sells under these words is not guessed at, even if the filters leave none of it.
    """
    everywhere = select(Product).where(Product.on_sale)
    counted = query = _narrowed(everywhere, wanted)
    # Of the table, not the class: an alias of a class completes itself while threads use it.
    one = inspect(Variant).local_table.alias("cheapest").c
    if wanted.least_vnd or wanted.most_vnd:
        counted = query = _priced(query, wanted, one)
    elif wanted.sort in ("cheap", "dear"):
        query = _priced(query, wanted, one)
    said = phrases.read(wanted.words)
    if not said:
        if wanted.words.strip():  # signs alone are no words, and nothing is called so
            query = counted = query.where(sql("false"))
        yield query.order_by(*_order(wanted.sort, one)), counted, False
        return
    for way in _WAYS:
        holds, rank = way(said)
        order = [*rank, Product.sort_key, Product.id]
        if wanted.sort != "relevance":
            order = _order(wanted.sort, one)
        yield query.where(holds).order_by(*order), counted.where(holds), way in _GUESSES
        if counted is not everywhere and _count(everywhere.where(holds)):
            return


def holding(query: Select[Any], typed: str) -> Select[Any]:
    """`query` of products narrowed to those that hold every word, accents aside."""
    said = phrases.read(typed)
    return query.where(_holds(said, _part)) if said else query


def _with_accents(said: list[Phrase]) -> Way:
    return _holds(said, _begins_exactly), _rank(said)


def _without(said: list[Phrase]) -> Way:
    return _holds(said, _begins), _rank(said)


def _inside(said: list[Phrase]) -> Way:
    return _holds(said, _part), _rank(said)


def _by_sound(said: list[Phrase]) -> Way:
    return _heard(said[0]), _rank([_sounds(said[0])], Product.sounded)


def _by_likeness(said: list[Phrase]) -> Way:
    # For this transaction alone.
    for name, least in (("strict_word", LIKENESS_OF_ONE), ("word", LIKENESS)):
        setting = f"pg_trgm.{name}_similarity_threshold"
        db.session.execute(select(func.set_config(setting, str(least), True)))
    typed = _sounds(said[0])
    whole = literal(" ".join(typed))
    # A single word is like a whole word, not like a part of one: "cheer" is no "che".
    sign = "<%" if len(typed) > 1 else "<<%"
    like = whole.op(sign, is_comparison=True)(Product.sounded)
    name_of = func.split_part(Product.sounded, "|", 1)
    return like, [
        func.word_similarity(whole, name_of).desc(),
        func.word_similarity(whole, Product.sounded).desc(),
    ]


_WAYS = (_with_accents, _without, _inside, _by_sound, _by_likeness)
_GUESSES = (_by_sound, _by_likeness)


def _holds(said: list[Phrase], has: Callable[[str], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Words as typed, each held as `has` says; those put in for them are known exactly."""
    typed = said[0]
    ways = []
    for phrase in said:
        held = (_stands(word) if word not in typed else has(word) for word in phrase)
        ways.append(and_(*held))
    return or_(*ways)


def _stands(word: str) -> ColumnElement[bool]:
    """The word itself, accents and all."""
    return and_(_begins(text.fold(word)), func.strpos(Product.words, f" {word} ") > 0)


def _begins_exactly(word: str) -> ColumnElement[bool]:
    """A word begins so, with the accents that were typed."""
    plain = _begins(text.fold(word))
    return plain if word.isascii() else and_(plain, func.strpos(Product.words, f" {word}") > 0)


def _begins(word: str) -> ColumnElement[bool]:
    """A word begins so, accents aside; with accents it was typed to its end."""
    plain = text.fold(word)
    if len(plain) <= SHORT:
        # Written as in the index, or the planner would not see that it serves.
        lexemes: ColumnElement[Any] = sql("to_tsvector('simple'::regconfig, products.folded)")
        end = ":*" if word.isascii() else ""
        query = func.to_tsquery(sql("'simple'::regconfig"), f"'{plain}'{end}")
        return lexemes.op("@@", is_comparison=True)(query)
    end = "" if word.isascii() else " "
    return Product.folded.contains(f" {plain}{end}", autoescape=True)


def _part(word: str) -> ColumnElement[bool]:
    """It stands anywhere, even inside a word, unless it is short."""
    plain = text.fold(word)
    return Product.folded.contains(plain, autoescape=True) if len(plain) >= LONG else _begins(word)


def _sounds(phrase: Phrase) -> Phrase:
    return tuple(map(phrases.sound, phrase))


def _heard(phrase: Phrase) -> ColumnElement[bool]:
    words = (f" {word}" if len(word) >= LONG else f" {word} " for word in _sounds(phrase))
    return and_(*(Product.sounded.contains(word, autoescape=True) for word in words))


def _rank(said: list[Phrase], column: Any = Product.folded) -> list[ColumnElement[Any]]:
    """Accents as typed, then whole words, beginnings of words, words of the name, their place."""
    trusted = phrases.accented(said[0])
    scores = [_score(phrase, column, trusted) - min(at, 1) for at, phrase in enumerate(said)]
    best = func.greatest(*scores) if len(scores) > 1 else scores[0]
    return [best.desc(), _place(column, phrases.fold(said[0])[0])]


def _score(phrase: Phrase, column: Any, trusted: bool) -> ColumnElement[int]:
    plain = phrases.fold(phrase)
    name_end = func.strpos(column, "|")
    levels: list[list[ColumnElement[bool]]] = [
        [func.strpos(Product.words, word) > 0 for word in phrase if trusted],
        [func.strpos(column, f" {word} ") > 0 for word in plain],
        [func.strpos(column, f" {word}") > 0 for word in plain],
        [func.strpos(column, word).between(1, name_end) for word in plain],
    ]
    score: ColumnElement[int] = literal(0)
    for level in levels:
        true = sum((case((fits, 1), else_=0) for fits in level), literal(0))
        score = score * 10 + (true * 9).op("/", return_type=Integer())(max(1, len(level)))
    return score


def _place(column: Any, word: str) -> ColumnElement[int]:
    """Where the first word stands; beyond the name all places are alike."""
    at = func.strpos(column, word)
    return case((at.between(1, func.strpos(column, "|")), at), else_=1000)


def _narrowed(query: Select[Product], wanted: Wanted) -> Select[Product]:
    if wanted.seller_id:
        query = query.where(Product.seller_id == wanted.seller_id)
    if wanted.province or wanted.commune or wanted.kind:
        query = query.where(Product.seller_id.in_(_sellers(wanted)))
    if wanted.sets:
        query = query.where(Product.criteria_set.in_(wanted.sets))
    if wanted.in_season:
        query = query.where(in_months(clock.today().month))
    if wanted.star:
        starred = certificates.starred().subquery()
        best = select(starred.c.product_id).where(starred.c.star >= wanted.star)
        query = query.where(Product.id.in_(best))
    return query


def in_months(month: int) -> ColumnElement[bool]:
    """Products whose season is stated and holds `month`."""
    return Product.months.contains([month])


def _sellers(wanted: Wanted) -> Select[int]:
    query = select(Seller.id)
    for column, value in (
        (Seller.province_code, wanted.province),
        (Seller.commune_code, wanted.commune),
        (Seller.kind, wanted.kind),
    ):
        if value:
            query = query.where(column == value)
    return query


def _priced(query: Select[Product], wanted: Wanted, one: Any) -> Select[Product]:
    """With the cheapest pack as `one`: no other one of the product comes before it."""
    other = inspect(Variant).local_table.alias("other").c
    before = func.row(other.price_vnd, other.id) < func.row(one.price_vnd, one.id)
    cheaper = select(other.id).where(other.product_id == one.product_id, other.active)
    query = query.join(one.price_vnd.table, one.product_id == Product.id)
    query = query.where(one.active, ~cheaper.where(before).exists())
    if wanted.least_vnd:
        query = query.where(one.price_vnd >= wanted.least_vnd)
    if wanted.most_vnd:
        query = query.where(one.price_vnd <= wanted.most_vnd)
    return query


def _order(sort: str, one: Any) -> list[Any]:
    orders: dict[str, list[Any]] = {
        "newest": [Product.created_at.desc(), Product.id.desc()],
        "cheap": [one.price_vnd, one.id],
        "dear": [one.price_vnd.desc(), one.id.desc()],
    }
    return orders.get(sort, [Product.sort_key, Product.id])
