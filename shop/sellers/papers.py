"""Papers of a seller: the kinds there are, which of them the law asks of whom, and since when.

Pictures of identity cards are not kept: a reviewer compares the card with the profile and notes
that (Law 91/2025/QH15 counts them as sensitive personal data).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.media.models import Document
from shop.sellers.models import Review, Seller, SellerKind

KINDS: dict[str, Any] = {
    "registration": _l("Giấy đăng ký (hợp tác xã, tổ hợp tác, hộ kinh doanh, doanh nghiệp)"),
    "village": _l("Quyết định công nhận làng nghề"),
    "mandate": _l("Giấy cử hoặc ủy quyền người đại diện"),
    "food_safety": _l("Giấy chứng nhận cơ sở đủ điều kiện an toàn thực phẩm"),
    "food_pledge": _l("Bản cam kết sản xuất thực phẩm an toàn"),
    "declaration": _l("Bản tự công bố hoặc đăng ký công bố sản phẩm"),
    "alcohol": _l("Giấy phép sản xuất rượu"),
    "alcohol_trade": _l("Giấy phép bán buôn, bán lẻ rượu"),
    "advertising": _l("Giấy xác nhận nội dung quảng cáo"),
    "other": _l("Giấy tờ khác"),
}


@dataclass(frozen=True)
class Rule:
    """Sellers of `of` must show one of `kinds`, from `since` to `until` (None: still).

    `source`: the decree or law; `why`: the same for people.
    """

    of: tuple[SellerKind, ...]
    kinds: tuple[str, ...]
    why: Any
    source: str
    since: date
    until: date | None = None


_E_COMMERCE = "Law 122/2025/QH15 on e-commerce; Decree 248/2026/NĐ-CP"
_FOOD = "Law 55/2010/QH12 on food safety; Decree 15/2018/NĐ-CP"
_SINCE_E_COMMERCE = date(2026, 7, 1)

# Who sells on an intermediary platform is identified before display. A craft village is no legal
# person of its own: what stands for it is the decision that recognised it (52/2018/NĐ-CP).
RULES: tuple[Rule, ...] = (
    Rule(
        of=(SellerKind.COOPERATIVE, SellerKind.COOPERATIVE_GROUP, SellerKind.ENTERPRISE),
        kinds=("registration",),
        why=_l("Luật Thương mại điện tử: nền tảng phải biết rõ ai bán trước khi cho đăng."),
        source=_E_COMMERCE,
        since=_SINCE_E_COMMERCE,
    ),
    Rule(
        of=(SellerKind.HOUSEHOLD,),
        kinds=("registration", "food_pledge", "other"),
        why=_l("Luật Thương mại điện tử: hộ chưa phải đăng ký thì gửi giấy xác nhận khác."),
        source=_E_COMMERCE,
        since=_SINCE_E_COMMERCE,
    ),
    Rule(
        of=(SellerKind.CRAFT_VILLAGE,),
        kinds=("village", "registration"),
        why=_l("Luật Thương mại điện tử: làng nghề gửi quyết định công nhận."),
        source=f"{_E_COMMERCE}; Decree 52/2018/NĐ-CP",
        since=_SINCE_E_COMMERCE,
    ),
)

# Asked only of who sells food, which the profile does not say: shown, never demanded.
ADVISED: tuple[Rule, ...] = (
    Rule(
        of=tuple(SellerKind),
        kinds=("food_safety", "food_pledge"),
        why=_l("Luật An toàn thực phẩm: ai bán thực phẩm cần một trong hai giấy này."),
        source=_FOOD,
        since=date(2018, 2, 2),
    ),
)

CHECKED = "checked"


def asked(kind: str | None, on: date | None = None) -> list[Rule]:
    """The rules in force for a kind of seller on a day (today)."""
    return _in_force(RULES, kind, on or clock.today())


def advised(kind: str | None, on: date | None = None) -> list[Rule]:
    """What who sells food needs besides."""
    return _in_force(ADVISED, kind, on or clock.today())


def _in_force(rules: Sequence[Rule], kind: str | None, on: date) -> list[Rule]:
    return [
        rule
        for rule in rules
        if kind in rule.of and rule.since <= on and (rule.until is None or on <= rule.until)
    ]


def meets(rule: Rule, papers: Sequence[Document], on: date) -> bool:
    """Whether one of the papers is of a kind that the rule takes, and holds on that day."""
    return any(paper.kind in rule.kinds and holds(paper, on) for paper in papers)


def holds(paper: Document, on: date) -> bool:
    """Whether the paper has not run out."""
    return paper.valid_until is None or paper.valid_until >= on


def check_identity(actor: Actor, seller: Seller, note: str) -> Review:
    """A reviewer has compared the representative's identity papers with the profile.

    `note` says which papers were seen and how; never their number.
    """
    answer = Review(seller_id=seller.id, subject=f"identity:{seller.ref}", outcome=CHECKED)
    answer.reason, answer.reviewer = note.strip(), actor.name
    db.session.add(answer)
    audit.note(actor, "seller.check_identity", cast(Any, seller), seller.name)
    return answer


def identity(seller: Seller) -> Review | None:
    """Who compared the identity papers last, and when; None: nobody has."""
    query = select(Review).where(Review.subject == f"identity:{seller.ref}")
    return db.session.scalar(query.order_by(Review.at.desc(), Review.id.desc()).limit(1))
