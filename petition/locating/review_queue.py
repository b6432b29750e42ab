"""Read the signatures in review: the reason of each, and its candidate districts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session

from petition.core.errors import NotFound, UserError
from petition.core.extensions import db
from petition.locating.review_problems import ReviewProblem
from petition.models import (
    Campaign,
    Candidate,
    District,
    Layer,
    LedgerEntry,
    Milestone,
    Person,
    Placement,
    Signature,
    SignatureState,
)
from petition.models.campaigns.campaign import find_campaign_id
from petition.models.campaigns.layers import TOWNS, list_layers_in
from petition.models.counts.tally import CARRIED
from petition.models.signatures.home import list_outside
from petition.models.signatures.person import skip_broken
from petition.models.signatures.signature import MOVES, UNCOUNTED

PAGE = 50
_Row = tuple[int, int, str | None, datetime, datetime | None, Person | None]


class NotInReview(UserError):
    """The signature was resolved meanwhile, by its signer or by staff."""

    code = "not-in-review"
    status = 409


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate or certain district of a signature."""

    district_id: int
    layer: str
    geoid: str
    division_id: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Naming:
    """A letter that names the mailbox: its code, its district, when it was sealed."""

    code: str
    district: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A signature in review.

    - ``known``: the districts that are certain.
    - ``open_layers``: the layers that staff must decide, each with its candidate districts, which
      may be none.
    - ``outside``: the layers in which its signer says they live in no district; they are not open.
    - ``campaign``: its slug. ``state``: the one that its signer gave.
    - ``waits_until``: when it is counted without a decision, if it waits only because of a move.
    """

    signature_id: int
    campaign_id: int
    campaign_title: str
    reason: str
    signed_at: datetime
    known: list[Choice]
    open_layers: dict[str, list[Choice]]
    waits_until: datetime | None = None
    outside: Sequence[str] = ()
    state: str = ""
    campaign: str = ""


def count_waiting(
    campaign: str | None = None, within: Collection[int] | None = None
) -> dict[str, int]:
    """Return how many signatures are in review, by reason, the most frequent first.

    - ``campaign``: a slug, only of that one; raises NotFound where there is none. ``within``: ids
      of campaigns; None: all.
    """
    query = (
        select(Signature.review_reason, func.count())
        .where(UNCOUNTED, Signature.state == SignatureState.REVIEW)
        .group_by(Signature.review_reason)
        .order_by(func.count().desc(), Signature.review_reason)
    )
    if campaign is not None:
        query = query.where(Signature.campaign_id == find_campaign_id(db.session(), campaign))
    if within is not None:
        query = query.where(Signature.campaign_id.in_(within))
    return {reason or "": number for reason, number in db.session.execute(query)}


def list_waiting(
    reason: str | None = None,
    after: int = 0,
    limit: int = PAGE,
    campaign: str | None = None,
    within: Collection[int] | None = None,
) -> list[Waiting]:
    """Return the signatures in review with an id above ``after``, oldest first.

    - ``campaign``, ``within``: as in ``count_waiting``.
    """
    query = _select_waiting().where(Signature.id > after).order_by(Signature.id).limit(limit)
    if reason:
        query = query.where(Signature.review_reason == reason)
    if campaign is not None:
        query = query.where(Signature.campaign_id == find_campaign_id(db.session(), campaign))
    if within is not None:
        query = query.where(Signature.campaign_id.in_(within))
    return _describe(db.session(), query)


def find_waiting(signature_id: int) -> Waiting | None:
    """Return one signature in review; None where it is not in review or does not exist."""
    found = _describe(db.session(), _select_waiting().where(Signature.id == signature_id))
    return found[0] if found else None


def get_waiting(signature_id: int) -> Waiting:
    """Return one signature in review; raises NotFound or NotInReview."""
    found = find_waiting(signature_id)
    if found is None:
        check_waiting(db.session.get(Signature, signature_id))
        raise NotInReview(ReviewProblem.JUST_SETTLED)
    return found


def list_namings(signature_id: int) -> list[Naming]:
    """Return the letters that name a signature's mailbox, oldest first.

    - Letters that named a signature erased since cannot be found.
    """
    mailbox = (
        select(Signature.campaign_id, Signature.email_digest)
        .where(Signature.id == signature_id)
        .subquery()
    )
    same = (Signature.campaign_id == mailbox.c.campaign_id) & (
        Signature.email_digest == mailbox.c.email_digest
    )
    ids = [
        id
        for half in (Signature.ended_at.is_(None), Signature.ended_at.is_not(None))
        for id in db.session.scalars(select(Signature.id).join(mailbox, same).where(half))
    ]
    rows = db.session.execute(
        select(Milestone.code, District.name, Milestone.sealed_at)
        .select_from(LedgerEntry)
        .join(Milestone, CARRIED & Milestone.sealed_at.is_not(None) & ~Milestone.inherited)
        .join(District, District.id == Milestone.district_id)
        .where(or_(*(LedgerEntry.of(id) for id in ids)))
        .order_by(Milestone.sealed_at, Milestone.id)
    )
    return [Naming(code, name, at) for code, name, at in rows if at is not None]


def check_waiting(signature: Signature | None) -> Signature:
    """Return the signature if it is in review; raises NotFound or NotInReview."""
    if signature is None:
        raise NotFound(ReviewProblem.SIGNATURE_NOT_FOUND)
    if signature.state != SignatureState.REVIEW:
        raise NotInReview(ReviewProblem.NOT_IN_REVIEW)
    return signature


def read_state(signature: Signature) -> str:
    """Return the state that its signer gave; empty where no data is stored."""
    return _read_region(signature.person)


def _read_region(person: Person | None) -> str:
    person = skip_broken(person)
    return person.region.strip().upper() if person else ""


def list_districts(layer: str, state: str) -> list[Choice]:
    """Return all districts in force of a layer in a state, by name."""
    rows = db.session.execute(
        _select_districts()
        .where(District.in_force, District.layer == layer, District.state == state)
        .order_by(District.name, District.id)
    )
    return [Choice(*row) for row in rows]


def read_known(session: Session, signature_id: int) -> list[Choice]:
    """Return the districts in which a signature in review certainly lies."""
    return [choice for _, choice in _read_choices(session, Placement, [signature_id])]


def _select_waiting() -> Select[*_Row]:
    # Without a join: UNCOUNTED is SQL text that says "state", a column of campaigns too.
    return select(
        Signature.id,
        Signature.campaign_id,
        Signature.review_reason,
        Signature.created_at,
        Signature.waits_until,
        Signature.person,
    ).where(UNCOUNTED, Signature.state == SignatureState.REVIEW)


def _select_districts() -> Select[int, str, str, str, str, str]:
    return select(
        District.id,
        District.layer,
        District.geoid,
        District.division_id,
        District.name,
        District.state,
    )


def _read_choices(
    session: Session, table: type[Placement] | type[Candidate], signature_ids: Sequence[int]
) -> list[tuple[int, Choice]]:
    rows = session.execute(
        _select_districts()
        .add_columns(table.signature_id)
        .join(table, table.district_id == District.id)
        .where(table.signature_id.in_(signature_ids), District.in_force)
        .order_by(District.layer, District.name, District.id)
    )
    return [(row[-1], Choice(*row[:-1])) for row in rows]


def _describe(session: Session, query: Select[*_Row]) -> list[Waiting]:
    rows = session.execute(query).all()
    ids = [row.id for row in rows]
    known, possible = (_read_choices(session, table, ids) for table in (Placement, Candidate))
    campaigns = {
        campaign.id: campaign
        for campaign in session.scalars(
            select(Campaign).where(Campaign.id.in_({row.campaign_id for row in rows}))
        )
    }
    return [
        _make_waiting(
            row,
            campaigns[row.campaign_id],
            [choice for of, choice in known if of == row.id],
            [choice for of, choice in possible if of == row.id],
        )
        for row in rows
    ]


def _make_waiting(
    row: Row[*_Row],
    campaign: Campaign,
    known: list[Choice],
    possible: list[Choice],
) -> Waiting:
    person = skip_broken(row.person)
    region = _read_region(person)
    outside = list_outside(person.home) if person else []
    settled = {*outside, *(choice.layer for choice in known)}
    if region not in TOWNS and not any(choice.layer == Layer.COUSUB for choice in possible):
        settled.add(Layer.COUSUB)  # towns are not asked for in states without town government
    return Waiting(
        signature_id=row.id,
        campaign_id=campaign.id,
        campaign_title=campaign.title,
        reason=row.review_reason or "",
        signed_at=row.created_at,
        known=known,
        open_layers={
            layer: [choice for choice in possible if choice.layer == layer]
            for layer in list_layers_in(campaign.layers, region)
            if layer not in settled
        },
        waits_until=row.waits_until if row.review_reason in MOVES else None,
        outside=[layer for layer in campaign.layers if layer in outside],
        state=region,
        campaign=campaign.slug,
    )
