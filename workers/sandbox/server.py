"""`python -m workers.sandbox.server --host --port --state`: every outside party in one process."""

import argparse
import logging
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from workers.sandbox import (
    bank_lists,
    control,
    control_page,
    gateways,
    lazada,
    live,
    live_facebook,
    live_youtube,
    shopee,
    sms,
    tiktok,
)
from workers.sandbox.store import Store

BANK = "workers.sandbox.bank"


def create_app(state: Path) -> Flask:
    """The sandbox, remembering in the folder `state`."""
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    store = Store(state / "marketplace.sqlite")
    app.register_blueprint(shopee.blueprint(store))
    app.register_blueprint(lazada.blueprint(store))
    app.register_blueprint(tiktok.blueprint(store))
    app.register_blueprint(tiktok.blueprint(store, prefix=""))
    steering = control.blueprint(store)
    control_page.add(steering, store)
    lives = live.Lives(state)
    live.add_control(steering, lives)
    app.register_blueprint(steering)
    for side in (*live_facebook.blueprints(lives), live_youtube.blueprint(lives)):
        app.register_blueprint(side)
    app.register_blueprint(gateways.gateways_blueprint(state))
    app.register_blueprint(sms.blueprint(state))
    if find_spec(BANK):
        app.register_blueprint(import_module(BANK).bank_blueprint(state))
        app.register_blueprint(bank_lists.lists_blueprint(state))
    return app


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--state", type=Path, required=True, help="folder of what it remembers")
    given = parser.parse_args(arguments)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(given.host, given.port, create_app(given.state), threaded=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
