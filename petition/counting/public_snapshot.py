"""The snapshot: every published number, read at one moment and written in one transaction.

- Pages read it and nothing else, so all processes show the same numbers, and nobody sees a count
  change with their own signature. It is renewed at a fixed interval, not on a signature, so the
  time of a change reveals nothing.
- A district's number is published from its level on, once its signers came from several networks
  (petition/counting/disclosure_level.py). A campaign with several layers publishes tens
  (petition/counting/count_rounding.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import db, get_settings, transaction
from petition.counting.count_rounding import has_overlays, round_down, rounds_counts
from petition.counting.disclosure_level import find_level, is_spread
from petition.models import (
    Campaign,
    CampaignState,
    District,
    Layer,
    NetworkBucket,
    PublicCount,
    PublicTotal,
    Signature,
    SignatureState,
    Tally,
)
from petition.models.campaigns.layers import choose_whole_layer, list_counted_layers
from petition.models.counts.tally import SMALLEST_COUNT
from petition.models.states import LIVE

# How long a transaction may have been open when the counts were read.
LONGEST_TRANSACTION = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PublicNumbers:
    """The published numbers of a campaign; ``districts``: (people or None, reached) by district."""

    districts: dict[int, tuple[int | None, int]]
    people: int | None
    is_exact: bool
    is_rounded: bool


def renew_counts_if_due() -> int:
    """Renew the snapshot of each campaign whose counts are old enough; return of how many.

    - At most once in PETITION_COUNTS_SECONDS, whoever calls: of two concurrent calls, one renews.
    """
    now = utcnow()
    due = _find_due(now)
    return sum(renew_counts(campaign_id, read_at, now) for campaign_id, read_at in due)


def renew_counts(campaign_id: int, read_at: datetime | None, now: datetime) -> bool:
    """Renew the snapshot of a campaign; return False where another process just did.

    - ``read_at``: when its counts were read last; None for never.
    """
    numbers = _read(db.session(), db.session.get_one(Campaign, campaign_id))
    db.session.rollback()
    with transaction() as session:
        if not _claim(session, campaign_id, numbers, read_at, now):
            return False
        _write(session, campaign_id, numbers.districts)
    return True


def _find_due(now: datetime) -> list[tuple[int, datetime | None]]:
    """Return the campaigns that are due, each with the time of its last renewal."""
    before = now - timedelta(seconds=get_settings().counts_seconds)
    changed = exists().where(
        Tally.campaign_id == Campaign.id,
        or_(
            Tally.updated_at > PublicTotal.counted_at,
            Tally.updated_at > before - LONGEST_TRANSACTION,
        ),
    )
    rows = db.session.execute(
        select(Campaign.id, PublicTotal.counted_at)
        .outerjoin(PublicTotal, PublicTotal.campaign_id == Campaign.id)
        .where(
            Campaign.state != CampaignState.DRAFT,
            Campaign.people_erased_at.is_(None),  # the last published numbers stay
            or_(
                PublicTotal.counted_at.is_(None),
                and_(
                    PublicTotal.counted_at <= before,
                    or_(Campaign.state == CampaignState.OPEN, changed),
                ),
            ),
        )
        .order_by(Campaign.id)
    ).all()
    db.session.rollback()
    return [(row.id, row.counted_at) for row in rows]


def _read(session: Session, campaign: Campaign) -> PublicNumbers:
    rounded = rounds_counts(campaign)
    # One statement, so that all of these are of one moment.
    tallies = session.execute(
        select(
            Tally.district_id,
            Tally.live,
            Tally.reached,
            Tally.several_networks,
            District.layer,
            District.overlays,
            District.in_force,
        )
        .join(District, District.id == Tally.district_id)
        .where(Tally.campaign_id == campaign.id)
    ).all()
    shown = {row.district_id for row in tallies if _is_shown(campaign.id, row)}
    districts = {
        row.district_id: (
            (round_down(row.live) if rounded else row.live) if row.district_id in shown else None,
            row.reached or 0,
        )
        for row in tallies
    }
    everyone, is_whole = _count_everyone(session, campaign, tallies, shown)
    people = round_down(everyone) if rounded else everyone
    return PublicNumbers(
        districts={
            id: shown_numbers
            for id, shown_numbers in districts.items()
            if shown_numbers != (None, 0)
        },
        people=people if people >= SMALLEST_COUNT else None,
        is_exact=is_whole and not rounded,
        is_rounded=rounded,
    )


def _is_shown(campaign_id: int, tally: Row[*tuple[Any, ...]]) -> bool:
    if not tally.several_networks or tally.live < SMALLEST_COUNT:
        return False
    return bool(tally.live >= find_level(campaign_id, tally.district_id))


def _count_everyone(
    session: Session, campaign: Campaign, tallies: Sequence[Row[*tuple[Any, ...]]], shown: set[int]
) -> tuple[int, bool]:
    """Return how many signed as far as it is published, and whether that is all.

    - The tallies of a layer that covers whole states add up to all who signed; those of another do
      not where some live in none of its districts, so the signatures themselves are counted.
    - Districts that hide their number are included where all of them together may be published;
      otherwise the total is that of the other districts, whether there are hidden ones or not.
    """
    whole = choose_whole_layer(campaign.layers)
    layers = [whole] if whole else list_counted_layers(campaign.layers[:1])
    # Signatures that are about to move to a new district still count in the old one.
    own = [row for row in tallies if row.layer in layers and not row.overlays]
    visible = [row for row in own if row.district_id in shown]
    in_shown = sum(row.live for row in visible)
    adds_up = whole or (layers[0] == Layer.SLDL and not has_overlays(Layer.SLDL))
    everyone = sum(row.live for row in own) if adds_up else _count_signatures(session, campaign.id)
    hidden = [row.live for row in own if row.district_id not in shown]
    if _shows_rest(session, campaign.id, layers, hidden):
        return max(everyone, in_shown), True
    in_force = sum(row.in_force for row in visible)
    is_whole = everyone <= in_shown and in_force == _count_districts(session, layers)
    return in_shown, is_whole


def _shows_rest(
    session: Session, campaign_id: int, layers: Sequence[str], hidden: list[int]
) -> bool:
    """Return whether the sum over all districts that hide their number may be published.

    - By the same rule as for a district. They must reach the level without the largest of them too:
      once that one shows its number, the rest can be computed.
    """
    level = find_level(campaign_id, "rest")
    if sum(hidden) - max(hidden, default=0) < level:
        return False
    people = session.scalars(
        select(func.sum(NetworkBucket.people))
        .join(District, District.id == NetworkBucket.district_id)
        .where(
            NetworkBucket.campaign_id == campaign_id,
            District.layer.in_(layers),
            ~District.overlays,
        )
        .group_by(NetworkBucket.bucket)
    )
    return is_spread([int(number) for number in people], level)


def _count_signatures(session: Session, campaign_id: int) -> int:
    """Return how many signatures are counted, including those about to move."""
    query = select(func.count(Signature.id)).where(
        Signature.campaign_id == campaign_id,
        Signature.ended_at.is_(None),
        or_(
            Signature.state == SignatureState.COUNTED,
            Signature.relocated & Signature.state.in_(LIVE),
        ),
    )
    return session.scalar(query) or 0


def _count_districts(session: Session, layers: Sequence[str]) -> int:
    query = select(func.count()).where(
        District.layer.in_(layers), District.in_force, ~District.overlays
    )
    return session.scalar(query) or 0


def _claim(
    session: Session,
    campaign_id: int,
    numbers: PublicNumbers,
    read_at: datetime | None,
    now: datetime,
) -> bool:
    """Write the total unless another process has written it since it was last read."""
    total = {
        "people": numbers.people,
        "is_exact": numbers.is_exact,
        "is_rounded": numbers.is_rounded,
        "counted_at": now,
    }
    insert = insert_into(session, PublicTotal).values(campaign_id=campaign_id, **total)
    if read_at is None:
        insert = insert.on_conflict_do_nothing()
    else:
        insert = insert.on_conflict_do_update(
            index_elements=["campaign_id"], set_=total, where=PublicTotal.counted_at == read_at
        )
    return session.scalar(insert.returning(PublicTotal.campaign_id)) is not None


def _write(session: Session, campaign_id: int, numbers: dict[int, tuple[int | None, int]]) -> None:
    """Replace the published counts; rows that did not change are not written."""
    rows = session.execute(
        select(PublicCount.district_id, PublicCount.people, PublicCount.reached).where(
            PublicCount.campaign_id == campaign_id
        )
    )
    before = {row.district_id: (row.people, row.reached) for row in rows}
    changed = [
        {"campaign_id": campaign_id, "district_id": id, "people": people, "reached": reached}
        for id, (people, reached) in sorted((dict.fromkeys(before, (None, 0)) | numbers).items())
        if before.get(id) != (people, reached)
    ]
    if not changed:
        return
    insert = insert_into(session, PublicCount)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["campaign_id", "district_id"],
            set_={"people": insert.excluded.people, "reached": insert.excluded.reached},
        ),
        changed,
    )
