"""Payments over a connection that breaks between the database's commit and its answer: each is entered once."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.domain.ledger import Line
from caseflow.services.ledger import Posting
from tests.office import Office, kept_cipher, kept_files

PAYMENTS = 120
ONE_IN = 8


class CuttingProxy:
    """Stands before PostgreSQL's socket and now and then swallows an answer, which it let the server give."""

    def __init__(self, folder: Path, server: str, seed: int) -> None:
        self.server, self.chance, self.cut = server, random.Random(seed), 0
        self.cuts = False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / ".s.PGSQL.5432"))
        self.listener.listen()
        self.open: list[socket.socket] = [self.listener]
        self.threads = [threading.Thread(target=self._take, daemon=True)]
        self.threads[0].start()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.server)
                self.open += [client, server]
                for carry in (self._ask, self._answer):
                    thread = threading.Thread(target=carry, args=(client, server), daemon=True)
                    thread.start()
                    self.threads.append(thread)

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while sent := client.recv(65536):
                server.sendall(sent)
            server.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while answer := server.recv(65536):
                if self.cuts and self.chance.randrange(ONE_IN) == 0:
                    self.cut += 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(answer)

    def close(self) -> None:
        for one in self.open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self.threads:
            thread.join(timeout=10)


@pytest.fixture
def proxied(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[bootstrap.Application, CuttingProxy]]:
    parts = urlsplit(office.database_url)
    asked = parse_qs(parts.query)
    folder = tmp_path_factory.mktemp("p", numbered=True)
    server = f"{unquote(asked['host'][0])}/.s.PGSQL.{asked['port'][0]}"
    if not server.startswith("/") or len(str(folder)) > 80:
        pytest.skip("the proxy stands before a Unix socket only")
    proxy = CuttingProxy(folder, server, seed=18)
    behind = office.database_url.replace(parts.query, f"host={quote(str(folder), safe='')}&port=5432")
    application = bootstrap.build_application(behind, time=office.time, files=kept_files(), cipher=kept_cipher())
    proxy.cuts = True
    yield application, proxy
    proxy.cuts = False
    application.close()
    proxy.close()


def test_payments_whose_commits_go_unanswered_are_entered_once(
    office: Office, proxied: tuple[bootstrap.Application, CuttingProxy]
) -> None:
    application, proxy = proxied
    chart = application.rulebook.chart
    movement = ("collect", chart.account(Line.INCOME, "collecting_bank"), chart.account(Line.INCOME, "held"), 100)
    tries = 0
    for number in range(PAYMENTS):
        posting = Posting(f"payment {number}", Line.INCOME, [movement])
        for _ in range(50):
            tries += 1
            with suppress(bootstrap.DatabaseUnavailable, psycopg.OperationalError):
                application.ledger.post(office.actors["cashier"], posting)
                break
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute(
            "select count(*), count(distinct key), sum(amount_fen) from transfer where key like 'payment %'"
        ).fetchone()
    assert found == (PAYMENTS, PAYMENTS, PAYMENTS * 100)
    assert proxy.cut > PAYMENTS / 20, "the proxy cut too seldom to prove anything"
    assert tries >= PAYMENTS + proxy.cut / 2
