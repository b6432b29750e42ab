"""Signatures in review: why each waits, and a person's decision on where it belongs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.errors import InvalidInput, NotFound, UserError
from petition.extensions import db, transaction
from petition.geography.outcomes import FoundBy
from petition.models import (
    Campaign,
    Candidate,
    District,
    Person,
    Placement,
    Signature,
    SignatureState,
)
from petition.trail import record

PAGE = 50
LONGEST_WHY = 500


class NotInReview(UserError):
    """The signature was settled meanwhile, by its signer or by somebody else."""

    code = "not-in-review"
    status = 409


@dataclass(frozen=True, slots=True)
class Choice:
    """A district that a signature could lie in, or is known to."""

    district_id: int
    layer: str
    division_id: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A signature in review.

    - ``known``: the layers that are certain. ``open_layers``: those that a person must decide,
      each with the districts in question, which may be none.
    """

    signature_id: int
    campaign_id: int
    campaign_title: str
    reason: str
    signed_at: datetime
    known: list[Choice]
    open_layers: dict[str, list[Choice]]


def count_waiting() -> dict[str, int]:
    """Return how many signatures are in review, by reason."""
    rows = db.session.execute(
        select(Signature.review_reason, func.count())
        .where(Signature.state == SignatureState.REVIEW)
        .group_by(Signature.review_reason)
        .order_by(func.count().desc())
    )
    return {reason or "": number for reason, number in rows}


def list_waiting(reason: str | None = None, after: int = 0, limit: int = PAGE) -> list[Waiting]:
    """Return the signatures in review with an id above ``after``, the oldest first."""
    query = _select_waiting().where(Signature.id > after).order_by(Signature.id).limit(limit)
    if reason:
        query = query.where(Signature.review_reason == reason)
    return [_describe(db.session(), signature, campaign) for signature, campaign in _run(query)]


def get_waiting(signature_id: int) -> Waiting:
    """Return one signature in review; raises NotFound or NotInReview."""
    for signature, campaign in _run(_select_waiting().where(Signature.id == signature_id)):
        return _describe(db.session(), signature, campaign)
    if db.session.get(Signature, signature_id) is None:
        raise NotFound("There is no such signature.")
    raise NotInReview("This signature is not in review any more.")


def open_person(signature_id: int) -> Person:
    """Return what the signer wrote, for whoever has to decide; raises NotFound."""
    person = db.session.scalar(select(Signature.person).where(Signature.id == signature_id))
    if person is None:
        raise NotFound("There is no such signature.")
    return person


def list_districts(layer: str, state: str) -> list[Choice]:
    """Return all districts in force of a layer in a state, by name."""
    rows = db.session.execute(
        _select_districts()
        .where(District.in_force, District.layer == layer, District.state == state)
        .order_by(District.name)
    )
    return [Choice(*row) for row in rows]


def settle(signature_id: int, choices: Mapping[str, int], why: str, actor: str) -> int:
    """Place a signature in review where a person says; return its campaign, to be counted.

    - ``choices``: the id of a district in force for each layer that is open.
    - ``why`` stays in the log, so it names nobody. Raises InvalidInput, NotFound or NotInReview.
    """
    reason = " ".join(why.split())
    with transaction() as session:
        signature = session.get(Signature, signature_id, with_for_update=True)
        if signature is None:
            raise NotFound("There is no such signature.")
        if signature.state != SignatureState.REVIEW:
            raise NotInReview("This signature is not in review any more.")
        campaign = session.get_one(Campaign, signature.campaign_id)
        known = {choice.layer for choice in _read_known(session, signature_id)}
        problems = _check(session, set(campaign.layers) - known, choices, reason)
        if problems:
            raise InvalidInput(problems)
        chosen = {layer: choices[layer] for layer in campaign.layers if layer not in known}
        _place(session, signature, chosen)
        detail: dict[str, str | int] = {"why": reason, **chosen}
        record(session, "signature.settled", "signature", signature_id, actor=actor, detail=detail)
        return campaign.id


def look_again(signature_id: int, actor: str) -> None:
    """Have the address of a signature in review looked up once more; raises as ``settle``."""
    with transaction() as session:
        signature = session.get(Signature, signature_id, with_for_update=True)
        if signature is None:
            raise NotFound("There is no such signature.")
        if signature.state != SignatureState.REVIEW:
            raise NotInReview("This signature is not in review any more.")
        signature.state = SignatureState.CONFIRMED
        signature.due_at = utcnow()
        signature.tries += 1
        record(session, "signature.looked_up_again", "signature", signature_id, actor=actor)


def _check(
    session: Session, open_layers: set[str], choices: Mapping[str, int], why: str
) -> dict[str, str]:
    problems = {}
    for layer in sorted(open_layers):
        district = session.get(District, choices.get(layer, 0))
        if district is None or district.layer != layer or not district.in_force:
            problems[layer] = "Choose the district that the signer lives in."
    if not why:
        problems["why"] = "Say how you know. It stays in the log, so name nobody."
    elif len(why) > LONGEST_WHY:
        problems["why"] = f"Shorten this to {LONGEST_WHY} characters."
    return problems


def _place(session: Session, signature: Signature, chosen: Mapping[str, int]) -> None:
    for table in (Candidate, Placement):
        gone = delete(table).where(table.signature_id == signature.id)
        if table is Placement:
            gone = gone.where(Placement.layer.in_(list(chosen)))
        session.execute(gone)
    session.execute(
        insert(Placement),
        [
            {
                "signature_id": signature.id,
                "layer": layer,
                "district_id": district_id,
                "found_by": FoundBy.STAFF,
            }
            for layer, district_id in chosen.items()
        ],
    )
    signature.state = SignatureState.LOCATED
    signature.due_at = None
    signature.review_reason = None


def _select_waiting() -> Select[Signature, Campaign]:
    return (
        select(Signature, Campaign)
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Signature.state == SignatureState.REVIEW)
    )


def _run(query: Select[Signature, Campaign]) -> Sequence[tuple[Signature, Campaign]]:
    return [(row[0], row[1]) for row in db.session.execute(query)]


def _select_districts() -> Select[int, str, str, str, str]:
    return select(District.id, District.layer, District.division_id, District.name, District.state)


def _read_known(session: Session, signature_id: int) -> list[Choice]:
    rows = session.execute(
        _select_districts()
        .join(Placement, Placement.district_id == District.id)
        .where(Placement.signature_id == signature_id, District.in_force)
        .order_by(District.layer)
    )
    return [Choice(*row) for row in rows]


def _describe(session: Session, signature: Signature, campaign: Campaign) -> Waiting:
    known = _read_known(session, signature.id)
    open_layers: dict[str, list[Choice]] = {
        layer: [] for layer in campaign.layers if layer not in {choice.layer for choice in known}
    }
    rows = session.execute(
        _select_districts()
        .join(Candidate, Candidate.district_id == District.id)
        .where(Candidate.signature_id == signature.id, District.in_force)
        .order_by(District.name)
    )
    for row in rows:
        if row.layer in open_layers:
            open_layers[row.layer].append(Choice(*row))
    return Waiting(
        signature_id=signature.id,
        campaign_id=campaign.id,
        campaign_title=campaign.title,
        reason=signature.review_reason or "",
        signed_at=signature.created_at,
        known=known,
        open_layers=open_layers,
    )
