"""The timeline of a delivery as the evidence pack has it: as text, and as JSON."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from petition.delivery.log.log_pages import AttemptRow
from petition.models import Event
from petition.models.outgoing.delivery import UNPROVED_MARK


def describe_attempt(attempt: AttemptRow) -> dict[str, Any]:
    """Return an attempt as JSON: its times in UTC, its codes, and what servers reported."""
    return {
        "number": attempt.number,
        "phase": attempt.phase,
        "began": stamp(attempt.started_at),
        "ended": stamp(attempt.ended_at),
        "outcome": attempt.outcome,
        "code": attempt.detail,
        "recipient": attempt.recipient,
        "server_said": attempt.said,
        "reports_asked": attempt.notices_asked,
        "reports": [one for one in attempt.reports.split() if not one.endswith(UNPROVED_MARK)],
        "reports_unproved": [
            one.rstrip(UNPROVED_MARK)
            for one in attempt.reports.split()
            if one.endswith(UNPROVED_MARK)
        ],
    }


def describe_event(event: Event) -> dict[str, Any]:
    """Return an event as JSON."""
    return {
        "id": event.id,
        "at": stamp(event.at),
        "actor": event.actor,
        "action": event.action,
        "subject": f"{event.subject} {event.subject_id}",
        "detail": event.detail,
    }


def write_timeline(
    delivery_id: int,
    events: Sequence[Event],
    attempts: Sequence[AttemptRow],
    tell: Callable[[Event], str],
) -> str:
    """Return what happened and each attempt as text; ``tell`` gives the sentence of an event."""
    lines = [f"Delivery {delivery_id}. Times are UTC.", "", "What happened", ""]
    for event in events:
        lines.append(f"{stamp(event.at)}  {event.actor}  {tell(event)}")
        codes = ", ".join(f"{name}: {value}" for name, value in sorted(event.detail.items()))
        lines.append(f"    {event.action} {codes}".rstrip())
    lines += ["", "Attempts", ""]
    for one in attempts:
        ended = f"{stamp(one.ended_at)}  {one.outcome}" if one.outcome else "running"
        lines.append(
            f"{one.number}.  {stamp(one.started_at)} to {ended}  {one.detail or ''}".rstrip()
        )
        lines.append(f"    to: {one.recipient or '-'}")
        lines.append(f"    the server said: {one.said or '-'}")
        if one.reports:
            told = one.reports.replace(UNPROVED_MARK, " (not proved)")
            lines.append(f"    servers reported: {told}")
    if not attempts:
        lines.append("None.")
    return "\n".join(lines) + "\n"


def stamp(moment: datetime | None) -> str | None:
    """Return a moment in UTC as text, in microseconds; None for none."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
