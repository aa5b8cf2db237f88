"""What a seller still has to do before it is public, each thing with its reason and its place."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from shop import clock
from shop.accounts.access import Actor
from shop.database import db
from shop.media import documents
from shop.media.models import Document
from shop.sellers import papers, reviews
from shop.sellers.errors import NotReady
from shop.sellers.models import BankAccount, Seller

PROFILE = "profile.seller"


@dataclass(frozen=True)
class Step:
    """One thing to do. `endpoint` and `anchor`: where; `with_ref`: the page is the seller's own.

    `required`: without it nobody reviews the seller.
    """

    name: str
    label: Any
    why: Any
    done: bool
    required: bool = True
    endpoint: str = PROFILE
    anchor: str | None = None

    @property
    def with_ref(self) -> bool:
        """Whether the page takes the seller's reference."""
        return self.endpoint == PROFILE


# Column that must be filled → what it is called and why it is asked.
_FACTS: dict[str, tuple[Any, Any]] = {
    "kind": (_l("Loại hình"), _l("Mỗi loại hình cần giấy tờ khác nhau.")),
    "legal_name": (_l("Tên pháp lý"), _l("Tên trên giấy đăng ký; người mua được biết ai bán.")),
    "number": (_l("Mã số thuế hoặc số đăng ký"), _l("Luật Thương mại điện tử yêu cầu hiển thị.")),
    "representative": (_l("Người đại diện"), _l("Người chịu trách nhiệm trước người mua.")),
    "phone": (_l("Điện thoại"), _l("Người mua và người duyệt cần gọi được.")),
    "commune": (_l("Địa chỉ theo xã, phường hiện nay"), _l("Từ 1/7/2025 chỉ còn hai cấp.")),
}


def steps(seller: Seller) -> list[Step]:
    """Everything there is to do for one seller, in order."""
    return steps_of([seller])[seller.id]


def steps_of(sellers: Sequence[Seller]) -> dict[int, list[Step]]:
    """The same for several, by seller id; as many queries as for one."""
    ids = [seller.id for seller in sellers]
    with_bank = _with_bank(ids)
    with_product = _with_product(ids)
    shown = documents.of_many([f"seller:{seller.ref}" for seller in sellers])
    today = clock.today()
    return {
        seller.id: [
            *_facts(seller),
            *_papers(seller, shown[f"seller:{seller.ref}"], today),
            *_selling(seller, seller.id in with_bank, seller.id in with_product),
        ]
        for seller in sellers
    }


def _with_bank(ids: list[int]) -> set[int]:
    query = select(BankAccount.seller_id).where(BankAccount.seller_id.in_(ids), BankAccount.active)
    return set(db.session.scalars(query))


def _with_product(ids: list[int]) -> set[int]:
    """Asked of the room above by name (see wiring.CHECKS)."""
    check = current_app.extensions["checks"]["sellers.with_product"]
    found: set[int] = check(ids)
    return found


def _facts(seller: Seller) -> list[Step]:
    have: dict[str, Any] = defaultdict(bool)
    have |= {name: getattr(seller, name, None) for name in _FACTS}
    have["number"] = seller.tax_code or seller.registration_no
    have["commune"] = seller.commune_code
    return [
        Step(name, label, why, done=bool(have[name]), anchor="ho-so")
        for name, (label, why) in _FACTS.items()
    ]


def _papers(seller: Seller, shown: Sequence[Document], today: date) -> list[Step]:
    found = []
    for rule in papers.asked(seller.kind, today):
        label = " / ".join(str(papers.KINDS[kind]) for kind in rule.kinds)
        done = papers.meets(rule, shown, today)
        found.append(Step("paper", label, rule.why, done=done, anchor="giay-to"))
    if not found:
        why = _l("Chọn loại hình để biết cần giấy gì.")
        found.append(Step("paper", _l("Giấy tờ"), why, done=bool(shown), anchor="giay-to"))
    return found


def _selling(seller: Seller, with_bank: bool, with_product: bool) -> list[Step]:
    return [
        Step(
            "bank",
            _l("Tài khoản nhận tiền"),
            _l("Tiền của người mua vào thẳng tài khoản của đơn vị."),
            done=with_bank,
            required=False,
            endpoint="payments.accounts",
        ),
        Step(
            "story",
            _l("Câu chuyện của đơn vị"),
            _l("Người mua tin hơn khi biết ai làm ra sản phẩm."),
            done=bool(seller.story),
            required=False,
            anchor="ho-so",
        ),
        Step(
            "product",
            _l("Ít nhất một sản phẩm"),
            _l("Gian hàng cần có hàng để xem."),
            done=with_product,
            required=False,
            endpoint="catalogue.product_new",
        ),
    ]


def missing(found: Sequence[Step]) -> list[Step]:
    """The steps without which nobody reviews the seller."""
    return [step for step in found if step.required and not step.done]


def ask(actor: Actor, seller: Seller) -> None:
    """Put the seller before a reviewer. Raises NotReady naming what is missing."""
    expect_whole(seller)
    reviews.ask(actor, seller)


def expect_whole(seller: Seller) -> None:
    """Raises NotReady naming what is missing of what is required."""
    if seller.placeholder:
        raise NotReady([_("người bán thật (đây mới là tên giữ chỗ)")])
    lacking = missing(steps(seller))
    if lacking:
        raise NotReady([str(step.label) for step in lacking])
