"""A seller leaves and asks to be erased: its persons go, what the law keeps stays.

Law 91/2025/QH15 on personal data, with Law 88/2015/QH13 on accounting (documents ten years):
orders, invoices, ledger and bank lines stay as they are; who they were of is sealed (`Departure`)
and goes when that time is over. Everything else of the seller is emptied, or searched for its
names and numbers (see `scrubbing`). What other rooms hold of it (words in the record of
traceability, hosts of livestreams and more) goes by their jobs (`seller_erased` in wiring).
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Select, delete, func, select, union_all, update

from shop import clock, outbox, phones, references, text
from shop.accounts import audit, delegation, members
from shop.accounts.access import Actor
from shop.accounts.models import ApiToken, Delegation, Membership, User
from shop.admin import scrubbing
from shop.admin.errors import MoneyBetween, StillSelling
from shop.admin.models import Departure
from shop.admin.scrubbing import GONE
from shop.catalogue import products
from shop.catalogue.models import Product
from shop.database import db
from shop.media import photos
from shop.media.models import Document, Photo
from shop.orders import dues
from shop.orders.models import PAID_LATER, Order, State
from shop.payments import reviews
from shop.payments.models import GatewayPayment, Payout, PayoutState, Refund, RefundState
from shop.reconciliation.models import BankLine, LineState
from shop.sellers.models import BankAccount, ReviewState, Seller

KEPT_YEARS = 10
NAME = "Người bán đã rời"
# Papers of these are accounting documents.
_KEPT_PAPERS = "voucher:"
_UNDER_WAY = (
    State.AWAITING_PAYMENT,
    State.PAID,
    State.CONFIRMED,
    State.PACKING,
    State.SHIPPED,
)
_IDENTITY = (
    *("name", "kind", "legal_name", "tax_code", "registration_no", "representative"),
    *("phone", "email", "address", "street", "commune", "province"),
)
_EMPTIED = (
    *("starter_id", "representative", "phone", "tax_code", "legal_name", "registration_no"),
    *("registered_on", "registered_by", "email", "address", "street", "latitude", "longitude"),
)


def erase(actor: Actor, seller: Seller, asked: str) -> Departure:
    """Erase the persons of a seller who is there, whose row is locked. `asked`: how they asked.

    Raises StillSelling while an order is under way, MoneyBetween while money is to be moved.
    """
    if actor.user_id is None:
        raise ValueError("a person erases a seller")
    _expect_nothing_under_way(seller)
    _expect_no_money_between(seller)
    leavers = _leavers(seller)
    words = [*_words(seller), *(word for user in leavers for word in _words_of(user))]
    row = Departure(seller_id=seller.id, identity=_identity(seller), asked=asked)
    row.by_id, row.keep_until = actor.user_id, _kept_until()
    db.session.add(row)
    _stop(actor, seller)
    _forget_files(actor, seller)
    _forget_people(seller, leavers)
    _empty(seller)
    db.session.flush()
    scrubbing.scrub(seller.id, [user.id for user in leavers], words)
    audit.write(actor, "person.erase", seller.id, NAME, seller.ref, {})
    outbox.record("seller_renamed", seller_id=seller.id)
    outbox.record("seller_erased", seller_id=seller.id)
    return row


def _expect_nothing_under_way(seller: Seller) -> None:
    query = select(Order.ref).where(Order.seller_id == seller.id, Order.state.in_(_UNDER_WAY))
    open_ones = db.session.scalars(query.order_by(Order.id).limit(20)).all()
    if open_ones:
        raise StillSelling(list(open_ones))


def _expect_no_money_between(seller: Seller) -> None:
    """No buyer waits for money, no carrier or marketplace has any, no collector owes some, nothing
    that came is unexplained: after this nobody could say whose it is."""
    waiting = select(Refund.ref).where(
        Refund.seller_id == seller.id, Refund.state.in_((RefundState.DUE, RefundState.ASKED))
    )
    fell_through = Order.state.in_((State.CANCELLED, State.EXPIRED))
    kept = fell_through & (Order.paid_vnd > Order.refunded_vnd)
    open_vnd = Order.total_vnd - Order.returned_vnd - Order.written_off_vnd - Order.paid_vnd
    carried = Order.pay_by.in_(PAID_LATER) & Order.state.in_(dues.HANDED_OVER) & (open_vnd > 0)
    orders = select(Order.ref).where(Order.seller_id == seller.id, kept | carried)
    owing = (Payout.seller_id == seller.id) | (Payout.collector_id == seller.id)
    payouts = select(Payout.ref).where(owing, Payout.state.in_((PayoutState.DUE, PayoutState.SENT)))
    named = func.coalesce(func.nullif(BankLine.bank_reference, ""), BankLine.ref)
    lines = select(named).where(
        BankLine.seller_id == seller.id,
        BankLine.state.in_((LineState.NEW, LineState.SUSPENSE, LineState.PARTLY)),
    )
    found = db.session.scalars(
        union_all(waiting, orders, _at_gateways(seller), payouts, lines).limit(20)
    ).all()
    if found:
        raise MoneyBetween(list(found))


def _at_gateways(seller: Seller) -> Select[str]:
    """Orders of which a gateway holds more than they cost, or nobody said yet what it holds."""
    given = select(func.coalesce(func.sum(Refund.credit_vnd), 0)).where(
        Refund.gateway_payment_id == GatewayPayment.id, Refund.state != RefundState.FAILED
    )
    surplus_vnd = GatewayPayment.amount_vnd - GatewayPayment.applied_vnd - given.scalar_subquery()
    kept = GatewayPayment.captured_at.is_not(None) & (surplus_vnd > 0)
    of_theirs = select(Order.ref).join(GatewayPayment, GatewayPayment.order_id == Order.id)
    return of_theirs.where(GatewayPayment.seller_id == seller.id, kept | reviews.WAITING)


def _leavers(seller: Seller) -> list[User]:
    """People of the seller who belong nowhere else."""
    mine = select(Membership.user_id).where(Membership.seller_id == seller.id)
    users = db.session.scalars(select(User).where(User.id.in_(mine)).order_by(User.id))
    return [u for u in users if {m.seller_id for m in u.memberships} == {seller.id}]


def _words(seller: Seller) -> Iterable[str | None]:
    """What names the seller and its persons, wherever it was written."""
    consenters = select(Delegation.consenter).where(Delegation.seller_id == seller.id)
    owners = select(BankAccount.account_name).where(BankAccount.seller_id == seller.id)
    yield from (seller.name, seller.legal_name, seller.representative, seller.email)
    yield from (seller.tax_code, seller.registration_no, *_written(seller.phone))
    yield from db.session.scalars(consenters)
    yield from db.session.scalars(owners)


def _words_of(user: User) -> Iterable[str | None]:
    return (user.name, user.email, *_written(user.phone))


def _written(phone: str | None) -> tuple[str, ...]:
    """A number in the ways in which it is written."""
    return (phone, f"0{phone[3:]}", phones.show(phone)) if phone else ()


def _identity(seller: Seller) -> bytes:
    return json.dumps({name: getattr(seller, name) for name in _IDENTITY}).encode()


def _kept_until() -> date:
    """Through the end of the tenth year after this one, as years of account are."""
    return date(clock.today().year + KEPT_YEARS, 12, 31)


def _stop(actor: Actor, seller: Seller) -> None:
    """Nothing of it is sold or shown, and nobody acts for it any more."""
    seller.review = ReviewState.DRAFT
    db.session.flush()
    for product in db.session.scalars(select(Product).where(Product.seller_id == seller.id)):
        products.archive(actor, product)
    products.settle_all(seller)
    for row in db.session.scalars(delegation.of_seller(seller.id)):
        delegation.end(actor, row)
        row.note = ""


def _forget_files(actor: Actor, seller: Seller) -> None:
    for photo in db.session.scalars(select(Photo).where(Photo.seller_id == seller.id)).all():
        photos.remove(actor, photo)
    papers = select(Document).where(Document.seller_id == seller.id)
    for paper in db.session.scalars(papers.where(~Document.holder.startswith(_KEPT_PAPERS))):
        photos.discard([paper.file_key])
        db.session.delete(paper)
    photos.discard(scrubbing.files(seller.id))


def _forget_people(seller: Seller, leavers: list[User]) -> None:
    db.session.execute(delete(Membership).where(Membership.seller_id == seller.id))
    for user in leavers:
        user.name, user.phone = GONE, None
        user.email = f"{user.ref.lower()}@da-xoa.invalid"  # a user has one of the two
        user.active = False
        user.current_login_ip = user.last_login_ip = None
        user.tf_totp_secret = user.tf_phone_number = user.tf_primary_method = None
        user.mf_recovery_codes = None
        members.set_password(user, references.token())
        tokens = update(ApiToken).where(ApiToken.user_id == user.id)
        db.session.execute(tokens.values(name=GONE, revoked_at=clock.now()))


def _empty(seller: Seller) -> None:
    """What is left of the row: its reference, its kind and its commune, for counting."""
    for name in _EMPTIED:
        setattr(seller, name, None)
    seller.name, seller.sort_key = NAME, text.sort_key(NAME)
    seller.story, seller.sources, seller.edited = "", [], False
    seller.left_at = clock.now()
    accounts = select(BankAccount).where(BankAccount.seller_id == seller.id)
    for account in db.session.scalars(accounts):
        account.active, account.main = False, False
        account.account_number, account.account_name = f"X{account.id}", GONE


def read(actor: Actor, row: Departure) -> dict[str, Any]:
    """Who a seller was, for an authority that may ask; who looks is noted."""
    audit.write(actor, "departure.read", row.seller_id, NAME, row.ref, {})
    found: dict[str, Any] = json.loads(row.identity or b"{}")
    return found


def forget_over() -> int:
    """Empty what was kept long enough; how many."""
    over = (Departure.keep_until < clock.today()) & Departure.identity.is_not(None)
    forgotten = update(Departure).where(over).values(identity=None)
    return len(db.session.execute(forgotten.returning(Departure.id)).all())
