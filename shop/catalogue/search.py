"""Finding products: by words as people type them, narrowed and sorted as a list offers it.

The work is PostgreSQL's: `products.folded` and `products.sounded` are computed there from
`words`, and trigrams and lexemes of them are indexed. Words that nothing holds are looked for by
their sound (n for l), then by likeness (typing errors).
"""

from collections.abc import Iterator
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

from shop import clock
from shop.catalogue import certificates, phrases
from shop.catalogue.models import Product, Variant
from shop.catalogue.phrases import Phrase
from shop.database import db
from shop.sellers.models import Seller

SORTS = ("relevance", "newest", "cheap", "dear", "name")
# Share of the trigrams of what was typed that a product must have to be "like" it.
LIKENESS = 0.45
# Shorter words have no trigrams; they are looked for as the beginning of a word.
SHORT = 2
# Nobody turns so many pages; counting further would cost as much as finding.
MOST = 1000
_PART = " | "

# A condition, and the order of what meets it.
Way = tuple[ColumnElement[bool], list[ColumnElement[Any]]]


@dataclass(frozen=True)
class Wanted:
    """What a visitor looks for; empty fields do not narrow.

    `province`, `commune`: codes of today. `sets`: OCOP criteria sets, any of them. `star`: the
    least star in force today. `least_vnd`, `most_vnd`: of the cheapest pack. `kind`: SellerKind.
    `in_season`: this month. `sort`: one of SORTS.
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


def words(name: str, *others: str | None, seller: str, ingredients: str = "") -> str:
    """What search looks in, best first: name, other names, seller, ingredients; clean NFC text.

    Every word stands between spaces and the name ends at the first bar, which ranking uses.
    """
    parts = [phrases.clean(part) for part in (name, *others, seller, ingredients) if part]
    return f" {_PART.join(filter(None, parts))}{_PART}"


def index(product: Product) -> None:
    """Set `words` from the product and its seller, after a change of either."""
    names = (product.name, product.name_en, *(product.aliases or []))
    product.words = words(*names, seller=product.seller.name, ingredients=product.ingredients or "")


def find(wanted: Wanted) -> Select[Product]:
    """Products on sale that fit, in the order wanted, their sellers loaded.

    Where words are wanted it asks first, by a count, in which way they are held.
    """
    chosen = select(Product)
    for query, counted in _ways(wanted):
        chosen = query
        if not wanted.words or _count(counted):
            break
    return chosen.options(joinedload(Product.seller))


def page(wanted: Wanted, number: int, size: int) -> tuple[list[Product], int]:
    """The page `number` of the first MOST that `find` finds, and how many there are.

    MOST + 1 stands for any number above MOST.
    """
    for query, counted in _ways(wanted):
        total = _count(counted.limit(MOST + 1))
        if total:
            start = min((number - 1) * size, MOST)
            return load(query.limit(min(size, MOST - start)).offset(start)), total
    return [], 0


def load(query: Select[Product]) -> list[Product]:
    """The rows of `query` in its order: keys first, so that only what is shown is read whole."""
    ids = db.session.scalars(query.with_only_columns(Product.id)).all()
    rows = select(Product).where(Product.id.in_(ids)).options(joinedload(Product.seller))
    found = {row.id: row for row in db.session.scalars(rows)} if ids else {}
    return [found[id_] for id_ in ids if id_ in found]


def _count(query: Select[Product]) -> int:
    keys = query.with_only_columns(Product.id).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(keys)) or 0


def _ways(wanted: Wanted) -> Iterator[tuple[Select[Product], Select[Product]]]:
    """How the words may be meant, best first: a query in order, and one to count it by.

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
        yield query.order_by(*_order(wanted.sort, one)), counted
        return
    for way in (_as_typed, _by_sound, _by_likeness):
        holds, rank = way(said)
        order = [*rank, Product.sort_key, Product.id]
        if wanted.sort != "relevance":
            order = _order(wanted.sort, one)
        yield query.where(holds).order_by(*order), counted.where(holds)
        if counted is not everywhere and _count(everywhere.where(holds)):
            return


def holding(query: Select[Any], typed: str) -> Select[Any]:
    """`query` of products narrowed to those that hold every word, accents aside."""
    said = phrases.read(typed)
    return query.where(_holds(said)) if said else query


def _as_typed(said: list[Phrase]) -> Way:
    return _holds(said), _rank(said)


def _by_sound(said: list[Phrase]) -> Way:
    return _heard(said[0]), _rank([_sounds(said[0])], Product.sounded)


def _by_likeness(said: list[Phrase]) -> Way:
    # For this transaction alone.
    name = "pg_trgm.word_similarity_threshold"
    db.session.execute(select(func.set_config(name, str(LIKENESS), True)))
    typed = literal(" ".join(_sounds(said[0])))
    like = typed.op("<%", is_comparison=True)(Product.sounded)
    return like, [func.word_similarity(typed, Product.sounded).desc()]


def _holds(said: list[Phrase]) -> ColumnElement[bool]:
    """Words as typed may be parts and lack accents; those put in for them are known exactly."""
    typed = said[0]
    ways = []
    for phrase in said:
        put_in = (
            func.strpos(Product.words, f" {word} ") > 0 for word in phrase if word not in typed
        )
        ways.append(and_(*map(_has, phrases.fold(phrase)), *put_in))
    return or_(*ways)


def _has(word: str) -> ColumnElement[bool]:
    if len(word) > SHORT:
        return Product.folded.contains(word, autoescape=True)
    # Written as in the index, or the planner would not see that it serves.
    lexemes: ColumnElement[Any] = sql("to_tsvector('simple'::regconfig, products.folded)")
    return lexemes.op("@@", is_comparison=True)(
        func.to_tsquery(sql("'simple'::regconfig"), f"'{word}':*")
    )


def _sounds(phrase: Phrase) -> Phrase:
    return tuple(map(phrases.sound, phrase))


def _heard(phrase: Phrase) -> ColumnElement[bool]:
    words = (word if len(word) > SHORT else f" {word}" for word in _sounds(phrase))
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
        query = query.where(or_(Product.months == [], in_months(clock.today().month)))
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
