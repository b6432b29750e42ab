"""Sends a row: one attempt from claim to outcome, without a transaction open while sending."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from petition.core.errors import ClaimLost, DatabaseUnavailable, PetitionError, Retryable
from petition.core.extensions import db, get_settings
from petition.core.logs import get_logger
from petition.core.queues import JobTimeout
from petition.dispatch.attempts import AttemptEnd
from petition.dispatch.claims import claim, mark_handover, put_off, put_off_unprepared
from petition.dispatch.handover_step import Ended, HandoverEnd, HandoverStep, hand_over
from petition.dispatch.kinds import Claim, OutgoingKind, Receipt
from petition.dispatch.settlement import settle
from petition.mail.refusal_reason import find_cause
from petition.models.states import OutgoingState

log = get_logger(__name__)
Kind = OutgoingKind[Any, Any]
BATCH = 20


def send(kind: Kind, row_id: int) -> OutgoingState | None:
    """Make one attempt; return the row's new state, None if none was made or the claim was lost.

    - Safe to call any number of times for the same id, from any number of workers.
    - An exception outside the error tree is propagated and nothing is settled: the lease expires,
      and ``recover_expired`` settles the attempt by its phase.
    - An exception before the attempt began, of ``prepare``, postpones the row and is propagated.
    """
    try:
        return _send_once(kind, row_id)
    except ClaimLost as error:
        log.warning("dispatch.claim_lost", kind=kind.name, row=row_id, claim=str(error))
        return None


def send_due(kind: Kind, limit: int = BATCH, is_over: Callable[[], bool] = lambda: False) -> int:
    """Send up to ``limit`` rows of a kind that are due; return how many were handled.

    - ``is_over`` is asked before each row, so that a job of slow sends ends before its time-out.
    - A due row that cannot be sent is postponed, so that it does not block the rows after it: one
      that ``prepare`` declines, and one whose claim or attempt raises, which is logged. So 0 means
      that no row is due, or that the time is over.
    - Raises DatabaseUnavailable.
    """
    due = kind.find_due(limit)
    db.session.rollback()  # no transaction is open while sending
    handled = 0
    for row_id in due:
        if is_over():
            break
        if _send_alone(kind, row_id) is None:
            put_off(kind, row_id, timedelta(seconds=get_settings().retry_base_seconds))
        handled += 1
    return handled


def _send_alone(kind: Kind, row_id: int) -> OutgoingState | None:
    """Send a row; log an error that concerns this row only, and return None."""
    try:
        return send(kind, row_id)
    except (DatabaseUnavailable, JobTimeout):
        raise
    except Exception:
        db.session.rollback()
        log.exception("dispatch.failed", kind=kind.name, row=row_id)
        return None


def _send_once(kind: Kind, row_id: int) -> OutgoingState | None:
    claimed = _claim(kind, row_id)
    if claimed is None:
        return None
    handover = HandoverStep(f"{kind.name} {row_id}", partial(mark_handover, kind, claimed))
    ended, receipt = hand_over(partial(kind.send, claimed), handover)
    return settle(kind, claimed, _choose_state(ended), _describe(ended, receipt, handover))


def _claim(kind: Kind, row_id: int) -> Claim[Any] | None:
    try:
        return claim(kind, row_id)
    except (ClaimLost, DatabaseUnavailable, JobTimeout):
        raise
    except Exception as error:
        db.session.rollback()
        code = error.code if isinstance(error, PetitionError) else type(error).__name__
        put_off_unprepared(kind, row_id, timedelta(seconds=get_settings().retry_base_seconds), code)
        raise


def _choose_state(ended: Ended) -> OutgoingState:
    if ended.outcome is HandoverEnd.ACCEPTED:
        return OutgoingState.ACCEPTED
    if ended.outcome is HandoverEnd.UNKNOWN:
        return OutgoingState.UNKNOWN
    is_retryable = isinstance(ended.error, Retryable)
    return OutgoingState.RETRY_WAIT if is_retryable else OutgoingState.FAILED


def _describe(ended: Ended, receipt: Receipt | None, handover: HandoverStep) -> AttemptEnd:
    if receipt is not None:
        return AttemptEnd(receipt.code, None, handover.recipient, receipt.said)
    said = getattr(ended.error, "said", None)
    cause = find_cause(ended.error) if ended.error is not None else None
    return AttemptEnd(ended.code, cause, handover.recipient, said)
