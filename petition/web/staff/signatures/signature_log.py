"""The log of one signature: each of its events as a sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from petition.models import Event

SENTENCES = {
    "signature.added": "Signed.",
    "signature.confirmed": "Confirmed by a link in an e-mail.",
    "signature.expired": "Was not confirmed in time.",
    "signature.located": "Its districts were found.",
    "signature.home_named": "The signer chose their district.",
    "signature.answered": "The signer answered where they live.",
    "signature.address_given": "The signer gave another address.",
    "signature.settled": "Placed in its districts by staff.",
    "signature.looked_up_again": "Its address was looked up again.",
    "signature.wait_over": "Its wait after a move ended.",
    "signature.amended": "The name or the comment was corrected.",
    "signature.choices": "The signer changed what they allow.",
    "signature.links_renewed": "The private links were replaced.",
    "signature.unreachable": "E-mail to it was returned.",
    "signature.reachable": "E-mail reaches it again.",
    "signature.resubscribed": "E-mail was asked for again.",
    "signature.unreadable": "Its data could not be read.",
    "signature.invalidated": "Rejected with others as forged.",
    "signature.put_back": "Put back after it was rejected.",
    "signature.rejected": "Rejected.",
    "signature.viewed": "Staff were shown who signed.",
    "signature.exported": "Staff downloaded what is stored about the signer.",
    "signature.withdrawn": "Withdrawn.",
    "signature.erased": "The signer's data was erased.",
}
# What is an actor and no account.
OTHERS = {"signer": "the signer", "cli": "the command line", "system": ""}
# In these events ``why`` was written by a person; in others it is a code.
WITH_WORDS = {
    "signature.viewed",
    "signature.exported",
    "signature.amended",
    "signature.withdrawn",
    "signature.erased",
    "signature.settled",
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log; ``who`` is empty for the service itself."""

    at: datetime
    text: str
    who: str
    why: str


def describe_events(events: Iterable[Event], people: Mapping[str, str]) -> list[LogLine]:
    """Return the lines in the order of the events; ``people``: the names of accounts by actor.

    - An event without a sentence is shown by its name, so that none is hidden.
    """
    return [
        LogLine(
            at=event.at,
            text=SENTENCES.get(event.action, f"{event.action}."),
            who=OTHERS.get(event.actor, people.get(event.actor, event.actor)),
            why=str(event.detail.get("why", "")) if event.action in WITH_WORDS else "",
        )
        for event in events
    ]
