"""A crowded session: comments through the signed API, claims by the worker, consoles that watch.

A hundred thousand comments of five thousand buyers, a thousand a second, over twenty codes with two
hundred pieces each: most of those who want something come too late, which is where a queue that
sells twice, or forgets somebody, would show.
"""

import random
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import stock
from shop.livestream import broadcasts
from shop.livestream.models import Broadcast
from shop.sellers.models import Seller

OURS = "shop.app:create_app"
CODES, PIECES, BUYERS = 20, 200, 5_000
BATCH = 100
SECONDS_TO_SETTLE = 600
# What is said, and how often of a hundred: orders of one piece, and all that is none.
ORDERS = ("{code}", "chốt {code}", "mã {code} lấy 1", "{code} x1 nhé shop", "cho em 1 {code}")
OTHERS = (
    "{code} còn không shop?",
    "đẹp quá",
    "ship Hà Nội bao nhiêu ạ",
    "hóng",
    "❤️❤️",
    "chào cả nhà",
)
ORDERS_OF_A_HUNDRED = 45


@dataclass(frozen=True)
class Said:
    """A comment of the recording: `code` where it orders."""

    id: str
    author: str
    text: str
    code: str | None


@dataclass(frozen=True)
class Result:
    """What came of it. `lost`: orders without a claim. `unfair`: claims that hold goods though an
    earlier one for the same goods waits."""

    comments: int
    claims: int
    sent_per_second: float
    read_per_second: float
    p50_ms: float
    p99_ms: float
    oversold: int
    lost: int
    unfair: int


@dataclass
class Watch:
    """What the consoles showed: when, and how many claims there were then."""

    shown: list[tuple[float, int]] = field(default_factory=list)
    lost: int = 0


def recording(count: int, seed: int = 7) -> list[Said]:
    """So many comments, always the same."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        orders = dice.randrange(100) < ORDERS_OF_A_HUNDRED
        code = f"A{dice.randrange(CODES) + 1}"
        text = dice.choice(ORDERS if orders else OTHERS).format(code=code)
        author = f"u{dice.randrange(BUYERS)}"
        made.append(Said(f"c{number:06d}", author, text, code if orders else None))
    return made


def prepare() -> Broadcast:
    """A session on the air, with its codes and goods; commits."""
    with transaction():
        seller = db.session.scalars(select(Seller).order_by(Seller.id)).first()
        if seller is None:
            raise RuntimeError("no seller")
        plan = {"title": "Phiên đo", "platform": "facebook"}
        made = broadcasts.plan(SYSTEM, seller, plan)
        query = select(Variant).where(Variant.seller_id == seller.id).order_by(Variant.id)
        for number, variant in enumerate(db.session.scalars(query.limit(CODES)), 1):
            stock.receive(variant.id, Decimal(PIECES), source=f"bench:{number}")
            words = {"code": f"A{number}", "label": variant.product.name, "unit": variant.unit}
            broadcasts.pin(SYSTEM, made, {**words, "aliases": [], "variants": []}, variant)
        made.state, made.live_at = "live", clock.now()
        db.session.flush()
        return made
