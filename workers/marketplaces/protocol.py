"""What every marketplace offers us, what we give it, and how its refusals are told apart.

A connector is a package of six modules with these verbs and no knowledge of the database:
`client` (SignIn), `listings` (Listings), `orders` (Orders), `payouts` (Payouts), `sign` and
`errors`. `workers.marketplaces.known` names those there are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True)
class Partner:
    """Our own app at a marketplace. `api`, `auth`, `consent`: where its calls, its tokens and the
    page on which a seller agrees are (scheme, host and what comes before every path).

    `push_key` signs what the marketplace sends us; `service_id` is TikTok's name of the app.
    """

    key: str
    secret: str = field(repr=False)
    api: str
    auth: str
    consent: str
    push_key: str = field(default="", repr=False)
    service_id: str = ""


def _at_once() -> None:
    """No limit of calls."""


@dataclass(frozen=True)
class Shop:
    """A seller's shop we may act for, with the token of the moment.

    `before_call` is called ahead of every call: it waits for its turn, or raises Later. `cipher`
    is TikTok's second name of a shop.
    """

    partner: Partner
    shop_id: str
    access_token: str = field(repr=False)
    cipher: str = ""
    before_call: Callable[[], None] = field(default=_at_once, repr=False, compare=False)


@dataclass(frozen=True)
class Tokens:
    """A pair of tokens and when each ends, in epoch seconds.

    `refresh_until` None: the marketplace does not say, or every refresh makes it longer.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: int
    refresh_until: int | None = None


@dataclass(frozen=True)
class Grant:
    """What a seller's consent gave: one shop, its name for people, its tokens."""

    shop_id: str
    name: str
    tokens: Tokens
    cipher: str = ""


class SignIn(Protocol):
    """The verbs of a platform's `client` by which a shop is connected.

    All raise MarketplaceError.
    """

    def consent_url(self, partner: Partner, redirect_url: str, state: str) -> str:
        """Where the seller agrees; it leads back to `redirect_url` with `state` and a code."""

    def exchange(self, partner: Partner, came_back: Mapping[str, str]) -> Grant:
        """The shop and its first tokens, for the query that the consent page led back with."""

    def refresh(self, partner: Partner, refresh_token: str, shop_id: str) -> Tokens:
        """The next pair. The refresh token given may be spent: keep the new pair first of all."""


# — listings —


@dataclass(frozen=True)
class Image:
    """A photo. `key` names its content, `read` gives its bytes (PNG or JPEG)."""

    key: str
    read: Callable[[], bytes] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Listing:
    """One thing for sale as it should stand there now.

    `stock` in whole selling units. `weight_kg` None: unknown. `size_cm`: length, width, height of
    the parcel. `category_id` "" and `attributes` {} where nobody chose any; `attributes` by the
    marketplace's own attribute id. `brand_id` "": no brand. `on_sale`: whether buyers see it.
    """

    sku: str
    name: str
    description: str
    price_vnd: int
    stock: int
    weight_kg: Decimal | None
    size_cm: tuple[int, int, int]
    images: tuple[Image, ...]
    on_sale: bool = True
    category_id: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    brand_id: str = ""


@dataclass(frozen=True)
class Category:
    """A leaf of the marketplace's tree, its path in words ("Thực phẩm > Trà")."""

    id: str
    path: str


@dataclass(frozen=True)
class Attribute:
    """What a category asks of its goods. `options`: id → words; empty: free text.

    `paper`: a document of which it is not told how a program sends it; people do, on the
    marketplace's own pages.
    """

    id: str
    name: str
    mandatory: bool
    options: Mapping[str, str] = field(default_factory=dict)
    paper: bool = False


@dataclass(frozen=True)
class Limits:
    """What the marketplace accepts in a category, both ends included."""

    name: tuple[int, int]
    description: tuple[int, int]
    price_vnd: tuple[int, int]
    stock: tuple[int, int]
    weight_kg: tuple[Decimal, Decimal]
    images: tuple[int, int]


