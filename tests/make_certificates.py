"""Factories of OCOP certificates: rows as they stand after a reviewer has seen them."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from shop import clock
from shop.catalogue.models import Certificate, CertificateState, Coverage, Product, Variant
from shop.media.models import Document
from shop.sellers.models import Seller
from tests import make

_next = count(1)


def certificate(
    *covered: Product | Variant,
    of: Seller | None = None,
    score: str = "86.5",
    issued_on: date | None = None,
    **more,
) -> Certificate:
    """A verified four-star certificate of a year ago that covers `covered`, for two years more."""
    issued_on = issued_on or clock.today() - timedelta(365)
    values = {
        "seller_id": of.id if of else covered[0].seller_id,
        "number": f"{next(_next)}/QĐ-UBND",
        "score": Decimal(score),
        "criteria_set": "QD148",
        "authority": "UBND tỉnh Thái Nguyên",
        "level": "province",
        "issued_on": issued_on,
        "expires_on": issued_on + timedelta(3 * 365),
        "state": CertificateState.VERIFIED,
        "reviewer": "Người duyệt",
    }
    row = Certificate(**values | more)
    row.coverage = [_coverage(each) for each in covered]
    return make._save(row)


def scan(row: Certificate) -> Document:
    """Its scan, as far as anybody looks for it."""
    facts = {"holder": f"certificate:{row.ref}", "kind": "scan", "title": "Bản chụp"}
    file = {"file_key": f"documents/{row.ref}.pdf", "content_type": "application/pdf"}
    more = {"bytes": 1, "sha256": "0" * 64}
    return make._save(Document(seller_id=row.seller_id, **facts, **file, **more))


def _coverage(covered: Product | Variant) -> Coverage:
    if isinstance(covered, Variant):
        return Coverage(product_id=covered.product_id, variant_id=covered.id)
    return Coverage(product_id=covered.id)
