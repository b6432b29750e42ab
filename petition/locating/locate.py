"""The stage "locate": confirmed signatures in, placements out.

A batch is claimed in one transaction, geocoded and matched outside any, and written in another:

- The claim sets ``due_at`` to the end of the lease and raises ``attempt``. Later writes name that
  number, so they change nothing if the worker lost its lease, or the signature was withdrawn or got
  another address meanwhile.
- "Not found", "in no district" and "cannot be decrypted" are final and go to review. "Unavailable"
  is not: the signature stays confirmed and becomes due again.
- Signatures that moved too soon go to review as well: see repeat_movers.py.
- The point itself is dropped; the districts, the precision and an H3 cell are stored.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, LargeBinary, bindparam, func, select, type_coerce, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from petition.boundaries.active_sets import get_boundaries, list_active_sets
from petition.boundaries.polygons import Boundaries
from petition.boundaries.postal_areas import read_areas
from petition.boundaries.state_layer import need_states, put_states_in_force
from petition.core.clock import utcnow
from petition.core.columns import Sealed
from petition.core.database import hold_boundaries, is_unavailable
from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db, get_settings, transaction
from petition.dispatch.backoff import Backoff
from petition.dispatch.leases import claim_rows, find_lease_end
from petition.geocoding.chain import get_chain
from petition.locating.district_matching import place_addresses, read_address
from petition.locating.mailbox_history import Mover
from petition.locating.outcomes import Outcome, ReviewReason
from petition.locating.placement_store import LocatingClaim, write_outcomes
from petition.locating.repeat_movers import hold_movers
from petition.locating.zip_decision import list_postal_codes
from petition.models import Campaign, Person, Signature, SignatureState
from petition.transitions.signature_changes import SIGNATURES, list_fence
from petition.transitions.unreadable_signatures import check_key, note_unreadable

BATCH = 500
BACKOFF = Backoff(longest=timedelta(minutes=5), least=0.5)


@dataclass(frozen=True, slots=True)
class LocateResult:
    """The result of one batch, in signatures.

    - ``claimed`` below the limit: nothing more is due now. It is more than the sum of the others
      where another worker or a withdrawal changed a row first.
    - ``campaign_ids``: the campaigns that have something new to count.
    """

    claimed: int = 0
    located: int = 0
    review: int = 0
    retried: int = 0
    campaign_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Claimed(Mover):
    relocated: bool
    sealed: bytes
    secret: bytes | None


def locate_batch(limit: int = BATCH) -> LocateResult:
    """Locate up to ``limit`` confirmed signatures that are due.

    - Raises BoundariesUnavailable, with nothing claimed, while no boundary set is in force.
    """
    with _open_session() as session:
        if not _has_due(session):
            return LocateResult()
        if need_states(session):
            session.rollback()
            put_states_in_force()
        boundaries = get_boundaries(session)
    with transaction() as session:
        claimed = _claim(session, limit)
        layers = _read_layers(session, {row.campaign_id for row in claimed})
    people = [_open(row) for row in claimed]
    # A damaged row must not stop the rest of the batch.
    readable = [place for place, who in enumerate(people) if who.is_readable]
    addresses = [read_address(people[place]) for place in readable]
    wanted = [layers[claimed[place].campaign_id] for place in readable]
    with _open_session() as session:
        areas = read_areas(session, list_postal_codes(addresses, wanted, boundaries))
    answers = get_chain().locate_many(addresses)
    outcomes = [Outcome(reason=ReviewReason.UNREADABLE) for _ in claimed]
    placed = place_addresses(addresses, answers, wanted, boundaries, areas)
    for place, outcome in zip(readable, placed, strict=True):
        outcomes[place] = outcome
    with transaction() as session:
        hold_boundaries(session)
        return _write(session, claimed, outcomes, boundaries)


@contextmanager
def _open_session() -> Iterator[Session]:
    """Yield a separate session: the caller's may have an older snapshot of the database."""
    try:
        with Session(db.engine) as session:
            yield session
    except DBAPIError as error:
        if is_unavailable(error):
            raise DatabaseUnavailable(type(error.orig).__name__) from error
        raise


