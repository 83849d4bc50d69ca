"""Figures for a monitoring system, in the text format of Prometheus. No case data, no names of people."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from caseflow.bootstrap import DatabaseUnavailable
from caseflow.domain.health import Facts
from caseflow.web.context import application
from caseflow.web.security import public

blueprint = Blueprint("metrics", __name__)
_TOKEN: Final = "caseflow_metrics_token"  # noqa: S105 - where it is kept, not what it is
_SCHEME: Final = "Bearer "


def offer(app: Flask, token: str | None) -> None:
    """Let whoever shows ``token`` read the figures; without one nobody does."""
    app.extensions[_TOKEN] = token


@blueprint.get("/metrics")
@public
def show() -> ResponseReturnValue:
    """Answer the figures to a reader with the token; no session is asked for or made."""
    token: str | None = current_app.extensions[_TOKEN]
    if token is None:
        abort(404)
    shown = request.headers.get("Authorization", "")
    if not hmac.compare_digest(shown.encode(), f"{_SCHEME}{token}".encode()):
        challenge = {"WWW-Authenticate": 'Bearer realm="caseflow metrics"'}
        return Response("A token is needed: Authorization: Bearer TOKEN\n", 401, challenge, mimetype="text/plain")
    try:
        facts = application().health.look()
    except DatabaseUnavailable:
        return Response("The database does not answer.\n", 503, mimetype="text/plain")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HealthCollector(facts))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class HealthCollector(Collector):
    """One look at the background work as metrics; what never happened has no sample."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def describe(self) -> Iterator[Metric]:
        """Return nothing: a registry of one collector has no names to keep apart."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        facts = self._facts
        swept = facts.age_of("sweep")
        if swept is not None:
            yield _gauge("sweep_age_seconds", "Seconds since reminders were last swept.", swept.total_seconds())
        age = GaugeMetricFamily(
            "caseflow_heartbeat_age_seconds", "Seconds since a background job last did its round.", labels=["name"]
        )
        beats = CounterMetricFamily("caseflow_heartbeats", "Beats of a background job.", labels=["name"])
        for name, beat in facts.beats.items():
            age.add_metric([name], (facts.now - beat.at).total_seconds())
            beats.add_metric([name], beat.rounds)
        yield from (age, beats)
        yield CounterMetricFamily(
            "caseflow_reminders", "Number of the newest reminder that took effect; a number may be skipped.",
            value=facts.reminders,
        )  # fmt: skip
        yield _gauge("clocks_due", "Time limits whose reminder is due and not swept, counted to 10000.",
                     facts.clocks_due)  # fmt: skip
        yield _gauge("clocks_unreckoned", "Running time limits without a reminder ladder yet, counted to 10000.",
                     facts.clocks_unreckoned)  # fmt: skip
        yield _gauge("outbox_pending", "Notices that wait to be delivered, counted to 10000.", facts.notices.pending)
        yield _gauge("outbox_oldest_seconds", "Seconds the longest overdue notice has waited; 0 when none waits.",
                     _waited(facts, facts.notices.oldest))  # fmt: skip
        yield _gauge("outbox_dead", "Notices that were given up, counted to 10000.", facts.notices.dead)
        yield _gauge("outbox_unheard", "Notices of the last 30 days that reached nobody, counted to 10000.",
                     facts.unheard)  # fmt: skip
        yield _gauge("mail_pending", "Mail that waits to be sent, counted to 10000.", facts.mail.pending)
        yield _gauge("mail_oldest_seconds", "Seconds the longest overdue mail has waited; 0 when none waits.",
                     _waited(facts, facts.mail.oldest))  # fmt: skip
        yield _gauge("mail_dead", "Mail that was given up, counted to 10000.", facts.mail.dead)
        yield _gauge("record_unsealed", "Records that are not sealed yet, counted to 10000.", facts.unsealed)
        if facts.queue is not None:
            yield _gauge("queue_reachable", "Whether Redis answers (1) or not (0).", int(facts.queue.reachable))
            yield _gauge("queue_workers", "Workers of the queue that are alive.", facts.queue.workers)
            yield _gauge("queue_jobs", "Wake-ups that wait in the queue.", facts.queue.waiting)


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"caseflow_{name}", documentation, value=value)


def _waited(facts: Facts, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (facts.now - since).total_seconds())
