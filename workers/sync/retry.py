"""What an answer of a marketplace means for the work: again later, parked, or a person's turn."""

from flask_babel import gettext as _

from shop.errors import DomainError
from workers.marketplaces.protocol import Refused
from workers.marketplaces.shopee import errors as shopee

# After so many listings without an answer in one push the marketplace is away, not the listing.
MOST_PUT_OFF = 3


class Unfinished(DomainError):
    """Some listings got no answer; the outbox tries again, later each time, with jitter."""

    status = 503

    def __init__(self, code: str, listings: int) -> None:
        super().__init__(_("Sàn đang bận, sẽ tự thử lại."), code=code, listings=listings)

    def __repr__(self) -> str:
        return f"Unfinished({self.facts['code']!r}, listings={self.facts['listings']})"


def hint(error: Refused) -> str:
    """What the cooperative can do about a refusal; with the marketplace's own words if unknown."""
    known = shopee.HINTS.get(error.code)
    said = f" ({error.said})" if error.said else ""
    if known is not None:
        return f"{known}{said}"
    return str(_("Sàn từ chối: %(code)s%(said)s.", code=error.code, said=said))
