"""What people who scanned a code report, and what becomes of it."""

from flask_babel import lazy_gettext as _l

from shop import clock, outbox
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Product
from shop.database import db
from traceability.resolver import Found
from traceability.stamp_models import Problem

KINDS = {
    "fake": _l("Nghi hàng giả, tem bị bóc dán lại"),
    "wrong": _l("Thông tin không khớp với bao bì"),
    "quality": _l("Hàng hỏng, mùi vị lạ, có vật lạ"),
    "health": _l("Dùng xong thấy khó chịu"),
    "other": _l("Việc khác"),
}


def report(found: Found, kind: str, text: str, contact: str = "") -> Problem:
    """Keep a report on what a code stands for; its seller is told. `kind`: a word of KINDS."""
    product = db.session.get_one(Product, found.product_id)
    row = Problem(seller_id=product.seller_id, product_id=product.id, kind=kind, text=text)
    row.contact = contact
    row.lot_id = found.lot.id if found.lot else None
    row.stamp_id = found.stamp.id if found.stamp else None
    db.session.add(row)
    db.session.flush()
    outbox.record("problem_reported", problem_id=row.id)
    return row


def settle(actor: Actor, row: Problem, answer: str) -> None:
    """Say what was done about it; saying more later is possible, the first instant stays."""
    row.answer = answer
    row.settled_at = row.settled_at or clock.now()
    audit.note(actor, "problem.settle", row, answer[:80] or row.ref)