def _has_due(session: Session) -> bool:
    return session.scalar(select(Signature.id).where(*_due(utcnow())).limit(1)) is not None


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Signature.state == SignatureState.CONFIRMED, Signature.due_at <= now


def _claim(session: Session, limit: int) -> list[_Claimed]:
    now = utcnow()
    # By due_at alone, so that the index gives the first rows without sorting all due rows. As a
    # common table expression, which PostgreSQL runs once: a subquery may run again and claim more.
    chosen = (
        select(Signature.id)
        .where(*_due(now))
        .order_by(Signature.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    rows = claim_rows(
        session,
        Signature,
        select(chosen.c.id),
        find_lease_end(now),
        Signature.id,
        Signature.attempt,
        Signature.campaign_id,
        Signature.email_digest,
        Signature.moved,
        Signature.waits_until,
        Signature.seat,
        Signature.relocated,
        type_coerce(Signature.person, LargeBinary),
        func.coalesce(Signature.bound_to, Signature.link_secret),
    )
    claims = (_Claimed(*cast(tuple[Any, ...], row)) for row in rows)
    return sorted(claims, key=lambda claim: claim.id)


def _read_layers(session: Session, campaign_ids: set[int]) -> dict[int, list[str]]:
    rows = session.execute(
        select(Campaign.id, Campaign.layers).where(Campaign.id.in_(campaign_ids))
    )
    return {campaign_id: layers for campaign_id, layers in rows}


def _open(row: _Claimed) -> Person:
    """Decrypt the signer's data outside the transaction, so that no database lock waits for it."""
    kind = cast(Sealed[Person], SIGNATURES.c.person.type)
    return kind.open_row(bytes(row.sealed), bytes(row.secret or b""))


def _write(
    session: Session,
    claimed: Sequence[_Claimed],
    outcomes: Sequence[Outcome],
    boundaries: Boundaries,
) -> LocateResult:
    in_force = {active.id for active in list_active_sets(session)}
    if in_force != boundaries.set_ids:
        # Other districts came into force meanwhile; these outcomes do not include them.
        outcomes = [Outcome(retry=True) for _ in claimed]
    broken = {
        row.id
        for row, outcome in zip(claimed, outcomes, strict=True)
        if outcome.reason == ReviewReason.UNREADABLE
    }
    if broken:
        check_key(session, broken)
    hold_movers(session, claimed, outcomes)
    changed = write_outcomes(session, claimed, outcomes)
    note_unreadable(session, sorted(broken & changed.keys()))
    located = {id for id, state in changed.items() if state == SignatureState.LOCATED}
    # Signatures that go from counted into review change the count as well.
    counting = located | {row.id for row in claimed if row.relocated and row.id in changed}
    again = [row for row, outcome in zip(claimed, outcomes, strict=True) if outcome.retry]
    _postpone(session, again)
    return LocateResult(
        claimed=len(claimed),
        located=len(located),
        review=len(changed) - len(located),
        retried=len(again),
        campaign_ids=frozenset(row.campaign_id for row in claimed if row.id in counting),
    )


def _postpone(session: Session, claims: Sequence[LocatingClaim]) -> None:
    if not claims:
        return
    now, base = utcnow(), get_settings().retry_base_seconds
    fence = list_fence(bindparam("claimed_id"), bindparam("claimed_try"), SignatureState.CONFIRMED)
    session.connection().execute(
        update(SIGNATURES).where(*fence).values(due_at=bindparam("again_at")),
        [
            {
                "claimed_id": claim.id,
                "claimed_try": claim.attempt,
                "again_at": now + BACKOFF.choose_wait(claim.attempt, base),
            }
            for claim in claims
        ],
    )
