"""The metrics that Prometheus scrapes: counts and ages, never of a person or a single district.

None shows which guard caught a bot: its author could vary it until that metric stops growing.
"""

import platform
from collections.abc import Iterable, Mapping
from importlib import metadata

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import db, get_settings
from petition.core.queues import get_queues
from petition.dispatch.pauses import list_pauses
from petition.health.ages import age, read_heartbeats, read_oldest_due
from petition.health.backlog import read_queues
from petition.health.figures import read_figures
from petition.health.mail_backlog import (
    MOST_COUNTED,
    AccountMailFigures,
    MailFigures,
    read_account_mails,
    read_mails,
    read_refusals,
)
from petition.health.mail_lanes import (
    LaneFigures,
    read_letter_mailing,
    read_mailing,
    read_relay_mailing,
)
from petition.models import LaneName, ProcessRole, SignatureState
from petition.partners.webhooks.webhook_kind import select_waiting
from petition.processes.process_rows import RunningProcess, count_workers, list_processes
from petition.processes.proxy_hops import read_mismatch


def render_metrics() -> bytes:
    """Return the metrics in Prometheus' text format.

    - While the database or Redis is unavailable its ``hundredth_up`` is 0 and its metrics are left
      out, so that no stale value is exported.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures())
    return generate_latest(registry)


class _Figures(Collector):
    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("hundredth_up", "Whether a part answers.", labels=["part"])
        try:
            yield from _collect_database()
            up.add_metric(["database"], 1)
        except DBAPIError:
            db.session.rollback()
            up.add_metric(["database"], 0)
        queues = read_queues(get_queues())
        up.add_metric(["redis"], 0 if "error" in queues else 1)
        if "error" not in queues:
            yield _gauge(
                "queue_jobs",
                "Jobs on a queue by state.",
                ["queue", "state"],
                {
                    (queue, state): number
                    for queue, states in queues.items()
                    for state, number in states.items()
                },
            )
        yield up
        yield InfoMetricFamily(
            "hundredth_build",
            "Which version runs on what.",
            {
                "version": _read_version(),
                "python": platform.python_version(),
                "database": db.engine.dialect.name,
            },
        )


def _collect_database() -> Iterable[Metric]:
    session = db.session()
    figures = read_figures(session)
    # Read everything before the first is returned: a partial scrape would look complete.
    oldest = read_oldest_due(session)
    beats = read_heartbeats(session)
    mails, refusals = read_mails(session), read_refusals(session)
    mailing = read_mailing(session, mails)
    letters = read_letter_mailing(session)
    relayed = read_relay_mailing(session)
    webhooks = _count_webhooks(session)
    account_mails = read_account_mails(session)
    pauses = list_pauses(session)
    mismatch = read_mismatch(session, get_settings().proxy_hops)
    processes = list_processes(session)
    return [
        _by_state("signatures", "Signatures by state.", figures.signatures),
        _gauge(
            "rejected_signatures",
            "Signatures that are treated as invented.",
            [],
            {(): figures.signatures[SignatureState.REJECTED]},
        ),
        _by_state("deliveries", "Deliveries by state.", figures.deliveries),
        _gauge("campaigns", "Campaigns.", [], {(): len(figures.campaigns)}),
        _gauge("milestones", "Hundreds reached.", [], {(): figures.milestones}),
        _gauge("milestones_held", "Hundreds that are held for a person.", [], {(): figures.held}),
        _gauge("pauses", "Pauses in force, of one campaign or of all.", [], {(): len(pauses)}),
        _gauge(
            "proxy_mismatch",
            "Whether requests arrive through proxies other than those set.",
            [],
            {(): mismatch is not None},
        ),
        _gauge("letters", "Letters in force.", [], {(): figures.letters}),
        _gauge(
            "comments_waiting",
            "Signers whose comments wait to be read.",
            [],
            {(): figures.comments_waiting},
        ),
        _gauge(
            "counts_age_seconds",
            "How long ago signatures, deliveries, milestones and letters were counted.",
            [],
            {(): age(figures.counted_at)},
        ),
        *_describe_mailing(mailing, letters, relayed),
        _gauge(
            "webhooks_waiting",
            "Events for webhooks of organizations that are due, at most 100,000.",
            [],
            {(): webhooks},
        ),
        *_describe_account_mails(account_mails),
        *_describe_mails(mails, refusals),
        _by_state("oldest_due_seconds", "Age of the oldest work due, by its state.", oldest),
        _gauge(
            "heartbeat_age_seconds",
            "Time since a background role's last round.",
            ["role"],
            {(role,): seconds for role, seconds in beats.items()},
        ),
        *_describe_processes(processes),
    ]


def _count_webhooks(session: Session) -> int:
    waiting = select_waiting(utcnow()).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(waiting)) or 0


def _describe_processes(processes: list[RunningProcess]) -> Iterable[Metric]:
    yield _gauge(
        "queue_workers",
        "Workers that listen to a queue.",
        ["queue"],
        {(stage.value,): number for stage, number in count_workers(processes).items()},
    )
    states: dict[tuple[str, ...], float] = {
        (role.value, state): 0 for role in ProcessRole for state in ("heard", "late")
    }
    for process in processes:
        states[process.role, "late" if process.late else "heard"] += 1
    yield _gauge(
        "processes",
        "Background processes: with a recent heartbeat, or late (killed or cut off).",
        ["role", "state"],
        states,
    )


def _describe_mailing(
    mailing: LaneFigures, letters: LaneFigures, relayed: LaneFigures
) -> Iterable[Metric]:
    yield _gauge(
        "mail_lane_stopped",
        "Whether all e-mails of a lane wait.",
        ["lane"],
        {
            (LaneName.SIGNERS.value,): mailing.stopped,
            (LaneName.LETTERS.value,): letters.stopped,
            (LaneName.RELAY.value,): relayed.stopped,
        },
    )
    yield _gauge("mails_waiting", "E-mails to signers that are due.", [], {(): mailing.waiting})
    yield _gauge(
        "mails_refused",
        "E-mails to signers that were refused and have not been sent since.",
        [],
        {(): mailing.refused},
    )
    yield _gauge(
        "relayed_waiting",
        "Messages of organizations to people, each to one person, that are due.",
        [],
        {(): relayed.waiting},
    )
    yield _gauge("letters_waiting", "Letters due by e-mail.", [], {(): letters.waiting})
    yield _gauge(
        "letters_refused",
        "Letters that the mail server refused, not because of the office, and that have not been "
        "sent since.",
        [],
        {(): letters.refused},
    )


def _describe_account_mails(mails: AccountMailFigures) -> Iterable[Metric]:
    yield _gauge(
        "account_mails_waiting",
        "E-mails to accounts and to people who are invited or apply, that are not sent.",
        [],
        {(): mails.waiting},
    )
    yield _gauge(
        "account_mails_oldest_seconds",
        "Age of the oldest e-mail to an account that is not sent.",
        [],
        {(): mails.oldest},
    )


def _describe_mails(
    mails: MailFigures, refusals: Mapping[str, Mapping[str, int]]
) -> Iterable[Metric]:
    yield _gauge(
        "mails",
        "E-mails to signers that are due, being tried again after a refusal, or given up.",
        ["kind", "state"],
        {
            (kind, state): getattr(figures, state)
            for kind, figures in mails.kinds.items()
            for state in ("due", "retried", "given_up")
        },
    )
    yield _gauge(
        "mails_oldest_seconds",
        "How long an e-mail to a signer has waited, whatever its back-off.",
        ["kind"],
        {(kind,): figures.oldest for kind, figures in mails.kinds.items()},
    )
    yield _gauge(
        "mail_refusals",
        "E-mails and letters that were refused within an hour and not sent since, by reply code.",
        ["lane", "code"],
        {
            (lane, code): number
            for lane, codes in refusals.items()
            for code, number in sorted(codes.items())
        },
    )


def _by_state(name: str, words: str, numbers: Mapping[str, float]) -> GaugeMetricFamily:
    return _gauge(name, words, ["state"], {(state,): number for state, number in numbers.items()})


def _gauge(
    name: str, words: str, labels: list[str], numbers: Mapping[tuple[str, ...], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"hundredth_{name}", words, labels=labels)
    for values, number in numbers.items():
        family.add_metric(list(values), number)
    return family


def _read_version() -> str:
    try:
        return metadata.version("hundredth")
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        return "source"
