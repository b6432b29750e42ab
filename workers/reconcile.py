"""The reconciler: finds work that is due in the database and that no job has done.

RQ may lose a job and Redis may lose everything; the rows are still there with their ``due_at``.
Each round recovers expired leases, then wakes the stages that have work. It is safe to run several
at once: waking twice is harmless, and every stage claims its work.

- A step that fails is logged by the error's class; the next steps still run.
- Sweeps are steps too, each once in its period.
- A stage is woken only if its queue has fewer jobs than rows are due, so that a queue without
  workers does not grow with each round.
"""

import math
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy import exists, select

from petition.accounts.account_sessions import forget_sessions
from petition.accounts.mail_batches import is_account_mail_due
from petition.attention.attention_digests import watch_causes
from petition.audit.chain.event_chain import chain_events
from petition.bulk.uploads.upload_run import is_upload_due
from petition.core.clock import utcnow
from petition.core.errors import Retryable
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.core.queues import Stage, get_queues, wake
from petition.counting.departures import find_campaigns_left
from petition.counting.milestones import plan_missing
from petition.counting.public_removals import publish_removals
from petition.counting.public_snapshot import renew_counts_if_due
from petition.counting.recalls import recall_batch
from petition.counting.reminders import remind_of_held
from petition.delivery.held_deliveries import release_held
from petition.delivery.letter_kind import LETTERS
from petition.delivery.log.state_counts import fold_counts
from petition.delivery.requeue import revive_if_due
from petition.dispatch.kinds import OutgoingKind
from petition.dispatch.lane_rulings import revive_refused
from petition.dispatch.recovery import recover_expired
from petition.health.audit_chain.chain_watch import verify_next
from petition.letters.make import find_due_milestones
from petition.letters.store import open_letters
from petition.letters.sweep import sweep_superseded
from petition.locating.repeat_movers import end_waits
from petition.models import Campaign, Signature, SignatureState
from petition.models.signatures.signature import UNCOUNTED
from petition.notifications.arrival_notices import plan_delivered
from petition.notifications.batches import is_any_due
from petition.notifications.mailbox_limits import forget_old_mails
from petition.notifications.refusals import forget_old_refusals
from petition.notifications.successor_notices import plan_successors
from petition.participants.cells import count_areas_if_due
from petition.partners.applications.application_retention import forget_applications
from petition.partners.consents.consent_places import place_consents
from petition.partners.consents.numbering import number_changes
from petition.partners.exports.export_requests import forget_pages, is_export_due
from petition.partners.lookups.near_counts import renew_near_counts
from petition.partners.relay.sending import finish_messages
from petition.partners.webhooks.endpoint_keys import forget_keys
from petition.partners.webhooks.planning import is_planning_due
from petition.partners.webhooks.webhook_kind import WEBHOOKS
from petition.partners.webhooks.webhook_log import forget_deliveries
from petition.processes.heartbeats import write_heartbeat
from petition.processes.process_rows import forget_processes
from petition.redistricting.activation import activate_due
from petition.retention.network_hashes import forget_networks
from petition.retention.run import sweep
from petition.retention.wal_checkpoints import checkpoint_after_erasures
from petition.signers.named_record import forget_named
from petition.signing.challenges import forget_challenges
from workers import outgoing

log = get_logger(__name__)

HEARTBEAT = "reconciler"


@dataclass(frozen=True, slots=True)
class Round:
    """The result of one round: numbers of rows or of jobs woken, and of failed steps."""

    expired: int
    released: int
    revived: int
    planned: int
    activated: int
    recalled: int
    waited: int
    watched: int
    told: int
    mail: int
    locate: int
    count: int
    areas: int
    near: int
    removals: int
    renewed: int
    folded: int
    render: int
    deliver: int
    dispatch: int
    finished: int
    placed: int
    numbered: int
    exports: int
    uploads: int
    webhooks: int
    pages: int
    reminded: int
    emptied: int
    challenges: int
    networks: int
    named: int
    mailed: int
    refusals: int
    sessions: int
    applications: int
    webhook_log: int
    processes: int
    kept: int
    superseded: int
    chained: int
    verified: int
    failed: int