@dataclass(frozen=True)
class CategoryRules:
    """All that a listing in one category must keep to. `brands`: id → name."""

    limits: Limits
    attributes: tuple[Attribute, ...] = ()
    brand_mandatory: bool = False
    brands: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """What listing in a shop needs to know beside the category.

    `carriers`: ids of the ways of delivery that are switched on; `warehouse` where stock lies.
    """

    carriers: tuple[str, ...] = ()
    warehouse: str = ""


class RemoteState(StrEnum):
    """How an item stands on the marketplace."""

    LIVE = "live"
    OFF = "off"
    IN_REVIEW = "in_review"
    BANNED = "banned"
    GONE = "gone"


@dataclass(frozen=True)
class Remote:
    """An item as the marketplace has it. None, or an empty name: it does not tell."""

    external_id: str
    sku: str
    name: str
    state: RemoteState
    price_vnd: int | None
    stock: int | None


@dataclass(frozen=True)
class Told:
    """What a call about several items did: refusals (Refused, Locked, Retry) by external id.

    The others were done.
    """

    refused: Mapping[str, "MarketplaceError"] = field(default_factory=dict)


class Listings(Protocol):
    """The verbs of a platform's `listings` module. All raise MarketplaceError.

    An `external_id` is whatever the platform needs to name the item again, as one text. Values
    are absolute: a call said twice is harmless, a create apart.
    """

    # How many items one call may carry.
    MOST_STOCKS: int
    MOST_PRICES: int
    MOST_STATES: int

    def categories(self, shop: Shop) -> list[Category]:
        """The leaves of the tree."""

    def rules(self, shop: Shop, category_id: str) -> CategoryRules:
        """What the category asks."""

    def ground(self, shop: Shop) -> Ground:
        """Ways of delivery and warehouse."""

    def items(self, shop: Shop) -> Iterator[Remote]:
        """Everything the shop lists, page by page."""

    def find(self, shop: Shop, skus: Sequence[str]) -> dict[str, str]:
        """SKU → external id, of those that are listed."""

    def look(self, shop: Shop, external_ids: Sequence[str]) -> dict[str, Remote]:
        """Some items as they stand now, by external id; what is gone is left out."""

    def create(self, shop: Shop, ground: Ground, listing: Listing, *, key: str) -> str:
        """List it; its external id. `key`: the same for the same attempt.

        After Retry it may or may not exist. Raises Exists when the SKU is taken.
        """

    def push_stock(self, shop: Shop, ground: Ground, stocks: Mapping[str, int]) -> Told:
        """Set stocks, absolute, by external id."""

    def push_price(self, shop: Shop, prices: Mapping[str, int]) -> Told:
        """Set prices in đồng, absolute, by external id."""

    def push_state(self, shop: Shop, on_sale: Mapping[str, bool]) -> Told:
        """Show or hide items, by external id."""

    def push_content(self, shop: Shop, external_id: str, listing: Listing) -> None:
        """Set name, description, weight, size, attributes."""

    def push_images(self, shop: Shop, external_id: str, listing: Listing) -> None:
        """Set the photos."""


# — orders —


class OrderState(StrEnum):
    """What a marketplace's order means for us.

    PLACED may still be let go by the buyer (unpaid, on hold): goods are reserved, nothing is
    packed. CONFIRMED is to be packed.
    """

    PLACED = "placed"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RETURNED = "returned"


@dataclass(frozen=True)
class OrderLine:
    """So many of one item. `external_id` names the listing, `line_id` the line in its order.

    `returned`: how many of them came back or are declared to come back.
    """

    line_id: str
    external_id: str
    sku: str
    name: str
    quantity: int
    unit_price_vnd: int
    returned: int = 0


@dataclass(frozen=True)
class Order:
    """An order as the marketplace tells it now. Money in đồng, instants in UTC.

    Names, phones and addresses may be masked; an address is one raw text. `said` is the
    marketplace's own word for the state. `total_vnd` = goods − discount + delivery fee.
    """

    order_id: str
    state: OrderState
    said: str
    updated_at: datetime
    placed_at: datetime
    buyer_name: str
    buyer_phone: str
    address: str
    lines: tuple[OrderLine, ...]
    fee_vnd: int
    discount_vnd: int
    total_vnd: int
    note: str = ""
    carrier: str = ""
    tracking_no: str = ""


