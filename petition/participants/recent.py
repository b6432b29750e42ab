"""Recent participants who chose to be shown, as "Ada L., Cambridge".

The list is cached for half a minute in each process: a signer who withdraws, erases their data or
no longer wants to be shown disappears within that time.
"""

import time
from dataclasses import dataclass

from sqlalchemy import select

from petition.core.extensions import db, keep_for_app
from petition.models import Person, Signature, SignatureState
from petition.models.signatures.person import skip_broken

FRESH_SECONDS = 30.0
EXTENSION = "hundredth-recent"
# The states that are shown, together with ``proved_at``: the state does not imply a proven address.
SHOWN = (SignatureState.CONFIRMED, SignatureState.LOCATED, SignatureState.COUNTED)


@dataclass(frozen=True, slots=True)
class Participant:
    """A first name with the initial of the family name, and the town."""

    name: str
    locality: str


def list_recent(campaign_id: int, limit: int) -> list[Participant]:
    """Return the latest ``limit`` participants who chose to be shown, latest first."""
    if limit <= 0:
        return []
    known: dict[tuple[int, int], tuple[float, list[Participant]]] = keep_for_app(EXTENSION, dict)
    kept = known.get((campaign_id, limit))
    if kept is None or kept[0] < time.monotonic():
        kept = time.monotonic() + FRESH_SECONDS, _read(campaign_id, limit)
        known[campaign_id, limit] = kept
    return kept[1]


def abbreviate(person: Person) -> Participant:
    """Return the public form of a person who chose to be shown."""
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
