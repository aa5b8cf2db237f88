"""What can be counted of sellers, and the part of every seller's figure that says where it is."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.sql.elements import Label

from shop.figures import Figure, Group, Scope, Words, row
from shop.sellers.models import ReviewState, Seller
from shop.sellers.words import KIND_NAMES

UNIT = _l("người bán")
NO_KIND = _l("Chưa rõ loại")


def within(scope: Scope) -> ColumnElement[bool]:
    """The seller passed review, is in the region, and is no stand-in for others."""
    there = scope.inside(Seller.province_code, Seller.commune_code)
    return there & (Seller.review == ReviewState.PASSED) & ~Seller.placeholder


def columns(**more: Any) -> list[Label[Any]]:
    """`figures.row` of something that is a seller's: whose, where, and its name as the label."""
    where = {"party": Seller.id, "commune": func.coalesce(Seller.commune_code, "")}
    return row(**{"label": Seller.name, **where, **more})


def kind_name(kind: str) -> Words:
    """What a kind of seller is called."""
    return KIND_NAMES.get(kind, NO_KIND)


def kind() -> ColumnElement[str]:
    """The kind of the seller, as a split."""
    return func.coalesce(Seller.kind, "")


def _passed(scope: Scope) -> Select[Any]:
    query = select(*columns(key=Seller.id, ref=Seller.ref, split=kind(), at=Seller.created_at))
    return query.where(within(scope), Seller.created_at < scope.period.end)


FIGURES = (
    Figure(
        name="sellers.passed",
        group=Group.SELLERS,
        title=_l("Người bán trên sàn"),
        unit=UNIT,
        definition=_l("Hợp tác xã, tổ hợp tác, làng nghề, hộ, doanh nghiệp đã được duyệt."),
        source=_l("Hồ sơ người bán"),
        top=_l("người bán đã duyệt, có hồ sơ trước khi hết kỳ"),
        rows=_passed,
        state=True,
        split_by=_l("Theo loại"),
        splits=kind_name,
        public=True,
        page="profile.seller",
    ),
)
