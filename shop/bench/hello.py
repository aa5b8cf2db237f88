"""The smallest Flask application: what every ratio is measured against."""

from flask import Flask


def create_app() -> Flask:
    """One route that answers a word."""
    app = Flask("hello")

    @app.get("/")
    def hello() -> str:
        return "hello"

    return app
