"""What a program learns of a code: its links (RFC 9264) and JSON-LD of the goods.

GS1-Conformant Resolver 1.1: the default link is the scan page, served where it stands.
"""

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from shop.catalogue import certificates
from shop.catalogue.models import Product
from shop.database import db
from traceability.resolver import Found
from traceability.verdicts import Verdict

VOCABULARY = "https://ref.gs1.org/voc/"
ALL = ("all", "linkset")
Link = dict[str, Any]


def links(verdict: Verdict, page: str) -> dict[str, list[Link]]:
    """Link type (a word of the GS1 Web Vocabulary) → links. `page`: the scan page's address."""
    found = verdict.found
    product = _product(found)
    html = {"type": "text/html"}
    ours = [
        {"href": page, "title": "Nguồn gốc", "hreflang": ["vi"], **html},
        {"href": f"{page}?lang=en", "title": "Origin", "hreflang": ["en"], **html},
    ]
    data = {"href": page, "title": "JSON-LD", "type": "application/ld+json"}
    told: dict[str, list[Link]] = {"defaultLink": ours[:1], "defaultLinkMulti": ours}
    told["traceability"] = [*ours, data]
    if found.lot:
        told["recallStatus"] = ours
    if verdict.trusted and certificates.in_force(product):
        told["certificationInfo"] = ours
    if verdict.trusted and product.on_sale:
        shop = url_for("storefront.product", ref=product.ref, slug=product.slug, _external=True)
        there = {"href": shop, "title": product.name, "hreflang": ["vi"], **html}
        told |= {"pip": [there], "hasRetailers": [there]}
    if document := history(found):
        shown = {"title": "EPCIS 2.0", "type": "application/ld+json"}
        told["epcis"] = [{"href": document, **shown}]
    report = url_for("scan_forms.report", ma=page, _external=True)
    told["support"] = [{"href": report, "title": "Báo vấn đề", "hreflang": ["vi"], **html}]
    return told


def history(found: Found) -> str | None:
    """The address of the EPCIS document of a stamp, or of a lot; None while it is not public."""
    if found.lot is None or found.lot.published_at is None:
        return None
    # Put together by hand: this stands on the path of every scan, and url_for takes its time.
    root = current_app.config["SETTINGS"].base_url
    if found.stamp:
        return history_of_item(root, found.stamp.code)
    return f"{root}/epcis/lots/{found.lot.ref}"


def history_of_item(root: str, serial: str) -> str:
    """The address of the EPCIS document of a stamp. `root`: ours, without a slash at its end."""
    return f"{root}/epcis/stamps/{serial}"


def linkset(verdict: Verdict, page: str) -> dict[str, Any]:
    """All links as one `application/linkset+json` document."""
    described = {VOCABULARY + name: there for name, there in links(verdict, page).items()}
    about = {"anchor": page, "itemDescription": _product(verdict.found).name}
    return {"linkset": [about | described]}


def wanted(verdict: Verdict, page: str, link_type: str) -> str | None:
    """Where `?linkType=` leads: `gs1:pip`, `pip` or the whole address; None without such a link."""
    name = link_type.removeprefix(VOCABULARY).removeprefix("gs1:")
    there = links(verdict, page).get(name)
    return str(there[0]["href"]) if there else None


def header(page: str, history: str | None) -> str:
    """The value of the `Link` header of every answer about a code.

    `history`: the address of its EPCIS document.
    """
    every = f'<{page}?linkType=all>; rel="linkset"; type="application/linkset+json"'
    default = f'<{page}>; rel="{VOCABULARY}defaultLink"; type="text/html"; hreflang="vi"'
    told = f'{every}, {default}, <{page}>; rel="canonical"'
    if history:
        told += f', <{history}>; rel="{VOCABULARY}epcis"; type="application/ld+json"'
    return told


def goods(verdict: Verdict, page: str) -> dict[str, Any]:
    """The goods as JSON-LD in the words of schema.org and of the GS1 Web Vocabulary.

    `ocop:verdict` is what the page says first, so that no program takes a voided code for goods.
    """
    found, product = verdict.found, _product(verdict.found)
    kind = ["IndividualProduct", "gs1:Product"] if found.stamp else ["Product", "gs1:Product"]
    about: dict[str, Any] = {
        "@context": {
            "@vocab": "https://schema.org/",
            "gs1": VOCABULARY,
            "ocop": url_for("records.heads", _external=True) + "#",
        },
        "@id": page,
        "@type": kind,
        "name": product.name,
        "manufacturer": {"@type": "Organization", "name": product.seller.name},
        "ocop:verdict": verdict.finding.value,
        "ocop:verdictText": verdict.title,
    }
    if product.name_en:
        about["alternateName"] = product.name_en
    if found.gtin:
        about |= {"gtin": found.gtin, "gs1:gtin": found.gtin}
    if found.stamp:
        about |= {"serialNumber": found.stamp.code, "gs1:hasSerialNumber": found.stamp.code}
    if found.lot:
        about["gs1:hasBatchLotNumber"] = found.lot.code
        days = {"productionDate": found.lot.produced_on, "gs1:expirationDate": found.lot.expires_on}
        about |= {name: day.isoformat() for name, day in days.items() if day}
    return about


def about_us() -> dict[str, Any]:
    """`/.well-known/gs1resolver`: what this resolver can do."""
    root = url_for("storefront.home", _external=True).rstrip("/")
    return {
        "name": str(_("Truy xuất nguồn gốc Chợ OCOP")),
        "resolverRoot": root,
        "supportedPrimaryKeys": ["01"],
        "linkTypeDefaultCanBeLinkset": False,
        "contact": {"url": root},
    }


def _product(found: Found) -> Product:
    query = select(Product).where(Product.id == found.product_id)
    whole = query.options(joinedload(Product.seller), lazyload(Product.variants))
    return db.session.scalars(whole).one()
