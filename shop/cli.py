"""The `ocop` command. Commands are imported when they are called, so that each starts fast."""

import signal
import sys
from dataclasses import replace
from functools import partial
from importlib import import_module
from types import FrameType
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext

from shop import api, broker, database, embedded, settings, storage, streams, supervisor
from shop.settings import BadSettings, Settings
from shop.supervisor import Child, Plan

# Command → "module:attribute" of its click command.
COMMANDS: dict[str, str] = {
    "seed": "shop.catalogue.commands:seed",
    "welcome": "shop.demo.commands:welcome",
    "demo": "shop.demo.commands:demo",
    "administrator": "shop.accounts.commands:administrator",
    "figures": "shop.reports.commands:figures",
    "bench": "shop.bench.commands:bench",
    "worker": "workers.commands:worker",
    "scheduler": "workers.commands:scheduler",
    "sandbox": "workers.commands:sandbox",
    "verify-log": "traceability.commands:verify_log",
    "introduce-record": "traceability.commands:introduce_record",
    "erase-words": "traceability.commands:erase_words",
}


class LazyGroup(click.Group):
    """A group that also knows the commands named in COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, sorted."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now if it is one of COMMANDS."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what hinders a start is one line and exit code 2, a queue that went away
        one line and 1: whoever keeps the command running starts it again until the queue is back.
        """
        try:
            return super().invoke(ctx)
        except broker.OUTAGES as error:
            click.echo(f"Hàng đợi không trả lời / the queue is away: {error}", err=True)
            raise SystemExit(1) from None
        except BadSettings as error:
            line = error.line
        except (supervisor.CannotStart, embedded.ServerFailed, embedded.NotRunning) as error:
            line = str(error)
        click.echo(line, err=True)
        raise SystemExit(2)


@click.group("ocop", cls=LazyGroup)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Chợ OCOP: cửa hàng, tem truy xuất, sàn thương mại, livestream và thanh toán."""
    ctx.obj = ScriptInfo(create_app=_app, set_debug_flag=False)


def _app() -> Flask:
    from shop.app import create_app

    return create_app(attached())


@main.command()
def migrate() -> None:
    """Đưa cơ sở dữ liệu lên bản mới nhất, và tạo kho tệp nếu chưa có."""
    chosen = attached()
    database.wait_until_ready(chosen.database_url or "")
    database.migrate(chosen.database_url or "")
    try:
        storage.of(chosen).prepare()
    except storage.StorageDown as error:
        raise BadSettings(f"Kho tệp không trả lời / storage is away: {error.why}") from None


@main.command()
@with_appcontext
def openapi() -> None:
    """In mô tả OpenAPI của API (bản lưu: docs/openapi.json)."""
    click.echo(api.description(current_app.extensions["api"]))


@main.command()
def run() -> None:
    """Chạy tất cả trên máy này; Ctrl-C để dừng."""
    supervisor.run(_plan(settings.load()))


@main.command()
def web() -> None:
    """Chạy máy chủ web (granian)."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    chosen = settings.load()
    server = Granian(
        "shop.app:create_serving_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=chosen.host,
        port=chosen.port,
        workers=chosen.web_workers,
        # An open stream sleeps in a thread of its own, beside those that ordinary requests have.
        blocking_threads=chosen.web_threads + streams.MOST_OPEN,
        # Waiting requests beyond this queue in the kernel instead of in memory.
        backpressure=max(64, chosen.web_threads * 4) + streams.MOST_OPEN,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
        log_access=False,
        log_level=LogLevels.error,
    )
    server.on_startup(_end_streams_first)
    server.serve()


def _end_streams_first() -> None:
    # Granian waits for open answers, so an open screen would keep a restart for ten seconds.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, partial(_stop_web, signal.getsignal(number)))


def _stop_web(then: Any, number: int, frame: FrameType | None) -> None:
    streams.end_all()
    then(number, frame)


def attached(chosen: Settings | None = None) -> Settings:
    """Settings whose missing URLs are those of the stack running on the same `var_dir`.

    For commands run beside `ocop run`. Raises BadSettings or embedded.NotRunning.
    """
    chosen = chosen or settings.load()
    if chosen.database_url and chosen.redis_url:
        return chosen
    found = embedded.attach(chosen.var_dir)
    return replace(
        chosen,
        database_url=chosen.database_url or found.database_url,
        redis_url=chosen.redis_url or found.redis_url,
    )


def _plan(chosen: Settings) -> Plan:
    env = _child_env(chosen)
    workers = [Child("worker", _ocop("worker", "quick"), env)]
    workers += [
        Child(f"slow{n}", _ocop("worker", "slow"), env) for n in _numbers(chosen.worker_count)
    ]
    workers.append(Child("listener", _ocop("worker", "listening"), env))
    children = [Child("web", _ocop("web"), env), *workers]
    children.append(Child("scheduler", _ocop("scheduler"), env))
    ports = {"PORT": chosen.port}
    if chosen.demo:
        children.append(Child("sandbox", _ocop("sandbox"), env))
        ports["SANDBOX_PORT"] = chosen.sandbox_port
    return Plan(
        var_dir=chosen.var_dir,
        host=chosen.host,
        ports=ports,
        postgres=chosen.database_url is None,
        valkey=chosen.redis_url is None,
        before=[
            Child("migrate", _ocop("migrate"), env),
            Child("seed", [*_ocop("seed"), "--if-empty"], env),
        ],
        children=children,
        ready_url=f"http://{_reachable(chosen.host)}:{chosen.port}/readyz",
        address=chosen.base_url,
        announce=Child("welcome", _ocop("welcome"), env) if chosen.demo else None,
    )


def _child_env(chosen: Settings) -> dict[str, str]:
    # The children see a DATABASE_URL, so what a bare machine makes by itself is handed to them.
    return {
        "VAR_DIR": str(chosen.var_dir),
        "DEMO": str(chosen.demo).lower(),
        "SECRET_KEY": chosen.secret_key,
        "PASSWORD_SALT": chosen.password_salt,
        "VAULT_KEY": chosen.vault_key,
        "STAMP_KEY": chosen.stamp_key,
    }


def _numbers(count: int) -> list[str]:
    return [""] if count == 1 else [str(number) for number in range(1, count + 1)]


def _ocop(*words: str) -> list[str]:
    return [sys.executable, "-m", "shop.cli", *words]


def _reachable(host: str) -> str:
    wildcard = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104
    return wildcard.get(host, f"[{host}]" if ":" in host else host)


if __name__ == "__main__":
    main()
