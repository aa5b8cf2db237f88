"""Commands that run the processes of this package."""

import click
from flask import Flask, current_app
from flask.cli import with_appcontext


@click.command()
@click.argument("kind", type=click.Choice(["quick", "slow", "listening"]))
@with_appcontext
def worker(kind: str) -> None:
    """Chạy một tiến trình làm việc nền: nhanh (quick), lâu (slow), nghe bình luận (listening)."""
    from workers import runner

    kinds = {"quick": runner.quick, "slow": runner.slow, "listening": runner.listening}
    kinds[kind](_app())


@click.command()
@with_appcontext
def scheduler() -> None:
    """Chạy bộ định giờ; chỉ một tiến trình dẫn, các tiến trình khác chờ thay."""
    from workers import schedule

    schedule.run(_app())


@click.command()
@with_appcontext
def sandbox() -> None:
    """Chạy sàn và ngân hàng giả lập cho bản chạy thử."""
    from workers.sandbox import server

    settings = _app().config["SETTINGS"]
    state = settings.var_dir / "sandbox"
    server.main(
        ["--host", settings.host, "--port", str(settings.sandbox_port), "--state", str(state)]
    )


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
