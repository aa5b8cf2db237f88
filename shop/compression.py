"""gzip for public answers: a phone on a slow line waits for bytes.

Answers to signed-in people stay as they are: compressed together with what an address can put
into the page, a form's token could be guessed from lengths (BREACH). A proxy before us may still
compress (see deploy/Caddyfile).
"""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

TYPES = {
    "text/html",
    "text/css",
    "text/javascript",
    "text/plain",
    "application/xml",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
}
# Below this a packet is a packet.
LEAST_BYTES = 500


def init_app(app: Flask) -> None:
    """Compress what may be, and answer 304 when the visitor has it."""

    @app.after_request
    def compress(response: Response) -> Response:
        if not response.cache_control.public or response.mimetype not in TYPES:
            return response
        if response.status_code != 200 or (response.is_streamed and not _is_file(response)):
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] and "Content-Encoding" not in response.headers:
            _shrink(response)
        response.make_conditional(request)
        return response


def _is_file(response: Response) -> bool:
    return response.direct_passthrough and request.endpoint == "static"


def _shrink(response: Response) -> None:
    response.direct_passthrough = False
    close = getattr(response.response, "close", None)
    data = response.get_data()
    if close:  # the file has been read
        close()
    if len(data) < LEAST_BYTES:
        return
    tag, _weak = response.get_etag()
    response.set_data(_squeezed(data) if request.endpoint == "static" else _squeeze(data))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
    if tag:
        # Another representation has another tag.
        response.set_etag(f"{tag}-gzip")


def _squeeze(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=5, mtime=0)


@lru_cache(maxsize=64)
def _squeezed(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=9, mtime=0)
