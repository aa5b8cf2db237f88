"""The record in public: the signed roots of each day, the key, the export, and proofs of events."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from tempfile import TemporaryFile
from typing import IO, Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop import limits, pages
from shop.database import db
from shop.errors import NotFound
from traceability import disclosure, evidence, exports, seals
from traceability.kinds import KINDS
from traceability.models import TraceEvent, TreeHead

bp = Blueprint("records", __name__, url_prefix="/nhat-ky", template_folder="templates")

EXPORT_RATE = "6/hour"
PROOF_RATE = "120/minute"  # each reads all hashes of a day
KEPT = "public, max-age=300"
FOR_EVER = "public, max-age=86400, immutable"


@bp.get("")
@pages.public
def heads() -> ResponseReturnValue:
    """The signed root of every day, newest first."""
    with force_locale(_language()):
        page = pages.paged(select(TreeHead).order_by(TreeHead.day.desc()))
        key = evidence.public_hex(seals.key())
        answer = pages.page("traceability/heads.html", page=page, key=key)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.get("/<day>.json")
@pages.public
def head(day: str) -> ResponseReturnValue:
    """The head of one day: the text that was signed, byte for byte, and its signature."""
    try:
        found = db.session.scalar(select(TreeHead).where(TreeHead.day == date.fromisoformat(day)))
    except ValueError:
        found = None
    if found is None:
        raise NotFound(day=day)
    return _data({"head": found.text, "signature": found.signature}, FOR_EVER)


@bp.get("/khoa")
@pages.public
def key() -> ResponseReturnValue:
    """The public key that checks the heads and the events: 64 hex digits of Ed25519."""
    text = evidence.public_hex(seals.key()) + "\n"
    return Response(text, mimetype="text/plain", headers={"Cache-Control": KEPT})


@bp.get("/xuat.ndjson")
@pages.public
def export() -> ResponseReturnValue:
    """The record for `ocop verify-log`: of what is not public, only commitments and hashes."""
    limits.hit(EXPORT_RATE, "record-export", request.remote_addr or "")
    headers = {"Content-Disposition": 'attachment; filename="nhat-ky.ndjson"'}
    return Response(_pieces(_written_down()), 200, headers, "application/x-ndjson")


def _written_down() -> IO[bytes]:
    """The export in a file: a slow reader must not hold a connection to the database."""
    file = TemporaryFile()  # noqa: SIM115 - closed by who reads it
    with closing(exports.lines(public=True)) as lines:
        file.writelines(f"{line}\n".encode() for line in lines)
    file.seek(0)
    return file


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(65_536):
            yield piece


@bp.get("/viec/<ref>.json")
@pages.public
def event_data(ref: str) -> ResponseReturnValue:
    """The record of an event and the proof that it stands in a signed tree, for a program."""
    return _data(_proven(_public(ref)), "no-cache")


@bp.get("/viec/<ref>")
@pages.public
def event(ref: str) -> ResponseReturnValue:
    """The record of an event, the proof, and how to check it by hand."""
    row = _public(ref)
    if pages.wants_json():
        return _data(_proven(row), "no-cache")
    with force_locale(_language()):
        answer = pages.page(
            "traceability/event.html",
            event=row,
            text=disclosure.open_text(row),
            label=KINDS[row.kind].label,
            proof=seals.prove(row),
            key=evidence.public_hex(seals.key()),
        )
    answer.headers["Cache-Control"] = "private, no-cache"  # the language may be a cookie's
    return answer


def _public(ref: str) -> TraceEvent:
    """An event of at least one lot whose record is public. Raises NotFound, TooMany."""
    limits.hit(PROOF_RATE, "record-proof", request.remote_addr or "")
    query = select(TraceEvent).where(TraceEvent.ref == ref, TraceEvent.id.in_(exports.shown_lots()))
    row = db.session.scalar(query.options(joinedload(TraceEvent.items)))
    if row is None:
        raise NotFound(ref=ref)
    return row


def _proven(row: TraceEvent) -> dict[str, Any]:
    proof = seals.prove(row)
    told: dict[str, Any] = {
        "event": disclosure.open_text(row),
        "hash": row.hash,
        "signature": row.signature,
        "key": evidence.public_hex(seals.key()),
    }
    if proof:
        head = url_for(".head", day=proof.head.day.isoformat(), _external=True)
        told["proof"] = {
            "head": head,
            "root": proof.head.root,
            "leaf": proof.index,
            "size": proof.size,
            "path": proof.path,
        }
    return told


def _data(said: dict[str, Any], cache: str) -> Response:
    headers = {"Cache-Control": cache, "Access-Control-Allow-Origin": "*"}
    text = json.dumps(said, ensure_ascii=False)
    return Response(text, mimetype="application/json", headers=headers)


def _language() -> str:
    asked = request.args.get("lang") or request.cookies.get("lang", "vi")
    return asked if asked in ("vi", "en") else "vi"
