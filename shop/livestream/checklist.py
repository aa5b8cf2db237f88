"""What a session lacks before it may go live, each thing with its reason and where to mend it.

Law 122/2025/QH15 on e-commerce, Art. 22–24: before a session the host is identified and the seller
gives the papers of what is sold; without them nobody goes live.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop import clock
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.livestream import papers
from shop.livestream.errors import NotReady
from shop.livestream.models import Broadcast, Pin
from shop.livestream.plan_models import Host
from shop.sellers.models import ReviewState


@dataclass(frozen=True)
class Step:
    """One thing that must stand. `endpoint`, `values`: the page where it is mended."""

    name: str
    label: str
    why: str
    done: bool
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)


def steps(broadcast: Broadcast, on: date | None = None) -> list[Step]:
    """Everything a session needs to go live on that day (today)."""
    pins = with_goods(broadcast)
    return [
        _seller(broadcast),
        _host(broadcast),
        _goods(broadcast, pins),
        *_off_sale(pins),
        *_papers(broadcast, pins, on or clock.today()),
    ]


def planned_on(broadcast: Broadcast) -> date:
    """The day for which papers are looked at: the planned one, today once that is over."""
    today = clock.today()
    planned = clock.vietnam(broadcast.starts_at).date() if broadcast.starts_at else today
    return max(planned, today)


def missing(found: Iterable[Step]) -> list[Step]:
    """The steps that are still to be done."""
    return [step for step in found if not step.done]


def expect_ready(broadcast: Broadcast) -> None:
    """Raises NotReady naming all that is missing."""
    lacking = missing(steps(broadcast))
    if lacking:
        raise NotReady([step.label for step in lacking])


def expect_papers(broadcast: Broadcast, product: Product) -> None:
    """Raises NotReady naming the papers that these goods lack: for what is pinned on the air."""
    lacking = [n for n in papers.needed(broadcast, [product], clock.today()) if not n.held]
    if lacking:
        raise NotReady([_paper_for(need) for need in lacking])


def stands(host: Host | None) -> bool:
    """Whether this is somebody whom a reviewer has compared, and who still hosts."""
    return _about_host(host)[1]


def with_goods(broadcast: Broadcast) -> list[Pin]:
    """What is on sale under a code, with goods, product and seller."""
    query = select(Pin).where(
        Pin.broadcast_id == broadcast.id, Pin.until_at.is_(None), Pin.variant_id.is_not(None)
    )
    goods = joinedload(Pin.variant).joinedload(Variant.product).joinedload(Product.seller)
    return list(db.session.scalars(query.options(goods).order_by(Pin.code)))


def _seller(broadcast: Broadcast) -> Step:
    seller = broadcast.seller
    return Step(
        "seller",
        _("Đơn vị “%(name)s” được duyệt", name=seller.name),
        _("Chỉ người bán đã được duyệt mới được bán cho mọi người."),
        seller.review == ReviewState.PASSED,
        "profile.seller",
        {"ref": seller.ref},
    )


def _host(broadcast: Broadcast) -> Step:
    label = _("Người dẫn đã được đối chiếu danh tính")
    why, done = _about_host(broadcast.host)
    if broadcast.host is None:
        return Step("host", label, why, done, "sessions.change", {"ref": broadcast.ref})
    return Step("host", label, why, done, "hosts.hosts")


def _about_host(host: Host | None) -> tuple[str, bool]:
    if host is None:
        return _("Chưa chọn người dẫn. Luật yêu cầu biết rõ ai nói trước khi lên sóng."), False
    if host.ended_at is not None:
        return _("%(name)s không còn dẫn phiên của đơn vị.", name=host.name), False
    if host.refused:
        return _("%(name)s chưa được nhận: %(why)s", name=host.name, why=host.refused), False
    if host.checked_at is None:
        return _("%(name)s đang chờ người duyệt đối chiếu.", name=host.name), False
    return host.name, True


def _goods(broadcast: Broadcast, pins: list[Pin]) -> Step:
    return Step(
        "pins",
        _("Ít nhất một mã đã gắn hàng"),
        _("Ghim hàng vào mã (A1, 05…) để người xem chốt được."),
        bool(pins),
        "pins.pin",
        {"ref": broadcast.ref},
    )


def _off_sale(pins: list[Pin]) -> list[Step]:
    found = []
    for pin in pins:
        variant = pin.variant
        if variant is not None and not (variant.active and variant.product.on_sale):
            name = variant.product.name
            label = _("%(code)s: “%(name)s” đang bán", code=pin.code, name=name)
            why = _("Hàng này đang không bán. Đăng bán lại, hoặc bỏ ghim mã.")
            found.append(
                Step(
                    "on_sale", label, why, False, "catalogue.product", {"ref": variant.product.ref}
                )
            )
    return found


def _papers(broadcast: Broadcast, pins: list[Pin], on: date) -> list[Step]:
    products = {pin.variant.product.id: pin.variant.product for pin in pins if pin.variant}
    return [
        Step(
            "paper",
            _paper_for(need),
            need.why,
            need.held,
            "sessions.session",
            {"ref": broadcast.ref, "_anchor": "giay-to"},
        )
        for need in papers.needed(broadcast, list(products.values()), on)
    ]


def _paper_for(need: papers.Need) -> str:
    return str(_("%(paper)s cho “%(name)s”", paper=need.label, name=need.product.name))
