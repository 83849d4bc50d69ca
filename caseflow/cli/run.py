"""``caseflow run``: the servers, the web, the worker and the timetable under one supervisor."""

from __future__ import annotations

import http
import http.client
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Final

import click
import structlog

from caseflow import bootstrap
from caseflow.cli.demo import load_county, print_logins
from caseflow.cli.supervisor import Child, StopRequest, supervise
from caseflow.config import ConfigurationError, Settings, read_settings
from caseflow.logs import set_up_logs

log = structlog.get_logger(__name__)

BACKLOG: Final = 128
_READY_SECONDS: Final = 60.0


@click.command()
@click.option("--demo", is_flag=True, help="Load the fictional demo county once (a training database).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the web pages; default CASEFLOW_PORT or 8080.")
def run(demo: bool, port: int | None) -> None:
    """Start caseflow: servers, web pages, worker and timetable. Ctrl-C stops all of it."""
    settings = read_settings()
    set_up_logs(settings.log_level, process="supervisor")
    request = StopRequest()
    try:
        with bootstrap.only_one(settings.home, "run"), _listen(settings.host, port or settings.port) as listening:
            bootstrap.check_given(settings)
            _run_servers(settings, listening, request, demo=demo)
    except (bootstrap.ServerError, bootstrap.HomeInUse) as error:
        raise click.ClickException(str(error)) from error


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        message = f"port {port} of {host} cannot be used ({error.strerror}): choose another with --port."
        raise ConfigurationError(message) from error
    return listening


def _run_servers(settings: Settings, listening: socket.socket, request: StopRequest, *, demo: bool) -> None:
    if not settings.embedded:
        _run_caseflow(bootstrap.complete(settings, None), listening, request, lambda: None, demo=demo)
        return
    servers = bootstrap.EmbeddedServers(
        settings.home, postgres=settings.database_url is None, valkey=settings.redis_url is None
    )
    addresses = servers.start()
    try:
        for note in addresses.notes:
            click.echo(note)

        def revive() -> None:
            try:
                names = servers.restart_dead()
            except bootstrap.ServerError as error:
                log.error("server.restart_failed", reason=str(error))  # noqa: TRY400 - the sentence says all
            else:
                for name in names:
                    log.warning("server.restarted", server=name)

        _run_caseflow(bootstrap.complete(settings, addresses), listening, request, revive, demo=demo)
    finally:
        servers.stop()


def _run_caseflow(
    settings: Settings,
    listening: socket.socket,
    request: StopRequest,
    revive: Callable[[], None],
    *,
    demo: bool,
) -> None:
    bootstrap.migrate(str(settings.database_url))
    if demo:
        load_county(settings)
    else:
        _begin_production(settings)
    web, *others = _children(settings, listening)
    children = [web]
    announcement = _Announcement(listening, demo=demo)

    def look_around() -> None:
        revive()
        announcement.make_when_ready()
        if announcement.done and others:
            # The first page comes sooner when the web child has the processor to itself.
            children.extend(others)
            others.clear()

    supervise(children, request, look_around)


def _begin_production(settings: Settings) -> None:
    """Stamp a database nobody has stamped as production, so that it can never become a training one."""
    if bootstrap.begin_production(str(settings.database_url)):
        click.echo(
            "This database has no staff yet. In another terminal, with the same environment: "
            "caseflow staff add --help. 数据库中尚无人员，请在另一终端运行 caseflow staff add。"
        )


def _children(settings: Settings, listening: socket.socket) -> list[Child]:
    environment = {
        **os.environ,
        "CASEFLOW_HOME": str(settings.home),
        "CASEFLOW_DATABASE_URL": str(settings.database_url),
        "CASEFLOW_REDIS_URL": str(settings.redis_url),
        "CASEFLOW_SECRET_KEYS": ",".join(settings.secret_keys),
    }
    python = [sys.executable, "-m"]
    web = [*python, "caseflow.cli.serve", str(listening.fileno())]
    return [
        Child("web", web, environment, passed=(listening.fileno(),)),
        Child("worker", [*python, "caseflow.jobs.worker"], environment),
        Child("timetable", [*python, "caseflow.jobs.timetable"], environment),
    ]


class _Announcement:
    """Says once where caseflow answers, as soon as it does."""

    def __init__(self, listening: socket.socket, *, demo: bool) -> None:
        self._host, self._port = listening.getsockname()[:2]
        self._demo = demo
        self._since = time.monotonic()
        self.done = False

    def make_when_ready(self) -> None:
        """Print the address and the demo logins when the first page can be had."""
        if self.done:
            return
        if self._answers():
            self.done = True
            click.echo(f"\ncaseflow answers at http://{self._shown_host}:{self._port}/  (系统已启动)")
            if self._demo:
                print_logins()
            click.echo("Ctrl-C stops everything. 按 Ctrl-C 停止。")
        elif time.monotonic() - self._since > _READY_SECONDS:
            self.done = True
            click.echo("The web pages do not answer yet; the log lines above say why.", err=True)

    @property
    def _shown_host(self) -> str:
        return f"[{self._host}]" if ":" in self._host else str(self._host)

    def _answers(self) -> bool:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104 - compared, not bound
        connection = http.client.HTTPConnection(host, self._port, timeout=1.0)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
