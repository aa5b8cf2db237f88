"""Factories of what reviewers see: a whole profile, answers, a certificate, an import."""

from datetime import date
from decimal import Decimal
from typing import Any

from shop.catalogue.models import Certificate, Coverage, ProductImport
from shop.database import db
from shop.media.models import Document
from shop.sellers.models import Review, Seller
from tests import make

# Everything that is required of a cooperative; its paper is made by `paper`.
WHOLE: dict[str, Any] = {
    "kind": "cooperative",
    "legal_name": "Hợp tác xã Chè Hảo Đạt",
    "tax_code": "4601234567",
    "representative": "Đào Thanh Hảo",
    "phone": "+84912345678",
    "address": "xóm 5, xã Tân Cương, TP Thái Nguyên",
    "commune": "Xã Tân Cương",
    "commune_code": "05503",
    "province": "Tỉnh Thái Nguyên",
    "province_code": "19",
}


def _save(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def fill(seller: Seller, **more: Any) -> Seller:
    """Give `seller` all that a review asks of it, its paper too."""
    for name, value in (WHOLE | more).items():
        setattr(seller, name, value)
    paper(seller)
    return seller


def paper(seller: Seller, **more: Any) -> Document:
    values = {
        "seller_id": seller.id,
        "holder": f"seller:{seller.ref}",
        "kind": "registration",
        "title": "Giấy chứng nhận đăng ký hợp tác xã",
        "file_key": f"documents/registration-{seller.ref}.pdf",
        "content_type": "application/pdf",
        "sha256": "1" * 64,
        "bytes": 1,
    }
    return _save(Document(**values | more))


def review(seller: Seller, **more: Any) -> Review:
    values = {
        "seller_id": seller.id,
        "subject": f"seller:{seller.ref}",
        "outcome": "passed",
        "reviewer": "Người duyệt",
    }
    return _save(Review(**values | more))


def screening(seller: Seller) -> None:
    """An answer, a certificate with what it covers, and an import."""
    review(seller)
    product = make.product(seller, name="Chè nõn tôm")
    certificate = _save(
        Certificate(
            seller_id=seller.id,
            number=f"OCOP-{seller.ref}",
            score=Decimal("82.5"),
            criteria_set="QD26-06",
            authority="UBND tỉnh Thái Nguyên",
            level="province",
            issued_on=date(2025, 12, 1),
            expires_on=date(2028, 12, 1),
        )
    )
    _save(Coverage(certificate_id=certificate.id, product_id=product.id))
    _save(
        ProductImport(
            seller_id=seller.id,
            filename="san-pham.xlsx",
            file_key=f"imports/{seller.ref}.xlsx",
            requested_by=make.user().id,
        )
    )
