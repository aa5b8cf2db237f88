"""How fast a spreadsheet of products is read, shown and written: 10,000 rows, then again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from shop import references, spreadsheets, text
from shop.accounts import access
from shop.accounts.models import Membership, Role, User
from shop.catalogue import imports
from shop.catalogue.columns import HEADINGS
from shop.catalogue.models import ImportState, ProductImport
from shop.database import db, transaction
from shop.sellers.models import Seller
from shop.spreadsheets import Cell

ROWS = 10_000


@dataclass(frozen=True)
class Measured:
    """Rows a second: `shown` read, checked and compared; `added` and `changed` written as well.

    `changed` is the same file with every price another. Reading is part of each.
    """

    shown: float
    added: float
    changed: float


def measure(rows: int = ROWS) -> Measured:
    """Import a file of so many rows for a seller made for it, and the same with other prices.

    Commits; run it in an app context on a database that is there for it. What a worker would do
    is done in this process.
    """
    user, seller = _seller()
    first = _sent(user, seller, _file(rows, price_vnd=185_000))
    shown, added = _timed(imports.show, first, rows), _timed(_applied, first, rows)
    second = _sent(user, seller, _file(rows, price_vnd=190_000))
    imports.show(second)
    return Measured(shown, added, _timed(_applied, second, rows))


def _seller() -> tuple[User, Seller]:
    name = f"HTX thử tốc độ {references.new()}"
    with transaction():
        seller = Seller(name=name, sort_key=text.sort_key(name), sources=[])
        user = User(name=name, email=f"{references.new().lower()}@example.org", active=True)
        db.session.add_all([seller, user])
        db.session.flush()
        db.session.add(Membership(user_id=user.id, seller_id=seller.id, role=Role.OWNER))
    return user, seller


def _file(rows: int, *, price_vnd: int) -> bytes:
    return spreadsheets.write(HEADINGS, (_row(n, price_vnd) for n in range(rows)))


def _row(number: int, price_vnd: int) -> list[Cell | None]:
    about: list[Cell | None] = ["Green tea", "QD26-11", "Chè búp sao tay. " * 5, "Búp chè"]
    keeping: list[Cell | None] = ["Nơi khô", "12 tháng", "3, 4, 5"]
    pack: list[Cell | None] = ["hộp 200 g", "hộp", price_vnd + number, "", 200, 1, "có"]
    return [f"SKU-{number:05d}", f"Chè tôm nõn số {number}", *about, *keeping, *pack]


def _sent(user: User, seller: Seller, data: bytes) -> int:
    taken = imports.take(data, "bang.xlsx")
    with transaction():
        return imports.start(access.of(user), seller, taken).id


def _applied(import_id: int) -> None:
    with transaction():
        row = db.session.get_one(ProductImport, import_id, with_for_update=True)
        imports.apply(access.of(db.session.get_one(User, row.requested_by)), row)
    imports.carry_out(import_id)
    if row.state != ImportState.DONE:
        raise RuntimeError(f"the import is {row.state}: {row.faults[:3]}")


def _timed(step: Callable[[int], None], import_id: int, rows: int) -> float:
    started = time.perf_counter()
    step(import_id)
    taken = time.perf_counter() - started
    db.session.expire_all()
    return round(rows / taken, 1)
