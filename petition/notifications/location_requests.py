"""What signers in review are asked by mail: their district by name, or their address.

The private page asks the same (petition/web/public/signer/own_home.py): by name if every district
in question has a name, else for the address.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.models import (
    Candidate,
    District,
    Layer,
    Placement,
    Signature,
    SignatureState,
)
from petition.models.campaigns.layers import NAMED, PARTIAL, TOWNS, list_layers_in
from petition.models.signatures.home import list_outside
from petition.models.signatures.person import skip_broken
from petition.models.signatures.signature import MOVES, UNREADABLE

# These reasons are resolved by another address: the location found is wrong or in no district, or
# the stored address cannot be read.
ELSEWHERE = frozenset(
    {"outside-state", "other-postal-code", "military-address", "no-district", UNREADABLE}
)
# What no answer of the signer resolves.
UNASKED = frozenset({*MOVES, UNREADABLE})


def waits_for_its_signer(signature: Signature) -> bool:
    """Return whether a signature is in review for a reason that its signer can resolve."""
    return signature.state == SignatureState.REVIEW and signature.review_reason not in UNASKED


def has_answered(signature: Signature, since: datetime) -> bool:
    """Return whether the signer has answered since then, with whatever result."""
    return signature.answered_at is not None and signature.answered_at >= since


def find_places(
    session: Session, signature: Signature, layers: Sequence[str]
) -> tuple[str, list[str]]:
    """Return the layer that is asked by name with the districts in question; of none, no names.

    - ``layers``: the campaign's. Of several states the names say in which each is.
    """
    person = skip_broken(signature.person)
    if person is None or signature.review_reason in ELSEWHERE:
        return "", []
    names = {str(layer): _list_candidates(session, signature.id, layer) for layer in NAMED}
    placed = (
        select(Placement.layer)
        .join(District, District.id == Placement.district_id)
        .where(Placement.signature_id == signature.id, District.in_force)
    )
    known = set(session.scalars(placed))
    state = person.region.strip().upper()
    settled = known | set(list_outside(person.home))
    if state not in TOWNS and not names.get(Layer.COUSUB):
        settled.add(Layer.COUSUB)  # nobody is asked for a town where none governs itself
    still_open = [layer for layer in list_layers_in(layers, state) if layer not in settled]
    # Of towns "outside any" is an answer as well.
    if not still_open or not all(names.get(each) or each in PARTIAL for each in still_open):
        return "", []
    return still_open[0], names[still_open[0]]


def _list_candidates(session: Session, signature_id: int, layer: str) -> list[str]:
    rows = session.execute(
        select(District.name, District.state)
        .join(Candidate, Candidate.district_id == District.id)
        .where(Candidate.signature_id == signature_id, District.layer == layer, District.in_force)
    ).all()
    several = len({row.state for row in rows}) > 1
    return sorted(f"{row.name}, {row.state}" if several else row.name for row in rows)
