"""The star of a product's page with the certificate behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from shop.catalogue import certificates, programme
from shop.catalogue.models import Certificate, Variant


@dataclass(frozen=True)
class Certified:
    """`star` in force today; `facts`: pairs of words and what the certificate says."""

    star: int
    facts: list[tuple[str, str]]


def of(packs: Sequence[Variant]) -> tuple[Certified | None, dict[int, Certified]]:
    """What covers all of a product's packs today, or else what covers each, by pack id."""
    found = certificates.of_packs(packs)
    if len(found) == len(packs) and len({row.id for row in found.values()}) == 1:
        return _shown(next(iter(found.values()))), {}
    return None, {id_: _shown(row) for id_, row in found.items()}


def _shown(certificate: Certificate) -> Certified:
    facts = [
        (_("Số chứng nhận"), certificate.number),
        (_("Cơ quan cấp"), certificate.authority),
        (_("Bộ tiêu chí"), programme.set_name(certificate.criteria_set)),
        (_("Ngày cấp"), f"{certificate.issued_on:%d/%m/%Y}"),
        (_("Có hiệu lực đến hết"), f"{certificate.last_day:%d/%m/%Y}"),
    ]
    return Certified(certificate.star or 0, facts)