STEPS: dict[str, Callable[[], int | None]] = {
    "expired": lambda: _recover(),
    "released": release_held,
    "revived": lambda: revive_if_due() + sum(map(revive_refused, _list_dispatched())),
    "planned": lambda: len(plan_missing()),
    "watched": watch_causes,
    "told": lambda: plan_delivered() + plan_successors(),
    "mail": lambda: (
        _wake_if_due(Stage.MAIL, SignatureState.PENDING)
        or _wake_if(Stage.MAIL, is_any_due, is_account_mail_due)
    ),
    "activated": activate_due,
    "recalled": recall_batch,
    "waited": end_waits,
    "locate": lambda: _wake_if_due(Stage.LOCATE, SignatureState.CONFIRMED),
    "count": lambda: _wake_each(Stage.COUNT, _find_campaigns()),
    "areas": count_areas_if_due,
    "near": renew_near_counts,
    "removals": publish_removals,
    "renewed": renew_counts_if_due,
    "folded": lambda: _repeat(fold_counts),
    "render": lambda: _wake_each(Stage.RENDER, find_due_milestones()),
    "deliver": lambda: _wake_each(Stage.DELIVER, LETTERS.find_due()),
    "dispatch": lambda: _wake_if(
        Stage.DISPATCH, lambda: any(kind.find_due(1) for kind in _list_dispatched())
    ),
    "finished": finish_messages,
    "placed": lambda: _repeat(place_consents),
    "numbered": lambda: _repeat(number_changes),
    "exports": lambda: _wake_if(Stage.CONSENTS, is_export_due),
    "uploads": lambda: _wake_if(Stage.IMPORT, is_upload_due),
    "webhooks": lambda: _wake_if(Stage.WEBHOOKS, is_planning_due, lambda: WEBHOOKS.find_due(1)),
    "reminded": remind_of_held,
    "emptied": checkpoint_after_erasures,
    # Sweeps: solved challenges that have expired; networks after a week; hashes of the mailboxes of
    # erased signatures after 90 days; times of mails to a mailbox and of refusals after a month;
    # sessions that are over; deliveries of webhooks after a month, and keys that do not sign any
    # more; processes that were killed; ids prepared for exports that were given out or have
    # expired; data past the retention periods of the settings; superseded letters that were never
    # sent and name signers who have left since.
    "challenges": forget_challenges,
    "networks": lambda: _repeat(forget_networks),
    "named": forget_named,
    "mailed": forget_old_mails,
    "refusals": forget_old_refusals,
    "sessions": lambda: _repeat(forget_sessions),
    "applications": lambda: _repeat(forget_applications),
    "webhook_log": lambda: _repeat(forget_deliveries) + forget_keys(),
    "processes": forget_processes,
    "pages": forget_pages,
    "kept": sweep,
    "superseded": lambda: sweep_superseded(open_letters()),
    # Last: what the steps above recorded is in this round's link.
    "chained": chain_events,
    "verified": verify_next,
}
# The steps that are not run in each round: seconds from one run, successful or not, to the next.
PERIODS: dict[str, float] = dict.fromkeys(
    (
        "challenges",
        "networks",
        "named",
        "mailed",
        "refusals",
        "sessions",
        "applications",
        "webhook_log",
        "processes",
        "pages",
        "kept",
        "superseded",
        "verified",
    ),
    600.0,
)
PERIODS["watched"] = 60.0
TRIED = "hundredth-steps-tried"
MOST_REPEATS = 50


def reconcile() -> Round:
    """Run all steps that are due, and write a heartbeat with the result."""
    counts = {name: _try(name, step) if _is_due(name) else 0 for name, step in STEPS.items()}
    failed = sum(count is None for count in counts.values())
    found = Round(**{name: count or 0 for name, count in counts.items()}, failed=failed)
    _beat(found)
    return found


def _is_due(name: str) -> bool:
    period = PERIODS.get(name)
    if period is None:
        return True
    tried: dict[str, float] = current_app.extensions.setdefault(TRIED, {})
    if time.monotonic() - tried.get(name, -math.inf) < period:
        return False
    tried[name] = time.monotonic()
    return True


def _repeat(step: Callable[[], int]) -> int:
    """Run a step that works in batches until nothing is left, at most MOST_REPEATS times."""
    total = 0
    for _ in range(MOST_REPEATS):
        done = step()
        total += done
        if not done:
            break
    return total


def _try(name: str, step: Callable[[], int | None]) -> int | None:
    """Return what a step returns; None where it failed, which is logged."""
    try:
        return step()
    except Retryable as error:
        log.warning("reconciler.put_off", step=name, error=error.code)
    except Exception as error:
        # The class only: the message may contain personal data.
        log.error("reconciler.failed", step=name, error=type(error).__name__)
    finally:
        db.session.rollback()
    return None


def _recover() -> int | None:
    """Recover the expired leases of each kind; return how many, None where one kind failed."""
    counts = [
        _try(f"expired {kind.name}", partial(recover_expired, kind)) for kind in outgoing.KINDS
    ]
    return None if None in counts else sum(count or 0 for count in counts)


def _wake_if_due(stage: Stage, state: SignatureState) -> int:
    due = exists().where(Signature.state == state, Signature.due_at <= utcnow())
    return _wake_if(stage, lambda: db.session.scalar(select(due)))


def _wake_if(stage: Stage, *asks: Callable[[], object]) -> int:
    """Wake a stage if any of the questions finds something that is due."""
    due = any(ask() for ask in asks)
    db.session.rollback()  # no transaction is open while Redis is called
    return int(due and wake(stage))


def _list_dispatched() -> list[OutgoingKind[Any, Any]]:
    """Return the kinds of the queue ``dispatch``; letters have steps of their own."""
    return [kind for kind in outgoing.KINDS if kind.stage is Stage.DISPATCH]


def _wake_each(stage: Stage, ids: Collection[int]) -> int:
    db.session.rollback()
    if not ids:
        return 0
    standing = get_queues().count_standing(stage)
    if standing is None or standing >= len(ids):
        return 0
    return sum(wake(stage, number) for number in ids)


def _find_campaigns() -> set[int]:
    located = exists().where(
        Signature.campaign_id == Campaign.id,
        Signature.state == SignatureState.LOCATED,
        UNCOUNTED,
    )
    return {*db.session.scalars(select(Campaign.id).where(located)), *find_campaigns_left()}


def _beat(found: Round) -> None:
    with transaction() as session:
        write_heartbeat(session, HEARTBEAT, utcnow(), asdict(found))
