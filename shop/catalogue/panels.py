"""What the catalogue lends to other rooms' pages."""

from flask import render_template
from sqlalchemy import func, select

from shop import clock
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue import certificates, reminders
from shop.catalogue.models import Certificate, CertificateState, Coverage, Product
from shop.database import db
from shop.media.models import Document


def sellers_with_products(seller_ids: list[int]) -> set[int]:
    """Which of these sellers have entered a product, whatever its state."""
    mine = select(Product.seller_id).where(Product.seller_id.in_(seller_ids))
    return set(db.session.scalars(mine.distinct()))


def decided_by(paper: Document) -> bool:
    """Whether a certificate rests on this paper: only a scan not yet decided on may go."""
    kind, _colon, ref = paper.holder.partition(":")
    if kind != "certificate":
        return False
    state = db.session.scalar(select(Certificate.state).where(Certificate.ref == ref))
    undecided = state in {CertificateState.WAITING, CertificateState.REFUSED}
    return not (paper.kind == "scan" and undecided)


def overview(actor: Actor) -> str:
    """How many products there are and how many are on sale."""
    if not actor.may(Permission.CATALOGUE_READ):
        return ""
    mine = access.rows(actor, Product, Permission.CATALOGUE_READ).subquery()
    published = func.count().filter(mine.c.on_sale)
    total, on_sale = db.session.execute(select(func.count(), published).select_from(mine)).one()
    return render_template("catalogue/overview.html", total=total, on_sale=on_sale)


def certificates_to_do(actor: Actor) -> str:
    """Certificates that end soon, and for reviewers how many wait."""
    if not actor.may(Permission.CATALOGUE_READ):
        return ""
    waiting = None
    if actor.may(Permission.REVIEW):
        query = access.rows(actor, Certificate, Permission.REVIEW)
        mine = query.where(Certificate.state == CertificateState.WAITING).subquery()
        waiting = db.session.scalar(select(func.count()).select_from(mine))
    # A platform's people see what waits for them; what ends is its seller's to renew.
    own = actor.may(Permission.CATALOGUE_WRITE) and None not in actor.allowed
    rows = access.rows(actor, Certificate, Permission.CATALOGUE_WRITE)
    ending = reminders.ending(rows) if own else []
    return render_template("certificates/overview.html", waiting=waiting, ending=ending)


def certificates_on_product(product: Product, actor: Actor) -> str:
    """The star of a product with the certificate behind it, the others, and what to do."""
    if not actor.may(Permission.CATALOGUE_READ, product.seller_id):
        return ""
    covering = select(Coverage.certificate_id).where(Coverage.product_id == product.id)
    query = access.rows(actor, Certificate, Permission.CATALOGUE_READ)
    query = query.where(Certificate.id.in_(covering)).order_by(Certificate.expires_on.desc())
    return render_template(
        "certificates/on_product.html",
        product=product,
        best=certificates.in_force(product),
        rows=db.session.scalars(query).all(),
        today=clock.today(),
        may_write=actor.may(Permission.CATALOGUE_WRITE, product.seller_id),
    )
