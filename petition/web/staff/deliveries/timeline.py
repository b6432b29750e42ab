"""The timeline of a delivery or a hundred: each of its events as a sentence.

- A sentence describes what happened and what it means, with the codes of the event. An event
  without a sentence is shown by its name and details, so that none is hidden.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from petition.models import Event
from petition.web.staff.deliveries.report_words import LOUD_REPORTS, tell_bounced, tell_reported
from petition.web.staff.deliveries.state_words import explain_hold

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline.

    - ``who`` is empty for the service itself. ``tone``: ``quiet``, ``good`` or ``loud``.
    - ``why`` is the reason that a person gave.
    """

    at: datetime
    text: str
    who: str
    tone: str
    why: str


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day, in UTC."""

    title: str
    entries: list[Entry]


OUTCOMES = {
    "accepted": "it was accepted",
    "retry_wait": "it will be tried again",
    "failed": "it was given up",
    "unknown": "it may or may not have arrived",
}
LOUD = {
    "delivery.failed",
    "delivery.unknown",
    "delivery.bounced",
    "delivery.held",
    "delivery.held_back",
    "delivery.late",
    "milestone.held",
    "milestone.invalidated",
}
GOOD = {"delivery.accepted", "delivery.delivered", "delivery.confirmed"}


def write_diary(events: Iterable[Event], people: Mapping[str, str]) -> list[Day]:
    """Return the timeline by day, in the order of the events.

    - ``people``: the names of the actors that are members of staff.
    """
    entries = [
        Entry(
            at=event.at,
            text=_tell(event.action, event.detail),
            who=_name(event.actor, people),
            tone=_judge(event.action, event.detail),
            why=str(event.detail.get("why", "")) if event.action in WITH_WORDS else "",
        )
        for event in events
    ]
    return [
        Day(f"{day:%A}, {day:%B} {day.day}, {day.year}", list(lines))
        for day, lines in groupby(entries, key=lambda entry: entry.at.date())
    ]


def tell_event(event: Event) -> str:
    """Return an event as a sentence."""
    return _tell(event.action, event.detail)


def _tell(action: str, detail: Detail) -> str:
    teller = TELLERS.get(action)
    if teller is not None:
        return teller(detail)
    shown = ", ".join(f"{name} {value}" for name, value in detail.items())
    return f"{action}: {shown}." if shown else f"{action}."


def _judge(action: str, detail: Detail) -> str:
    if action in LOUD or (action == "delivery.expired" and detail.get("outcome") != "retry_wait"):
        return "loud"
    if action == "delivery.reported" and detail.get("report") in LOUD_REPORTS:
        return "loud"
    return "good" if action in GOOD else "quiet"


def _name(actor: str, people: Mapping[str, str]) -> str:
    if actor == "cli":
        return "the command line"
    return "" if actor == "system" else people.get(actor, actor)


def _tell_reached(detail: Detail) -> str:
    return f"Signature {detail.get('threshold', '?')} was counted in the district: a letter is due."


def _tell_invalidated(detail: Detail) -> str:
    number, only = detail.get("signatures", "?"), detail.get("only", "all")
    whom = "" if only == "all" else f" (only those that the check “{only}” found)"
    return f"Invalidated. Signatures rejected as forged: {number}{whom}."


def _tell_queued(detail: Detail) -> str:
    if "was" in detail:
        return "The reason for holding it no longer applies: a letter is due again."
    return "The delivery was planned."


def _tell_viewed(detail: Detail) -> str:
    if detail.get("form") == "evidence":
        return f"The evidence of delivery {detail.get('delivery')} was downloaded."
    what = "The message with the letter" if detail.get("form") == "message" else "The letter"
    return f"{what} was opened."


def _tell_rendered(detail: Detail) -> str:
    return f"The letter was made and stored as {str(detail.get('sha256', ''))[:12]}."


def _tell_handover(detail: Detail) -> str:
    return (
        f"Attempt {detail.get('attempt')}: the whole message has been sent; waiting for the "
        "server's answer. From here on it may have arrived."
    )


def _tell_accepted(detail: Detail) -> str:
    code = detail.get("code")
    if code in ("written", "there already"):
        return f"Attempt {detail.get('attempt')}: it is in the outbox ({code})."
    return f"Attempt {detail.get('attempt')}: the office's mail server accepted it ({code})."


def _tell_retry_wait(detail: Detail) -> str:
    about = ", not because of the office" if detail.get("about") == "ours" else ""
    code = f"({detail.get('code')}){about}"
    return f"Attempt {detail.get('attempt')}: not accepted now {code}. It will be tried again."


def _tell_failed(detail: Detail) -> str:
    return (
        f"Attempt {detail.get('attempt')}: refused for good, or for the last time "
        f"({detail.get('code')}). It is not tried again automatically."
    )


def _tell_unknown(detail: Detail) -> str:
    return (
        f"Attempt {detail.get('attempt')}: the message was handed over and no answer came "
        f"({detail.get('code')}). It may have arrived, so it is not sent again automatically."
    )


def _tell_expired(detail: Detail) -> str:
    where = "after" if detail.get("phase") == "handover" else "before"
    outcome = OUTCOMES.get(str(detail.get("outcome")), str(detail.get("outcome")))
    return (
        f"Attempt {detail.get('attempt')}: its worker was lost {where} the message was handed "
        f"over; {outcome}."
    )


def _tell_late(detail: Detail) -> str:
    outcome = OUTCOMES.get(str(detail.get("outcome")), str(detail.get("outcome")))
    return (
        f"Attempt {detail.get('attempt')} reported late: {outcome} ({detail.get('code')}). "
        "This changed nothing."
    )


def _tell_held(detail: Detail) -> str:
    reason = str(detail.get("reason") or detail.get("why") or "")
    code = f" ({detail['code']})" if "code" in detail else ""
    return f"Held: {explain_hold(reason)}{code}."


def _tell_held_back(detail: Detail) -> str:
    if detail.get("was") == "retry_wait":
        return "Held by staff. Its message stays as it is, and is not sent until it is released."
    return "Held by staff. Its letter is made again when it is released."


def _tell_released(detail: Detail) -> str:
    if detail.get("now") == "retry_wait":
        return "Released by staff: the same message is due now."
    return "Released by staff: its letter is made again from current data."


def _tell_sent_otherwise(detail: Detail) -> str:
    where = f"by {detail.get('by')} as delivery {detail.get('instead')}"
    return f"The letter is sent {where} instead; this delivery is not sent any more."


def _tell_not_prepared(detail: Detail) -> str:
    code = detail.get("code")
    return (
        f"No attempt could begin because of an error in the service ({code}). It will be tried "
        "again."
    )


def _tell_superseded(detail: Detail) -> str:
    reason = explain_hold(str(detail.get("why") or ""))
    return (
        f"The letter was withdrawn before it was sent, because {reason}. A new one is being made."
    )


def _tell_retried(detail: Detail) -> str:
    if "lane" in detail:
        return "Resumed, because the mail server accepts letters again: the same message is due."
    if detail.get("was") == "held":
        return "Resumed: its letter is being made again."
    return "Resumed: the same message is due now."


def _tell_resolved(detail: Detail) -> str:
    if detail.get("outcome") == "sent":
        return "Resolved as sent: it is settled and will not be sent again."
    return "Resolved as not sent: the same message will be sent again."


TELLERS: dict[str, Callable[[Detail], str]] = {
    "milestone.reached": _tell_reached,
    "milestone.cleared": lambda detail: "Its hundred was checked: nothing unusual was found.",
    "milestone.held": lambda detail: f"Its hundred is held for staff ({detail.get('reasons')}).",
    "milestone.reopened": lambda detail: (
        "The signers of its hundred have changed: it is being checked again."
    ),
    "milestone.released": lambda detail: "Released, with the signers that were checked.",
    "milestone.invalidated": _tell_invalidated,
    "milestone.put_back": lambda detail: f"Signatures put back: {detail.get('signatures')}.",
    "milestone.sealed": lambda detail: "The first attempt began: the names in it are final.",
    "milestone.told": lambda detail: f"Signers to be notified: {detail.get('signers', 0)}.",
    "milestone.evidence_taken": lambda detail: (
        f"The evidence of delivery {detail.get('delivery')} was downloaded."
    ),
    "letter.rendered": _tell_rendered,
    "letter.viewed": _tell_viewed,
    "letter.superseded": lambda detail: "That letter is no longer in force.",
    "letter.removed": lambda detail: "Its PDF was removed: it was never sent.",
    "delivery.queued": _tell_queued,
    "delivery.rendered": lambda detail: "It is ready to be sent.",
    "delivery.claimed": lambda detail: f"Attempt {detail.get('attempt')} began.",
    "delivery.not_prepared": _tell_not_prepared,
    "delivery.handover": _tell_handover,
    "delivery.accepted": _tell_accepted,
    "delivery.delivered": lambda detail: f"Proof of delivery was received ({detail.get('code')}).",
    "delivery.confirmed": lambda detail: "The office confirmed that it has the letter.",
    "delivery.answered": lambda detail: "Someone answered it by e-mail.",
    "delivery.reported": tell_reported,
    "delivery.bounced": tell_bounced,
    "delivery.retry_wait": _tell_retry_wait,
    "delivery.failed": _tell_failed,
    "delivery.unknown": _tell_unknown,
    "delivery.expired": _tell_expired,
    "delivery.late": _tell_late,
    "delivery.held": _tell_held,
    "delivery.held_back": _tell_held_back,
    "delivery.released": _tell_released,
    "delivery.sent_otherwise": _tell_sent_otherwise,
    "delivery.planned_otherwise": lambda detail: (
        f"Planned by staff, in place of delivery {detail.get('instead_of')}."
    ),
    "delivery.superseded": _tell_superseded,
    "delivery.retried": _tell_retried,
    "delivery.resolved": _tell_resolved,
    "delivery.noted": lambda detail: "A note was written.",
    "delivery.cancelled": lambda detail: "Cancelled: it will never be sent, or never again.",
}
# In these events ``why`` was written by a person; in the others it is one of our codes.
WITH_WORDS = {
    "delivery.noted",
    "delivery.held_back",
    "delivery.released",
    "delivery.sent_otherwise",
    "delivery.planned_otherwise",
    "delivery.retried",
    "delivery.resolved",
    "delivery.confirmed",
    "delivery.cancelled",
    "milestone.released",
    "milestone.invalidated",
    "milestone.put_back",
}
