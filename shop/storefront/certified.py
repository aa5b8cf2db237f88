"""The star of a product's page with the certificate behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from shop.catalogue import certificates, programme
from shop.catalogue.models import Certificate, Product, Variant


@dataclass(frozen=True)
class Certified:
    """`star` in force today; `facts`: pairs of words and what the certificate says."""

    star: int
    facts: list[tuple[str, str]]


def of(product: Product) -> Certified | None:
    """What covers the whole product today, or None."""
    certificate = certificates.in_force(product)
    return _shown(certificate) if certificate else None


def of_packs(packs: Sequence[Variant]) -> dict[int, Certified]:
    """What covers each of these packs, by pack id."""
    return {id_: _shown(row) for id_, row in certificates.of_packs(packs).items()}


def _shown(certificate: Certificate) -> Certified:
    facts = [
        (_("Số chứng nhận"), certificate.number),
        (_("Cơ quan cấp"), certificate.authority),
        (_("Bộ tiêu chí"), programme.set_name(certificate.criteria_set)),
        (_("Ngày cấp"), f"{certificate.issued_on:%d/%m/%Y}"),
        (_("Có hiệu lực đến hết"), f"{certificate.last_day:%d/%m/%Y}"),
    ]
    return Certified(certificate.star or 0, facts)
