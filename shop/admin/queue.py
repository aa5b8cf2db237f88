"""What waits for a reviewer, and what to look at of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.accounts.models import AuditEntry
from shop.catalogue import search
from shop.catalogue.models import Product
from shop.database import db
from shop.sellers import profile, reviews
from shop.sellers.models import BankAccount, Seller


def sellers(actor: Actor, words: str = "") -> Select[Seller]:
    """Sellers to be seen; with `words` those of that name, whatever was answered."""
    query = access.rows(actor, Seller, Permission.REVIEW).order_by(Seller.id)
    return profile.named(query, words) if words else query.where(reviews.to_see(Seller))


def products(actor: Actor, words: str = "") -> Select[Product]:
    """Products to be seen, the seller loaded; with `words` those of that name."""
    query = access.rows(actor, Product, Permission.REVIEW).order_by(Product.id)
    query = query.options(joinedload(Product.seller))
    return search.holding(query, words) if words else query.where(reviews.to_see(Product))


def counts() -> tuple[int, int]:
    """How many sellers and products there are to see."""
    to_see = [
        select(func.count()).select_from(model).where(reviews.to_see(model)).scalar_subquery()
        for model in (Seller, Product)
    ]
    of_sellers, of_products = db.session.execute(select(*to_see)).one()
    return of_sellers, of_products


def asked_at(rows: Sequence[Any]) -> dict[str, datetime]:
    """When each row was put before reviewers last: reference → instant; one query."""
    query = select(AuditEntry.subject_ref, func.max(AuditEntry.at)).where(
        AuditEntry.seller_id.in_({row.seller_id for row in rows}),
        AuditEntry.action == "review.ask",
        AuditEntry.subject_ref.in_([row.ref for row in rows]),
    )
    found = db.session.execute(query.group_by(AuditEntry.subject_ref))
    return {row.subject_ref: row[1] for row in found}


def of_seller(seller: Seller) -> Sequence[Product]:
    """Some products of a seller, to see what it means to sell."""
    query = select(Product).where(Product.seller_id == seller.id).order_by(Product.sort_key)
    return db.session.scalars(query.limit(20)).all()


def account_names(seller: Seller) -> Sequence[str]:
    """In whose names its bank accounts are; reviewers see no numbers."""
    query = select(BankAccount.account_name).where(BankAccount.seller_id == seller.id)
    return db.session.scalars(query.where(BankAccount.active).order_by(BankAccount.id)).all()
