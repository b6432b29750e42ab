"""Endpoints for operators' programs: liveness, readiness and metrics.

- ``/healthz`` uses nothing else: a process that responds is alive.
- ``/readyz`` is 503 only where a signature could not be stored: without the database, or with
  tables of another version. Any other fault makes it ``degraded``, since signatures are stored and
  the work waits. It names the faulty part without details, since anyone may ask. It returns the
  last findings of the background checks, and their age in seconds in ``Age``.
- ``/metrics`` is for Prometheus, and 404 for everyone else (petition/health/metrics_access.py).
"""

from collections.abc import Mapping

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from petition.core.extensions import get_settings
from petition.health.check_refresh import Watch, read_all
from petition.health.core_checks import (
    check_boundaries,
    check_database,
    check_migrations,
    check_redis,
)
from petition.health.findings import Check, Finding
from petition.health.letter_store import check_content
from petition.health.mail_lanes import check_mailing
from petition.health.metrics_access import is_open_on_pages, keep_metrics
from petition.health.process_check import check_processes
from petition.health.proxy_check import check_proxy
from petition.health.storage_check import check_storage

READY_SECONDS = 3.0
READY_EVERY_SECONDS = 2.0
# Looked at less often: mail server, object store, and files of many megabytes.
SLOW_SECONDS = 5.0
SLOW_EVERY_SECONDS = 30.0
# The first requests wait up to FIRST_SECONDS for the checks of this host and those that decide
# readiness, and FIRST_REMOTE_SECONDS for those of other hosts, which may not answer.
FIRST_SECONDS = 3.0
FIRST_REMOTE_SECONDS = 0.5

VITAL = {"database": check_database, "migrations": check_migrations}
QUICK = {
    "redis": check_redis,
    "storage": check_storage,
    "proxy": check_proxy,
    "processes": check_processes,
}
SLOW = {"boundaries": check_boundaries}
REMOTE = {"mail": check_mailing, "content": check_content}

OK = "ok"

blueprint = Blueprint("operators", __name__)


class _Answers:
    """The background checks and the cached metrics of one process."""

    def __init__(self, app: Flask) -> None:
        self.near = [
            *_watch(app, VITAL | QUICK, READY_EVERY_SECONDS, READY_SECONDS),
            *_watch(app, SLOW, SLOW_EVERY_SECONDS, SLOW_SECONDS),
        ]
        self.remote = _watch(app, REMOTE, SLOW_EVERY_SECONDS, SLOW_SECONDS)
        self.metrics = keep_metrics()

    def ask(self) -> list[tuple[str, Finding | None, float]]:
        """Return the name of each part, its last finding, and the age of that in seconds."""
        for watch in (*self.near, *self.remote):
            watch.ask()
        remote = read_all(self.remote, FIRST_REMOTE_SECONDS)
        return [*read_all(self.near, FIRST_SECONDS), *remote]


def _watch(app: Flask, checks: Mapping[str, Check], every: float, patience: float) -> list[Watch]:
    return [Watch(app, name, check, every, patience) for name, check in checks.items()]


def init_app(app: Flask) -> None:
    """Register the endpoints."""
    app.extensions["hundredth-operators"] = _Answers(app)
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def tell_alive() -> Response:
    """Return that the process is alive."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def tell_ready() -> tuple[Response, int]:
    """Return whether a signature would be stored, and the last finding of every other part."""
    found = _get_answers().ask()
    parts = {name: _show(finding) for name, finding, _ in found}
    away = any(parts[name] != OK for name in VITAL)
    wrong = any(shown != OK for shown in parts.values())
    status = "unavailable" if away else "degraded" if wrong else OK
    response = jsonify(status=status, parts=parts)
    response.headers["Age"] = str(int(max(age for _, _, age in found)))
    return response, 503 if away else 200


@blueprint.get("/metrics")
def tell_metrics() -> Response:
    """Return the metrics to a request with the token; 404 without it, and where none is set."""
    if not is_open_on_pages(get_settings(), request.headers.get("Authorization", "")):
        abort(404)
    return Response(_get_answers().metrics.get(), content_type=CONTENT_TYPE_LATEST)


@blueprint.after_request
def keep_fresh(response: Response) -> Response:
    """Forbid caching, since the responses describe the current state."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _show(finding: Finding | None) -> str:
    """Return the part's state in one word: anyone may ask, so no path and no version."""
    if finding is None:
        return "unknown"
    return OK if finding.ok else "fault"


def _get_answers() -> _Answers:
    answers: _Answers = current_app.extensions["hundredth-operators"]
    return answers
