"""What every marketplace offers us, what we give it, and how its refusals are told apart."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True)
class Partner:
    """Our own account with the marketplace at `host` (scheme and name, no path)."""

    host: str
    partner_id: int
    partner_key: str = field(repr=False)


@dataclass(frozen=True)
class Shop:
    """A seller's shop we may act for, with the token of the moment."""

    partner: Partner
    shop_id: str
    access_token: str = field(repr=False)


@dataclass(frozen=True)
class Tokens:
    """A pair of tokens. `expires_at`: epoch seconds at which the access token ends."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True)
class Listing:
    """One thing for sale. `stock` in whole selling units; `category` as words to look up.

    `weight_kg` None: unknown. `image` (PNG or JPEG) None: no photo.
    """

    sku: str
    name: str
    description: str
    price_vnd: int
    stock: int
    weight_kg: Decimal | None
    category: str
    image: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Ground:
    """What creating listings in a shop needs to know of it.

    `items`: SKU → the shop's own id of what is listed already. `categories`: leaf id → its path
    in words. `carriers`: ids of the ways of delivery that are switched on.
    """

    items: dict[str, str]
    categories: dict[int, str]
    carriers: tuple[int, ...]


class MarketplaceError(Exception):
    """The marketplace did not do it. `code` and `said` as it answered, safe to log."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(f"{code}: {said}" if said else code)
        self.code = code
        self.said = said


class Retry(MarketplaceError):
    """Busy, limited or unreachable: the same again later. The outcome of a create is unknown."""


class TokenExpired(MarketplaceError):
    """The access token has ended: refresh once and say it again."""


class NeedsReconnect(MarketplaceError):
    """The seller has to sign the shop in again."""


class Stopped(MarketplaceError):
    """Our own account or signature is refused: nothing will pass until an operator acts."""


class Refused(MarketplaceError):
    """This listing's data is refused; sending it again unchanged changes nothing."""


class Marketplace(Protocol):
    """The verbs of a platform's `listings` module; `connect` verbs are in its `client`.

    All raise the errors above.
    """

    def survey(self, shop: Shop) -> Ground:
        """What is there to list with, and what is listed already."""

    def create(self, shop: Shop, ground: Ground, listing: Listing) -> str:
        """List it; the shop's own id of it. After Retry it may or may not exist."""

    def push_stock(self, shop: Shop, external_id: str, stock: int) -> None:
        """Set the stock, absolute."""

    def push_price(self, shop: Shop, external_id: str, price_vnd: int) -> None:
        """Set the price, absolute."""

    def push_content(self, shop: Shop, external_id: str, listing: Listing) -> None:
        """Set name, description and weight."""
