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


OBSTACLES = {
    "below-milestone": "people have left, and the district is below this hundred again",
    "superseded": "another letter took its place",
    "names": "someone named in it has left",
    "comments": "other words of its signers are to be printed by now",
    "amended": "someone named in it has corrected their name or words",
    "addressee": "the holder of the post or the office's address has changed",
    "vacant": "nobody holds the post",
    "no-address": "the post has no address for this channel",
    "not-rendered": "the letter could not be made",
    "milestone-held": "its hundred waits for staff to look at it",
    "not-cleared": "its hundred is looked at anew",
    "redistricted": "new boundaries came into force first; the new district writes instead",
}
OUTCOMES = {
    "accepted": "it was accepted",
    "retry_wait": "it will be tried again",
    "failed": "it was given up",
    "unknown": "nobody knows whether it arrived",
}
LOUD = {
    "delivery.failed",
    "delivery.unknown",
    "delivery.bounced",
    "delivery.held",
    "delivery.late",
    "milestone.held",
    "milestone.invalidated",
}
GOOD = {"delivery.accepted", "delivery.delivered"}


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


def explain_hold(reason: str | None) -> str:
    """Return why a delivery is held, as half a sentence."""
    return OBSTACLES.get(reason or "", reason or "no reason was written down")


def _tell(action: str, detail: Detail) -> str:
    teller = TELLERS.get(action)
    if teller is not None:
        return teller(detail)
    shown = ", ".join(f"{name} {value}" for name, value in detail.items())
    return f"{action}: {shown}." if shown else f"{action}."


def _judge(action: str, detail: Detail) -> str:
    if action in LOUD or (action == "delivery.expired" and detail.get("outcome") != "retry_wait"):
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
    whom = "" if only == "all" else f", those of the look “{only}”"
    return f"Invalidated: {number} signatures were rejected as forged{whom}."


def _tell_queued(detail: Detail) -> str:
    if "was" in detail:
        return "The reason for holding it is gone: a letter is due again."
    return "The delivery was planned."


def _tell_viewed(detail: Detail) -> str:
    what = "The message with the letter" if detail.get("form") == "message" else "The letter"
    return f"{what} was opened."


def _tell_rendered(detail: Detail) -> str:
    return f"The letter was made and stored as {str(detail.get('sha256', ''))[:12]}."


def _tell_handover(detail: Detail) -> str:
    return (
        f"Attempt {detail.get('attempt')}: the whole message is over, all but its last dot. From "
        "here on it may have arrived."
    )


def _tell_accepted(detail: Detail) -> str:
    code = detail.get("code")
    if code in ("written", "there already"):
        return f"Attempt {detail.get('attempt')}: it is in the outbox ({code})."
    return f"Attempt {detail.get('attempt')}: the office's mail server took it ({code})."


def _tell_retry_wait(detail: Detail) -> str:
    about = ", which is not about the office" if detail.get("about") == "ours" else ""
    code = f"({detail.get('code')}){about}"
    return f"Attempt {detail.get('attempt')}: not now {code}. It is tried again."


def _tell_failed(detail: Detail) -> str:
    return (
        f"Attempt {detail.get('attempt')}: refused for good, or for the last time "
        f"({detail.get('code')}). Nothing more is tried by itself."
    )


def _tell_unknown(detail: Detail) -> str:
    return (
        f"Attempt {detail.get('attempt')}: the message was handed over and no answer came "
        f"({detail.get('code')}). It may have arrived, so it is not sent again by itself."
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
        f"Attempt {detail.get('attempt')} was heard of late: {outcome} ({detail.get('code')}). "
        "That changed nothing by itself."
    )


def _tell_held(detail: Detail) -> str:
    reason = str(detail.get("reason") or detail.get("why") or "")
    code = f" ({detail['code']})" if "code" in detail else ""
    return f"Held: {explain_hold(reason)}{code}."


def _tell_not_prepared(detail: Detail) -> str:
    code = detail.get("code")
    return f"No attempt could begin, for an error of the service ({code}). It is tried again."


def _tell_superseded(detail: Detail) -> str:
    reason = explain_hold(str(detail.get("why") or ""))
    return f"The letter was taken back unsent, since {reason}. A new one is made."


def _tell_retried(detail: Detail) -> str:
    if "lane" in detail:
        return (
            "Set going again, since the mail server takes letters again: the same message is due."
        )
    if detail.get("was") == "held":
        return "Set going again: its letter is made anew."
    return "Set going again: the same message is due now."


def _tell_resolved(detail: Detail) -> str:
    if detail.get("outcome") == "sent":
        return "Resolved as sent: it is settled and will not go again."
    return "Resolved as not sent: the same message goes again."


TELLERS: dict[str, Callable[[Detail], str]] = {
    "milestone.reached": _tell_reached,
    "milestone.cleared": lambda detail: "Its hundred was looked at: nothing is odd.",
    "milestone.held": lambda detail: f"Its hundred is held for staff ({detail.get('reasons')}).",
    "milestone.reopened": lambda detail: "The people of its hundred change: it is looked at anew.",
    "milestone.released": lambda detail: "Released, with the people that were looked at.",
    "milestone.invalidated": _tell_invalidated,
    "milestone.put_back": lambda detail: f"Put back: {detail.get('signatures')} signatures.",
    "milestone.sealed": lambda detail: "The first attempt began: the names in it are final.",
    "milestone.told": lambda detail: f"Signers who are told of it: {detail.get('signers', 0)}.",
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
    "delivery.delivered": lambda detail: "Proof came back that it was delivered.",
    "delivery.bounced": lambda detail: f"It came back: returned with {detail.get('code')}.",
    "delivery.retry_wait": _tell_retry_wait,
    "delivery.failed": _tell_failed,
    "delivery.unknown": _tell_unknown,
    "delivery.expired": _tell_expired,
    "delivery.late": _tell_late,
    "delivery.held": _tell_held,
    "delivery.superseded": _tell_superseded,
    "delivery.retried": _tell_retried,
    "delivery.resolved": _tell_resolved,
    "delivery.cancelled": lambda detail: "Cancelled: it is never sent, or never again.",
}
# In these events ``why`` was written by a person; in the others it is one of our codes.
WITH_WORDS = {
    "delivery.retried",
    "delivery.resolved",
    "delivery.cancelled",
    "milestone.released",
    "milestone.invalidated",
    "milestone.put_back",
}
