"""The living part of a session's screens: one piece for everybody who may see the same.

It changes with every comment, so it holds no token of a form: its buttons belong to forms that
stand on the page around it.
"""

from flask import Response, make_response, render_template, request

from shop import streams
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.livestream import console, screens
from shop.livestream.models import Broadcast, BroadcastState

VIEWS = {
    "board": ("livestream/board.html", console.snapshot),
    "stage": ("stage/now.html", console.stage),
}


def of(actor: Actor, row: Broadcast, view: str, *, anew: bool = False) -> streams.Piece:
    """What `view` shows of the session to this actor; `anew` for a page that was just loaded."""
    may_run = runs(actor, row)
    kind = _kind(view, may_run)
    return streams.piece(screens.topic(row), kind, lambda: _render(row, view, may_run), anew=anew)


def runs(actor: Actor, row: Broadcast) -> bool:
    """Whether the actor may change something of the session."""
    return (
        actor.may(Permission.LIVESTREAM_RUN, row.seller_id) and row.state != BroadcastState.CLOSED
    )


def answer(piece: streams.Piece) -> Response:
    """The piece alone, or that nothing changed (`If-None-Match`)."""
    response = make_response(piece.html)
    response.add_etag()
    response.make_conditional(request)
    return response


def follow(row: Broadcast, view: str) -> Response:
    """The piece as it changes, for whoever asks, as long as they may see it."""
    ref = row.ref

    def seen() -> tuple[Broadcast, bool]:
        actor = access.current()
        if actor is None:
            raise access.MustSignIn
        found = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
        return found, runs(actor, found)

    def admit() -> str:
        return _kind(view, seen()[1])

    def render() -> str:
        found, may_run = seen()
        return _render(found, view, may_run)

    actor = access.current()
    who = f"user:{actor.user_id}" if actor else ""
    return streams.follow(screens.topic(row), who, admit, render)


def _kind(view: str, may_run: bool) -> str:
    return f"{view}:{'run' if may_run else 'read'}"


def _render(row: Broadcast, view: str, may_run: bool) -> str:
    template, take = VIEWS[view]
    return render_template(template, broadcast=row, shown=take(row), may_run=may_run)
