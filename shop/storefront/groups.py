"""The OCOP groups as a visitor walks through them: industries, groups in each, criteria sets."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from sqlalchemy import func, select

from shop import clock, text
from shop.catalogue import programme
from shop.catalogue.models import Product
from shop.catalogue.programme import CriteriaSet
from shop.database import db


@dataclass(frozen=True)
class Group:
    """An industry (`parent` None), a group of it or one set of that; `codes`: the sets it holds."""

    slug: str
    name: str
    codes: tuple[str, ...]
    parent: "Group | None" = None
    parts: list["Group"] = field(default_factory=list, compare=False)

    @property
    def above(self) -> list["Group"]:
        """What it lies in, the industry first."""
        return [*self.parent.above, self.parent] if self.parent else []


def everything() -> dict[str, Group]:
    """Every group in force today by the slug of its name, each after what it lies in."""
    return _on(clock.today())


@lru_cache(maxsize=2)
def _on(day: date) -> dict[str, Group]:
    found: dict[str, Group] = {}
    for name, sets in programme.industries(day).items():
        industry = _add(found, name, sets, None)
        for inner in dict.fromkeys(each.group for each in sets if each.group):
            mine = [each for each in sets if each.group == inner]
            group = _add(found, inner, mine, industry)
            for each in mine:
                _add(found, each.name, [each], group)
    return found


def _add(
    found: dict[str, Group], name: str, sets: list[CriteriaSet], parent: Group | None
) -> Group:
    """The group so named; a set alone in its group, under the same name, is that group."""
    slug, codes = text.slug(name), tuple(each.code for each in sets)
    if slug in found:
        return found[slug]
    group = found[slug] = Group(slug, name, codes, parent)
    if parent:
        parent.parts.append(group)
    return group


def industries() -> list[Group]:
    """The six industries in the programme's order."""
    return [group for group in everything().values() if group.parent is None]


def of_set(code: str | None) -> Group | None:
    """The narrowest group of a criteria set in force."""
    found = [group for group in everything().values() if code in group.codes]
    return found[-1] if found else None


def on_sale() -> set[str]:
    """Criteria sets of which something is on sale, each looked up by its index."""
    codes = [code for industry in industries() for code in industry.codes]
    # The first of each in the index, not whether there is one: that might read the table.
    there = [
        select(func.min(Product.sort_key))
        .where(Product.on_sale, Product.criteria_set == code)
        .scalar_subquery()
        for code in codes
    ]
    row = db.session.execute(select(*(each.label(f"s{at}") for at, each in enumerate(there)))).one()
    return {code for code, sold in zip(codes, row, strict=True) if sold is not None}
