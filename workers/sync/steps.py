"""A push of one shop, and the calls it is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from workers.marketplaces import known
from workers.marketplaces.protocol import Listing, Shop, Told
from workers.sync import lanes
from workers.sync.models import LaneKind

# Calls are made ready for so long ahead: each look into the tables serves several of them.
AHEAD_SECONDS = 0.4


@dataclass
class Run:
    """One push of one shop. `skus`: SKU → external id of what is listed, asked at `asked_at`."""

    connection_id: int
    platform: str
    skus: dict[str, str] | None = None
    asked_at: datetime | None = None

    @property
    def market(self) -> known.Marketplace:
        """The platform's connector."""
        return known.MARKETPLACES[self.platform]

    @property
    def most(self) -> dict[LaneKind, int]:
        """How many lanes of a kind one call may carry."""
        there = self.market.listings
        return {
            LaneKind.STOCK: there.MOST_STOCKS,
            LaneKind.PRICE: there.MOST_PRICES,
            LaneKind.STATUS: there.MOST_STATES,
        }

    def ahead(self, per_second: float) -> dict[LaneKind, int]:
        """How many lanes of a kind are made ready at once, for a shop that is called so fast."""
        calls = max(1, int(per_second * AHEAD_SECONDS))
        return {kind: most * calls for kind, most in self.most.items()}


@dataclass
class Step:
    """One call: the lanes it tells, by listing; `send` makes it and says what was refused.

    `names`: external id → listing. `split`: the same as one call for each listing. A step that
    lists something new puts its external id into `made`.
    """

    lanes: dict[int, list[lanes.Taken]]
    names: dict[str, int]
    send: Callable[[Shop], Told]
    split: list["Step"] = field(default_factory=list)
    creates: bool = False
    made: list[str] = field(default_factory=list)


def plain(kind: LaneKind, value: object) -> object:
    """What of a value makes a difference there."""
    if kind is LaneKind.CONTENT and isinstance(value, Listing):
        attributes = sorted(value.attributes.items())
        return (value.name, value.description, str(value.weight_kg), value.brand_id, attributes)
    if kind is LaneKind.IMAGES and isinstance(value, Listing):
        return tuple(image.key for image in value.images)
    return value
