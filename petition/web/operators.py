"""What machines ask: is the process alive, can it serve, what are its figures.

- ``/healthz`` touches nothing: a process that answers it is alive.
- ``/readyz`` is 503 only where a sign could not be stored: without the database, or with tables of
  another version. Everything else that is wrong makes it ``degraded``, since what is signed is
  kept and the work waits; it names the part, in general words, to whoever asks.
- ``/metrics`` is for Prometheus; the proxy decides who reaches it.
"""

from flask import Blueprint, Flask, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST

from petition.health.findings import Finding, Kept, run_checks
from petition.health.mailing import check_mailing
from petition.health.metrics import render_metrics
from petition.health.parts import (
    check_boundaries,
    check_database,
    check_migrations,
    check_redis,
    check_storage,
)

READY_SECONDS = 3.0
READY_KEPT_SECONDS = 2.0
# Looked at less often: a connection to a mail server, and files of many megabytes.
SLOW_SECONDS = 5.0
SLOW_KEPT_SECONDS = 30.0
# So that no scrape tells what one signing did.
METRICS_KEPT_SECONDS = 60.0

VITAL = {"database": check_database, "migrations": check_migrations}
QUICK = {"redis": check_redis, "storage": check_storage}
SLOW = {"boundaries": check_boundaries, "mail": check_mailing}

blueprint = Blueprint("operators", __name__)


class _Answers:
    """What one process says, each for a while."""

    def __init__(self, app: Flask) -> None:
        self.slow = Kept(SLOW_KEPT_SECONDS, lambda: run_checks(app, SLOW, SLOW_SECONDS))
        self.parts = Kept(READY_KEPT_SECONDS, lambda: run_checks(app, VITAL | QUICK, READY_SECONDS))
        self.metrics = Kept(METRICS_KEPT_SECONDS, render_metrics)


def init_app(app: Flask) -> None:
    """Register the operators' addresses."""
    app.extensions["hundredth-operators"] = _Answers(app)
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def tell_alive() -> Response:
    """Answer: the process is alive."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def tell_ready() -> tuple[Response, int]:
    """Answer whether a sign would be stored, and what else is wrong."""
    answers = _get_answers()
    findings = [*answers.parts.get(), *answers.slow.get()]
    away = any(finding.name in VITAL and not finding.ok for finding in findings)
    wrong = any(not finding.ok for finding in findings)
    status = "unavailable" if away else "degraded" if wrong else "ok"
    parts = {finding.name: _show(finding) for finding in findings}
    return jsonify(status=status, parts=parts), 503 if away else 200


@blueprint.get("/metrics")
def tell_metrics() -> Response:
    """Answer a scrape."""
    return Response(_get_answers().metrics.get(), content_type=CONTENT_TYPE_LATEST)


@blueprint.after_request
def keep_fresh(response: Response) -> Response:
    """Let nobody keep an answer that is about now."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _show(finding: Finding) -> str:
    """The part's state in one word: who asks here may be anybody, so no path and no version."""
    return "ok" if finding.ok else "fault"


def _get_answers() -> _Answers:
    answers: _Answers = current_app.extensions["hundredth-operators"]
    return answers
