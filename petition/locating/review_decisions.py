"""Staff decide in which districts a signature in review lies."""

from collections.abc import Iterator, Mapping, Set

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from petition.audit.reasons import find_problem
from petition.audit.trail import record, write_line
from petition.boundaries.active_sets import get_boundaries
from petition.core.clock import utcnow
from petition.core.database import hold_boundaries
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import transaction
from petition.geocoding.geocoder import Address
from petition.locating.district_matching import read_address
from petition.locating.outcomes import FoundBy
from petition.locating.review_problems import ReviewProblem
from petition.locating.review_queue import check_waiting, read_known, read_state
from petition.models import Campaign, Candidate, District, Placement, Signature, SignatureState
from petition.models.campaigns.layers import PARTIAL, list_layers_in
from petition.models.signatures.person import skip_broken
from petition.transitions.signature_changes import change_signature

# Chosen instead of a district, in a layer that leaves parts of a state out.
OUTSIDE = -1


def open_address(signature_id: int, actor: str) -> Address:
    """Return the signer's address for the staff member who decides, and record the view.

    - Raises NotFound or NotInReview: an address is shown only while there is something to decide.
      NotFound also where it cannot be decrypted.
    """
    with transaction() as session:
        signature = check_waiting(session.get(Signature, signature_id))
        person = skip_broken(signature.person)
        if person is None:
            raise NotFound(ReviewProblem.NOTHING_TO_READ)
        record(session, "signature.viewed", "signature", signature_id, actor=actor)
        return read_address(person)


def settle(signature_id: int, choices: Mapping[str, int], why: str, actor: str) -> None:
    """Place a signature in review where staff say; it is counted there.

    - ``choices``: the id of a district in force for each open layer, or OUTSIDE where the signer
      lives outside all places or towns; empty to release a signature that waits only because of a
      move. Overlays of a chosen district are added.
    - A signature that cannot be decrypted is refused: a letter could not name it.
    - ``why`` is stored in the events as one printable line, so it must name nobody.
    - Raises InvalidInput, NotFound or NotInReview.
    """
    reason = write_line(why)
    with transaction() as session:
        hold_boundaries(session)
        signature = check_waiting(session.get(Signature, signature_id, with_for_update=True))
        if signature.person is not None and not signature.person.is_readable:
            raise InvalidInput({"why": Problem(ReviewProblem.NOT_READABLE)})
        campaign = session.get_one(Campaign, signature.campaign_id)
        known = {choice.layer for choice in read_known(session, signature_id)}
        wanted = list_layers_in(campaign.layers, read_state(signature))
        problems = _check(session, set(wanted) - known, choices, reason)
        if problems:
            raise InvalidInput(problems)
        chosen = {layer: choices[layer] for layer in wanted if layer not in known}
        _refuse_outside_all(chosen, known)
        _place(session, signature, chosen)
        detail: dict[str, str | int] = {"why": reason, **chosen}
        record(session, "signature.settled", "signature", signature_id, actor=actor, detail=detail)


def _check(
    session: Session, open_layers: set[str], choices: Mapping[str, int], why: str
) -> dict[str, Problem]:
    problems = {}
    for layer in sorted(open_layers):
        if layer in PARTIAL and choices.get(layer) == OUTSIDE:
            continue
        district = session.get(District, choices.get(layer, 0))
        if district is None or district.layer != layer or not district.in_force:
            problems[layer] = Problem(ReviewProblem.DISTRICT_MISSING)
    wrong = find_problem(why, ReviewProblem.WHY_MISSING, ReviewProblem.WHY_LONG)
    return problems | ({"why": wrong} if wrong else {})


def _refuse_outside_all(chosen: Mapping[str, int], known: Set[str]) -> None:
    """Refuse to count a signature that lies in no district that the campaign counts by."""
    if not known and chosen and set(chosen.values()) == {OUTSIDE}:
        raise InvalidInput(dict.fromkeys(chosen, Problem(ReviewProblem.IN_NO_DISTRICT)))


def _list_chosen(session: Session, chosen: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield each layer with its chosen district, and with the overlays of that one."""
    for layer, district_id in chosen.items():
        if district_id == OUTSIDE:
            continue
        yield layer, district_id
        over = select(District.id).where(
            District.layer == layer, District.overlays, District.in_force
        )
        if session.scalar(over.limit(1)) is not None:
            boundaries = get_boundaries(session)
            for other in boundaries.layers[layer].list_over(district_id):
                yield layer, other


def _place(session: Session, signature: Signature, chosen: Mapping[str, int]) -> None:
    for table in (Candidate, Placement):
        gone = delete(table).where(table.signature_id == signature.id)
        if table is Placement:
            gone = gone.where(Placement.layer.in_(list(chosen)))
        session.execute(gone)
    session.add_all(
        Placement(
            signature_id=signature.id,
            layer=layer,
            district_id=district_id,
            found_by=FoundBy.STAFF,
        )
        for layer, district_id in _list_chosen(session, chosen)
    )
    now, until = utcnow(), signature.waits_until
    change_signature(
        session,
        signature,
        SignatureState.LOCATED,
        now,
        due_at=None,
        review_reason=None,
        # Staff have decided: the same move is not judged again, whatever happens in between.
        moved=False,
        waits_until=min(until, now) if until is not None else None,
    )
