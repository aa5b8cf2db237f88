"""Label layouts to choose from: ours, and those a seller has saved."""

from dataclasses import asdict, fields
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.sellers.models import Seller
from traceability import labels, qr
from traceability.labels import Face
from traceability.sheets import LAYOUTS, Layout
from traceability.stamp_models import SavedLayout

# The shortest address there is; a longer one is looked at when stamps are asked for.
_SYMBOL = "HTTPS://TXNG.VN/T/000000000"
_NAMES = {field.name for field in fields(Layout)}
_PLAIN = ("name", "columns", "rows", "beside", "lines", "scratch")
_LENGTHS = ("width", "height", "padding", "type_size", "logo")
_PAIRS = {"page": ("page_width", "page_height"), "gap": ("gap_across", "gap_down")}


def find(seller_id: int, word: str) -> Layout | None:
    """The layout `word` names: one of ours, or one of the seller's by its reference."""
    if word in LAYOUTS:
        return LAYOUTS[word]
    query = select(SavedLayout).where(SavedLayout.seller_id == seller_id, SavedLayout.ref == word)
    row = db.session.scalar(query)
    return of(row) if row else None


def of(row: SavedLayout) -> Layout:
    """The layout that was saved."""
    kept = {name: value for name, value in row.values.items() if name in _NAMES}
    for pair in ("page", "gap"):
        kept[pair] = tuple(kept[pair])
    return Layout(**{**kept, "name": row.name})


def made(data: dict[str, Any]) -> Layout:
    """The layout of a form, `data` as LayoutSchema gives it.

    Raises BadInput where labels do not fit the page, LabelTooSmall and WordsTooLarge.
    """
    values: dict[str, Any] = {name: data[name] for name in _PLAIN}
    values |= {name: float(data[name]) for name in _LENGTHS}
    for name, (one, other) in _PAIRS.items():
        values[name] = (float(data[one]), float(data[other]))
    layout = Layout(**values, dpi=int(data["dpi"]))
    _fits(layout)
    labels.plan(layout, qr.symbol(_SYMBOL).side, Face(()), 3)
    return layout


def values(layout: Layout) -> dict[str, str]:
    """A layout as its form shows it."""
    shown = {name: getattr(layout, name) for name in (*_PLAIN, *_LENGTHS, "dpi")}
    for name, parts in _PAIRS.items():
        shown |= dict(zip(parts, getattr(layout, name), strict=True))
    return {name: _typed(value) for name, value in shown.items()}


def save(
    actor: Actor, seller: Seller, layout: Layout, row: SavedLayout | None = None
) -> SavedLayout:
    """Keep a layout, as a new one or in place of `row`. Raises BadInput for a name in use."""
    same = select(SavedLayout).where(
        SavedLayout.seller_id == seller.id, SavedLayout.name == layout.name
    )
    other = db.session.scalar(same)
    if other is not None and other is not row:
        raise BadInput({"name": [_("Đã có khuôn tên này.")]})
    row = row or SavedLayout(seller_id=seller.id)
    row.name, row.values = layout.name, asdict(layout)
    db.session.add(row)
    audit.note(actor, "layout.save", row, row.name)
    return row


def remove(actor: Actor, row: SavedLayout) -> None:
    """Take it away; batches printed on it keep their files."""
    gone = {"name": [row.name, None]}
    audit.write(actor, "layout.remove", row.seller_id, row.name, row.ref, gone)
    db.session.delete(row)


def _fits(layout: Layout) -> None:
    across = layout.columns * layout.width + (layout.columns - 1) * layout.gap[0]
    down = layout.rows * layout.height + (layout.rows - 1) * layout.gap[1]
    faults = {}
    if across > layout.page[0] + 0.01:
        faults["columns"] = [_("Các cột tem rộng hơn trang giấy.")]
    if down > layout.page[1] + 0.01:
        faults["rows"] = [_("Các hàng tem cao hơn trang giấy.")]
    if faults:
        raise BadInput(faults)


def _typed(value: str | float) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return f"{value:g}".replace(".", ",") if isinstance(value, int | float) else value