@dataclass(frozen=True)
class Page:
    """Ids of changed orders, and where the list goes on; `cursor` None: that was the end."""

    order_ids: tuple[str, ...]
    cursor: str | None


class HintKind(StrEnum):
    """What a push is about. It never says how things stand: that is asked."""

    ORDER = "order"
    ITEM = "item"
    AUTHORISATION_ENDS = "authorisation_ends"
    DEAUTHORISED = "deauthorised"
    OTHER = "other"


@dataclass(frozen=True)
class Hint:
    """A push that was signed by the marketplace. `delivery`: the same when it is sent again."""

    kind: HintKind
    shop_id: str
    delivery: str
    order_ids: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()


class Orders(Protocol):
    """The verbs of a platform's `orders` module. All but `hint` raise MarketplaceError."""

    # The longest span, in days, that `changed` may ask about, and the most ids of `read`.
    MOST_DAYS: int
    MOST_READ: int

    def changed(self, shop: Shop, since: datetime, until: datetime, cursor: str | None) -> Page:
        """Orders whose state changed in [since, until)."""

    def read(self, shop: Shop, order_ids: Sequence[str]) -> list[Order]:
        """These orders whole; unknown ones are left out."""

    def hint(
        self, partner: Partner, url: str, headers: Mapping[str, str], raw: bytes
    ) -> Hint | None:
        """What a push says. Raises BadSignature; None: signed, and nothing for us in it.

        `url`: the address that is registered with the marketplace. `headers` by lower-case name.
        """


# — payouts —


@dataclass(frozen=True)
class PayoutLine:
    """What became of one order's money, in đồng: net = gross − fee − tax + adjustment."""

    order_id: str
    happened_at: datetime
    gross_vnd: int
    fee_vnd: int
    tax_vnd: int
    adjustment_vnd: int
    net_vnd: int
    said: str = ""


class Payouts(Protocol):
    """The verb of a platform's `payouts` module."""

    def lines(self, shop: Shop, order_ids: Sequence[str]) -> list[PayoutLine]:
        """The settled amounts of these orders; those not settled yet are left out."""


# — refusals —


class MarketplaceError(Exception):
    """The marketplace did not do it. `code` and `said` as it answered, safe to log."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(f"{code}: {said}" if said else code)
        self.code = code
        self.said = said


class Retry(MarketplaceError):
    """Busy, limited or unreachable: the same again later. The outcome of a create is unknown.

    `after_seconds`: what the marketplace asked for. `away`: no answer, or a broken one (5xx).
    """

    def __init__(
        self, code: str, said: str = "", *, after_seconds: float | None = None, away: bool = False
    ) -> None:
        super().__init__(code, said)
        self.after_seconds = after_seconds
        self.away = away


class Unreadable(Retry):
    """An answer that is not as the marketplace documents it; what came of the call is unknown."""

    def __init__(self, code: str) -> None:
        super().__init__(code, away=True)


class Later(MarketplaceError):
    """Nothing of this shop may be called for `seconds` (a quota is spent, a turn is far off)."""

    def __init__(self, code: str, said: str = "", *, seconds: float) -> None:
        super().__init__(code, said)
        self.seconds = seconds


class Locked(MarketplaceError):
    """This item cannot be changed for hours (a promotion, the shop on holiday); then again."""


class TokenExpired(MarketplaceError):
    """The access token has ended: refresh once and say it again."""


class NeedsReconnect(MarketplaceError):
    """The seller has to sign the shop in again."""


class Stopped(MarketplaceError):
    """Our own account or signature is refused: nothing will pass until an operator acts."""


class Refused(MarketplaceError):
    """This item's data is refused; sending it again unchanged changes nothing."""


class Exists(Refused):
    """The SKU is listed there already: look it up and link it."""


class BadSignature(Exception):
    """A push that the marketplace did not sign."""
