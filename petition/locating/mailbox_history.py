"""Read where a mailbox was counted in a campaign, by any of its signatures."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import BigInteger, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from petition.locating.placement_store import LocatingClaim, pack_rows, unfold
from petition.models import District, LedgerEntry, Milestone, NamedMailbox
from petition.models.counts.tally import CARRIED
from petition.models.signatures.relocation import MOVE_WAIT, hash_mailbox
from petition.transitions.signature_changes import SIGNATURES


@dataclass(frozen=True, slots=True)
class Mover(LocatingClaim):
    """A claimed signature with the columns that decide whether it moves; see Signature."""

    campaign_id: int
    email_digest: bytes | None
    moved: bool
    waits_until: datetime | None
    seat: int | None

    @property
    def shares(self) -> bool:
        """Whether another person with the same mailbox may be counted already."""
        return self.moved or (self.seat or 0) > 1


@dataclass(frozen=True, slots=True)
class CountedBefore:
    """One district in which a signature was counted: a ledger row, or the record of an erased one.

    - ``left_at``: None while it is counted there. ``named``: a sent letter names it.
    """

    layer: str
    division_id: str
    joined_at: datetime
    left_at: datetime | None
    in_force: bool
    named: bool


@dataclass(frozen=True, slots=True)
class History:
    """The districts in which a mailbox was counted.

    - ``own``: by the signature that is judged. ``former``: by others that ended or were erased.
      ``beside``: by the other live one, whose moves are its own.
    """

    own: Sequence[CountedBefore]
    former: Sequence[CountedBefore] = ()
    beside: Sequence[CountedBefore] = ()

    def keep(self, layer: str) -> "History":
        """Return the rows of one layer."""
        return History(
            *(
                [row for row in rows if row.layer == layer]
                for rows in (self.own, self.former, self.beside)
            )
        )


def find_same_mailbox(
    session: Session, ids: Sequence[int], sharing: Sequence[int]
) -> dict[int, dict[int, bool]]:
    """Return the other signatures of each one's mailbox, and whether they are live.

    - ``sharing``: those for which live signatures are searched as well.
    """
    connection = session.connection()
    others: dict[int, dict[int, bool]] = defaultdict(dict)
    for is_live, whose in ((False, ids), (True, sharing)):
        if whose:
            rows = connection.execute(
                _select_same_mailbox(connection.dialect.name, is_live),
                pack_rows([{"signature_id": id} for id in whose]),
            )
            for signature_id, other in rows:
                others[signature_id][other] = is_live
    return others


@cache
def _select_same_mailbox(dialect: str, is_live: bool) -> Select[int, int]:
    batch = unfold(dialect, {"signature_id": BigInteger})
    one, other = SIGNATURES.alias("one"), SIGNATURES.alias("other")
    half = (
        other.c.ended_at.is_(None) & (other.c.id != one.c.id)
        if is_live
        else other.c.ended_at.is_not(None)
    )
    same = and_(
        other.c.campaign_id == one.c.campaign_id, other.c.email_digest == one.c.email_digest, half
    )
    return (
        select(one.c.id, other.c.id)
        .select_from(one)
        .join(other, same)
        .where(one.c.id.in_(select(batch.c.signature_id)))
    )


def read_erased(
    session: Session, claims: Iterable[Mover], now: datetime
) -> dict[int, list[CountedBefore]]:
    """Return the records of erased signatures of each one's mailbox."""
    kept = NamedMailbox.until > now
    if session.scalar(select(true()).where(select(NamedMailbox).where(kept).exists())) is None:
        return {}
    by_mailbox = {
        (claim.campaign_id, hash_mailbox(claim.email_digest)): claim.id
        for claim in claims
        if claim.email_digest is not None
    }
    rows = session.scalars(
        select(NamedMailbox).where(
            NamedMailbox.campaign_id.in_({campaign_id for campaign_id, _ in by_mailbox}),
            NamedMailbox.mailbox.in_({mailbox for _, mailbox in by_mailbox}),
            kept,
        )
    )
    erased: dict[int, list[CountedBefore]] = defaultdict(list)
    for row in rows:
        signature_id = by_mailbox.get((row.campaign_id, row.mailbox))
        if signature_id is not None:
            at = row.until - MOVE_WAIT
            past = CountedBefore(row.layer, row.division_id, at, at, in_force=True, named=True)
            erased[signature_id].append(past)
    return erased


def read_rows(session: Session, ids: Iterable[int]) -> dict[int, list[CountedBefore]]:
    """Return the ledger rows of these signatures."""
    whose = LedgerEntry.signature_id.in_(ids)
    rows = session.execute(
        select(
            LedgerEntry.signature_id,
            LedgerEntry.layer,
            District.division_id,
            LedgerEntry.joined_at,
            LedgerEntry.left_at,
            District.in_force,
            Milestone.id.is_not(None),
        )
        .join(District, District.id == LedgerEntry.district_id)
        .outerjoin(
            Milestone, CARRIED & Milestone.sealed_at.is_not(None) & Milestone.inherited.is_(False)
        )
        # Two conditions, each with an index of its own.
        .where(or_(whose & LedgerEntry.left_at.is_(None), whose & LedgerEntry.left_at.is_not(None)))
    )
    found: dict[int, list[CountedBefore]] = defaultdict(list)
    for signature_id, layer, division_id, joined_at, left_at, in_force, named in rows:
        found[signature_id].append(
            CountedBefore(layer, division_id, joined_at, left_at, in_force, named)
        )
    return found
