"""Histories for other systems: EPCIS 2.0 documents (JSON-LD) of published lots and of stamps."""

import json

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from shop import limits, pages
from shop.database import transaction
from shop.errors import NotFound
from traceability import histories
from traceability.histories import Document

bp = Blueprint("epcis", __name__, url_prefix="/epcis")

RATE = "60/minute"  # of those that guess serials too
HEADERS = {
    "Cache-Control": "no-cache",  # a correction or a recall is seen at once
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "GS1-EPCIS-Version, GS1-CBV-Version",
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
}


@bp.get("/lots/<ref>")
@pages.public
def lot(ref: str) -> ResponseReturnValue:
    """What happened to a published lot and to what it was made from."""
    _count()
    with transaction():  # what was never said outside gets its lasting name now
        found = histories.published(ref)
        if found is None:
            raise NotFound(ref=ref)
        told = histories.of_lot(found)
    return _answer(told)


@bp.get("/stamps/<ref>")
@pages.public
def stamp(ref: str) -> ResponseReturnValue:
    """What happened to the goods that carry an active stamp of a published lot."""
    _count()
    with transaction():
        found = histories.stamped(ref)
        if found is None:
            raise NotFound(ref=ref)
        told = histories.of_item(found, ref)
    return _answer(told)


def _count() -> None:
    limits.hit(RATE, "epcis-history", request.remote_addr or "")


def _answer(told: Document) -> Response:
    text = json.dumps(told, ensure_ascii=False)
    return Response(text, 200, HEADERS, "application/ld+json")
