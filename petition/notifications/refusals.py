"""The consequences of a refusal for a signer's mail and for its lane.

A refused mail is retried for a while, then given up. Many consecutive refusals are the server's
problem: the lane stops, and none of the mails is given up and no address marked unreachable.

- If two or more consecutive mails were refused and then one is accepted, they are retried at once:
  those to mailboxes that do not exist are then refused a second time.
- A mail that was refused before the server last accepted one is not counted again, since mails that
  can never be sent would stop the lane again and again.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.extensions import get_settings, transaction
from petition.dispatch.backoff import Backoff
from petition.dispatch.lanes import (
    LONGEST_CAUSE,
    MANY,
    MANY_OF_ONE_CAUSE,
    hold_lane,
    note_refused,
    note_taken,
    stop_lane,
)
from petition.models import LaneName, LegalHold, RefusedMail, Signature
from petition.notifications.mail_handover import HandoverOutcome
from petition.notifications.requeueing import CONFIRMATION, make_due

# Without jitter: a batch is sent one by one, so mails do not come back at once.
BACKOFF = Backoff(longest=timedelta(hours=2), least=1.0)
FIRST_WAIT_SECONDS = 60.0
# So few consecutive refusals do not stop a lane, but are retried once a mail is accepted.
SEVERAL = 2
KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 5_000
# RFC 3463: a mailbox that accepts nothing at present ("452 4.2.2 at rcpt"), without the codes of
# that class that concern the sender.
_OF_ONE_MAILBOX = re.compile(r"4\d\d 4\.(?:1\.(?!0$|7$|8$)|2\.)\d{1,3} at rcpt")


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt at a mail: ``mail_id`` is CONFIRMATION for a confirmation."""

    signature_id: int
    mail_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class MailRuling:
    """The decision on a mail.

    - ``again_at``: the next attempt; None if it was sent or given up. ``gone``: the mailbox is
      unreachable. ``doubted``: it may be, and the server has no outage.
    - ``goes_on``: the next mail of the batch may be tried; never after NOT_TRIED.
    """

    again_at: datetime | None
    gone: bool = False
    doubted: bool = False
    goes_on: bool = True


def note_outcome(
    session: Session, tried: Try, outcome: HandoverOutcome, code: str, now: datetime
) -> MailRuling:
    """Record the outcome of an attempt and return the decision on the mail. The caller commits.

    - Must come first in its transaction: it may lock the lane.
    """
    if outcome is HandoverOutcome.SENT:
        _note_sent(session, tried, code, now)
        return MailRuling(None)
    if outcome is HandoverOutcome.NOT_TRIED:
        return MailRuling(now, goes_on=False)
    if _OF_ONE_MAILBOX.fullmatch(code):
        return MailRuling(now + choose_wait(tried.attempt))
    return _note_refused(session, tried, outcome, code, now)


def _note_sent(session: Session, tried: Try, code: str, now: datetime) -> None:
    if code == "sent":  # without an answer nothing is known of the server
        since = note_taken(session, LaneName.SIGNERS, now)
        if since is not None and _count(session, since)[0] >= SEVERAL:
            make_due(session, now, RefusedMail.first_at >= since)
    if tried.attempt > 1:
        session.execute(delete(RefusedMail).where(*_is_of(tried)))


def _note_refused(
    session: Session, tried: Try, outcome: HandoverOutcome, code: str, now: datetime
) -> MailRuling:
    lane = hold_lane(session, LaneName.SIGNERS)
    refusing_since = lane.refused_since
    # Another worker may have read its clock later and locked the lane first.
    now = max(now, refusing_since or now)
    refused = _write(session, tried, outcome, code, now)
    is_new = refused.first_at >= (refusing_since or now)
    note_refused(lane, code, now)
    of_one_cause, of_any = _count(session, lane.refused_since or now)
    many = of_one_cause >= MANY_OF_ONE_CAUSE or of_any >= MANY
    if is_new and many and not lane.is_stopped:
        stop_lane(session, lane, now)
        make_due(session, now, RefusedMail.last_at >= lane.refused_since)
    if lane.is_stopped:
        return MailRuling(now, goes_on=False)
    if outcome is HandoverOutcome.GONE and (is_new or refusing_since is None):
        return MailRuling(None, gone=True)
    doubted = outcome is HandoverOutcome.DOUBTED and refusing_since is None
    given_up = (
        outcome in (HandoverOutcome.REFUSED, HandoverOutcome.DOUBTED)
        and refused.times >= get_settings().max_attempts
    )
    # Not while the server accepts none: that may be the server's problem.
    if given_up and refusing_since is None:
        return MailRuling(None, doubted=doubted)
    return MailRuling(now + choose_wait(refused.times), doubted=doubted)


def choose_wait(attempt: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    return BACKOFF.choose_wait(attempt, FIRST_WAIT_SECONDS)


def note_came_back(session: Session, signature_id: int, attempt: int, cause: str) -> None:
    """Record that a confirmation was returned because of us: it is sent again after a correction.

    - ``attempt``: the signature's. The caller commits; ``petition mail resume`` sends it.
    """
    hold_lane(session, LaneName.SIGNERS)
    _write(
        session, Try(signature_id, CONFIRMATION, attempt), HandoverOutcome.REFUSED, cause, utcnow()
    )


def forget_old_refusals(limit: int = FORGOTTEN_AT_ONCE) -> int:
    """Delete up to ``limit`` refusals older than KEPT_FOR; return how many."""
    with transaction() as session:
        old = session.execute(
            select(RefusedMail.signature_id, RefusedMail.mail_id)
            .join(Signature, Signature.id == RefusedMail.signature_id)
            .where(
                RefusedMail.last_at < utcnow() - KEPT_FOR, LegalHold.spares(Signature.campaign_id)
            )
            .limit(limit)
        ).all()
        for signature_id, mail_id in old:
            session.execute(delete(RefusedMail).where(*_is_of(Try(signature_id, mail_id, 0))))
        return len(old)


def _write(
    session: Session, tried: Try, outcome: HandoverOutcome, code: str, now: datetime
) -> RefusedMail:
    key = (tried.signature_id, tried.mail_id)
    refused = session.get(RefusedMail, key, populate_existing=True)
    if refused is None:
        refused = RefusedMail(
            signature_id=tried.signature_id, mail_id=tried.mail_id, times=0, first_at=now
        )
        session.add(refused)
    refused.attempt = tried.attempt
    refused.times += 1
    refused.cause = code[:LONGEST_CAUSE]
    refused.last_at = now
    refused.gone = outcome is HandoverOutcome.GONE
    session.flush()
    return refused


def _is_of(tried: Try) -> tuple[ColumnElement[bool], ...]:
    return (
        RefusedMail.signature_id == tried.signature_id,
        RefusedMail.mail_id == tried.mail_id,
    )


def _count(session: Session, since: datetime) -> tuple[int, int]:
    """Return how many signers were refused since then for the commonest cause, and for any.

    - Only mails that were refused for the first time: see the module.
    """
    people = func.count(RefusedMail.signature_id.distinct())
    new = RefusedMail.first_at >= since
    by_cause = session.scalars(select(people).where(new).group_by(RefusedMail.cause)).all()
    return max(by_cause, default=0), session.scalar(select(people).where(new)) or 0
