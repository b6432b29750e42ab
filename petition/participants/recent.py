"""Recent participants: those who chose to be shown, as "Ada L., Cambridge", and nobody else.

What a page shows is at most half a minute old in each process: who withdraws, erases or no longer
wants to be shown is gone from it within that time.
"""

import time
from dataclasses import dataclass

from sqlalchemy import select

from petition.core.extensions import db, keep_for_app
from petition.models import Person, Signature, SignatureState
from petition.models.person import skip_broken

FRESH_SECONDS = 30.0
EXTENSION = "hundredth-recent"
# Shown once the address is known to be theirs, which the state alone does not tell: ``proved_at``.
SHOWN = (SignatureState.CONFIRMED, SignatureState.LOCATED, SignatureState.COUNTED)


@dataclass(frozen=True, slots=True)
class Participant:
    """First name with an initial, and the town."""

    name: str
    locality: str


def list_recent(campaign_id: int, limit: int) -> list[Participant]:
    """Return the latest ``limit`` who chose to be shown, the latest first."""
    if limit <= 0:
        return []
    known: dict[tuple[int, int], tuple[float, list[Participant]]] = keep_for_app(EXTENSION, dict)
    kept = known.get((campaign_id, limit))
    if kept is None or kept[0] < time.monotonic():
        kept = time.monotonic() + FRESH_SECONDS, _read(campaign_id, limit)
        known[campaign_id, limit] = kept
    return kept[1]


def abbreviate(person: Person) -> Participant:
    """Return a person as the public sees one who chose to be shown."""
    initial = person.family_name.strip()[:1]
    both = person.given_name and initial
    name = f"{person.given_name} {initial}." if both else person.called
    return Participant(name, person.locality)


def _read(campaign_id: int, limit: int) -> list[Participant]:
    people = db.session.scalars(
        select(Signature.person)
        .where(
            Signature.campaign_id == campaign_id,
            Signature.show_name,
            Signature.state.in_(SHOWN),
            Signature.confirmed_at.is_not(None),
            Signature.proved_at.is_not(None),
        )
        .order_by(Signature.confirmed_at.desc(), Signature.id.desc())
        .limit(limit)
    )
    return [abbreviate(person) for person in map(skip_broken, people) if person is not None]
