"""Background work of scans: storing them, forgetting them, telling of problems."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from shop import clock
from shop.accounts.models import Membership, Role
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.jobs import job
from shop.notifications import send
from traceability import problems, scans
from traceability.stamp_models import Problem


@job("default")
def store_scans() -> None:
    """Move noted scans from Redis into the tables, piece by piece, each in one transaction.

    Killed between a commit and its end, it meets the same piece again and leaves it out.
    """
    while piece := scans.taken():
        with transaction():
            scans.store(piece)
        scans.done(piece)


@job("default")
def forget_scans() -> None:
    """Delete single scans older than the operator keeps them; the days' counts stay."""
    before = clock.today() - timedelta(days=current_app.config["SETTINGS"].scan_days)
    gone = 1
    while gone:
        with transaction():
            gone = scans.forget(before)


@job("default")
def tell_of_problem(problem_id: int) -> None:
    """Mail the owners of a seller what was reported; those without e-mail see it on screen."""
    with transaction():
        row = db.session.get_one(Problem, problem_id)
        product = db.session.get_one(Product, row.product_id)
        said = f"{problems.KINDS[row.kind]}\n\n{row.text}\n"
        contact = f"\nLiên hệ: {row.contact}\n" if row.contact else ""
        # A job has no request that url_for could take the host from.
        link = f"{current_app.config['SETTINGS'].base_url}/ban-hang/phan-anh/{row.ref}"
        owners = select(Membership).where(
            Membership.seller_id == row.seller_id, Membership.role == Role.OWNER
        )
        for each in db.session.scalars(owners):
            if each.user.email:
                once_key = f"problem:{row.ref}:{each.user_id}"
                body = f"{product.name}: {said}{contact}\n{link}\n"
                send.mail(each.user.email, f"Phản ánh về {product.name}", body, once=once_key)
