"""Where shopping engines read a seller's feed: whoever knows the secret word of its address."""

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from shop import pages
from shop.errors import NotFound
from shop.storage import NotStored
from workers.feeds import files

bp = Blueprint("open_feeds", __name__, url_prefix="/nguon")


@bp.get("/<secret>/<name>.<ending>")
@pages.public
def file(secret: str, name: str, ending: str) -> ResponseReturnValue:
    """One file as it was written last, whole; 304 for who has it already."""
    if files.ENDINGS.get(name) != ending:
        raise NotFound
    found = files.find(secret, name)
    if found is None:
        raise NotFound
    answer = Response(content_type=files.TYPES[name])
    answer.set_etag(found["etag"])
    # Asked anew each time: prices and stock are never older than the last writing.
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.make_conditional(request)
    if answer.status_code == 304:
        return answer
    answer.headers["Content-Length"] = str(found["bytes"])
    if request.method == "HEAD":
        return answer
    store = current_app.extensions["storage"]
    try:
        answer.response = store.stream(found["key"])
    except NotStored:
        raise NotFound from None
    return answer
