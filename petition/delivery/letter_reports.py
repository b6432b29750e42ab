"""Applies reports about sent letters: proof of delivery, a bounce, a complaint, a delay.

- A report that repeats the envelope id of an attempt which asked for reports is proof: the id has a
  keyed tag, and only the mail servers on the way have seen it.
- The Message-ID is known to whoever has the letter: the office, partner groups, every reader. By
  it alone a report is told as unproved; it changes a state only from ``accepted`` to ``bounced``,
  since many servers return no envelope id.
- The order in which reports arrive changes no state: a letter that was returned is ``bounced``,
  whether it had been reported as delivered before or is so afterwards.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.mail.inbox import remember
from petition.mail.letter_ids import read_envelope_id
from petition.mail.reports import About, CountsFrom, MailReport
from petition.models import Attempt, Delivery, DeliveryState, ReportKind
from petition.models.outgoing.delivery import UNPROVED_MARK
from petition.transitions.delivery_changes import change_state

ACCEPTED, BOUNCED = DeliveryState.ACCEPTED, DeliveryState.BOUNCED
DELIVERED, UNKNOWN = DeliveryState.DELIVERED, DeliveryState.UNKNOWN
# By what a proved report says: the states from which it changes a delivery, and to what. Any such
# report shows that a message whose outcome was unknown had been sent.
CHANGES: dict[ReportKind, dict[DeliveryState, tuple[DeliveryState, ...]]] = {
    ReportKind.FAILED: {
        ACCEPTED: (BOUNCED,),
        DELIVERED: (BOUNCED,),
        UNKNOWN: (ACCEPTED, BOUNCED),
    },
    ReportKind.DELIVERED: {ACCEPTED: (DELIVERED,), UNKNOWN: (ACCEPTED, DELIVERED)},
    ReportKind.RELAYED: {UNKNOWN: (ACCEPTED,)},
    ReportKind.EXPANDED: {UNKNOWN: (ACCEPTED,)},
    ReportKind.DELAYED: {UNKNOWN: (ACCEPTED,)},
    ReportKind.COMPLAINT: {UNKNOWN: (ACCEPTED,)},
}
UNPROVED_CHANGES = {ReportKind.FAILED: {ACCEPTED: (BOUNCED,)}}


@dataclass(frozen=True, slots=True)
class _Said:
    """What a report says about one attempt; ``code``: its status code (RFC 3463), or none.

    - ``proved``: by the envelope id of an attempt that asked for reports.
    """

    kind: ReportKind
    attempt: int
    code: str
    proved: bool

    @property
    def detail(self) -> Detail:
        """What events say of it."""
        told: Detail = {"attempt": self.attempt, "code": self.code}
        return told if self.proved else {**told, "by": "message-id"}


def note_letter_report(report: MailReport) -> int | None:
    """Apply a report; return its delivery, None if it is about none of ours.

    - ``failed``: to ``bounced`` with the code as its reason, whatever the code: a letter that an
      office's filter returned has not been read either. Nothing is sent again by itself.
    - ``delivered``, if it is proved: to ``delivered``. Any other is recorded, and changes nothing.
    - A report that names an earlier attempt than the last one fails nothing: the letter was sent
      again since. The same report again changes nothing.
    """
    kind = read_kind(report)
    if kind is None:
        return None
    with transaction() as session:
        found = _find(session, report)
        if found is None:
            return None
        delivery, attempt, proved = found
        if remember(session, report.key):
            code = report.verdict.status or report.action_code or "no code"
            _apply(session, delivery, _Said(kind, attempt, code, proved), utcnow())
        return delivery.id


def read_kind(report: MailReport) -> ReportKind | None:
    """Return what a report says of a letter; None for a mail that is no such report."""
    about = report.verdict.about
    if about is About.COMPLAINT:  # others are about viruses, or our own DMARC
        is_of_reader = report.verdict.counts is CountsFrom.NOW
        return ReportKind.COMPLAINT if is_of_reader else None
    if about is not About.NOTHING:
        return ReportKind.FAILED
    return ReportKind(report.action) if report.action else None


def note_asked(delivery_id: int, attempt: int) -> None:
    """Record that the server of an attempt accepted the request for reports."""
    with transaction() as session:
        session.execute(
            update(Attempt)
            .where(Attempt.delivery_id == delivery_id, Attempt.number == attempt)
            .values(notices_asked=True)
        )


def _find(session: Session, report: MailReport) -> tuple[Delivery, int, bool] | None:
    """Return the delivery that a report is about, locked, the attempt, and whether it is proved."""
    for text in report.envelope_ids:
        named = read_envelope_id(text)
        if named is not None:
            delivery = session.get(Delivery, named[0], with_for_update=True)
            if delivery is not None and 0 < named[1] <= delivery.attempt:
                attempt = session.get(Attempt, named)
                return delivery, named[1], attempt is not None and attempt.notices_asked
    by_id = select(Delivery).where(Delivery.message_id.in_(report.message_ids)).limit(1)
    delivery = session.scalar(by_id.with_for_update())
    return (delivery, delivery.attempt, False) if delivery is not None else None


def _apply(session: Session, delivery: Delivery, said: _Said, now: datetime) -> None:
    is_new = _add_kind(session, delivery.id, said)
    steps = _find_steps(delivery, said)
    state = DeliveryState(delivery.state)
    for new in steps:
        _change(session, delivery, state, new, said, now)
        state = new
    if steps and state is not ACCEPTED:
        detail = said.detail
        if delivery.state == DELIVERED:
            detail = {**detail, "was": DELIVERED.value}
        record(session, f"delivery.{state}", "delivery", delivery.id, detail=detail)
    elif is_new or steps:
        told: Detail = {**said.detail, "report": said.kind.value}
        record(session, "delivery.reported", "delivery", delivery.id, detail=told)


def _find_steps(delivery: Delivery, said: _Said) -> tuple[DeliveryState, ...]:
    """Return the states to which a report changes a delivery, one after the other."""
    if said.kind is ReportKind.FAILED and said.attempt < delivery.attempt:
        return ()
    changes = CHANGES if said.proved else UNPROVED_CHANGES
    return changes.get(said.kind, {}).get(DeliveryState(delivery.state), ())


def _change(
    session: Session,
    delivery: Delivery,
    old: DeliveryState,
    new: DeliveryState,
    said: _Said,
    now: datetime,
) -> None:
    """Change the state; what was sent keeps the time at which it was sent."""
    kept = {} if new is BOUNCED else {"settled_at": delivery.settled_at}
    reason = f"bounced: {said.code}" if new is BOUNCED else None
    change_state(
        session, delivery.id, delivery.attempt, old, new, now, due_at=None, reason=reason, **kept
    )


def _add_kind(session: Session, delivery_id: int, said: _Said) -> bool:
    """Add a kind to the reports of an attempt; return whether it tells something new.

    - That is the first of its kind, or the first that is proved.
    """
    attempt = session.get(Attempt, (delivery_id, said.attempt), with_for_update=True)
    if attempt is None:
        return False
    known = attempt.reports.split()
    unproved = f"{said.kind}{UNPROVED_MARK}"
    if said.kind in known or (unproved in known and not said.proved):
        return False
    kept = [one for one in known if one != unproved]
    attempt.reports = " ".join([*kept, said.kind if said.proved else unproved])
    return True
