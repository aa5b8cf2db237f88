"""The monthly mail to an official: the brief in words, and where it stands."""

from flask_babel import gettext as _

from shop.figures import Scope
from shop.reports.briefs import Line

PATH = "/so-lieu/vung/{area}/{period}"


def monthly(scope: Scope, groups: list[tuple[str, list[Line]]], base_url: str) -> tuple[str, str]:
    """Subject and text."""
    where = {"area": scope.region.name, "period": scope.period.name}
    subject = str(_("Số liệu %(area)s, %(period)s", **where))
    parts = [str(_("Số liệu Chợ OCOP của %(area)s, %(period)s.", **where))]
    for title, lines in groups:
        said = [f"- {line.figure.title}: {line.shown}" for line in lines]
        parts.append("\n".join([title, *said]))
    url = base_url + PATH.format(area=scope.region.code, period=scope.period.word)
    parts.append(str(_("Xem đủ, tải PDF và Excel: %(url)s", url=url)))
    parts.append(str(_("Số nào đứng sau dưới 5 người bán hoặc người mua thì không nêu.")))
    return subject, "\n\n".join(parts)
