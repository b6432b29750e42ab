"""Raise the milestones that were crossed, and freeze the members that each letter names.

Milestones follow ``reached``, not the live count: each is raised once, when the live count first
reaches it, whatever is withdrawn later. The database refuses anything else (see Tally).

A milestone names the signatures that joined since the letter before. In the order they joined, live
signatures that no letter carries go to the lowest unsealed milestone that their running number
(live signatures already carried, plus their position in the queue) does not exceed.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, insert, select, text
from sqlalchemy.orm import Session

from petition.audit.trail import record_all
from petition.core.clock import utcnow
from petition.core.database import hold_boundaries
from petition.core.extensions import db, get_settings, transaction
from petition.counting.number_lists import name_pairs, pack_pairs
from petition.mail.letter_ids import make_letter_id
from petition.models import (
    Campaign,
    Delivery,
    District,
    HoldReason,
    Milestone,
    Post,
    Tally,
)
from petition.models.campaigns.layers import writes_to
from petition.models.outgoing.delivery import BELOW
from petition.transitions.delivery_changes import queue_held

# Crockford's base 32: no letter that a reader could take for a digit.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8


def raise_milestones(
    session: Session, campaign_id: int, districts: Sequence[int], now: datetime
) -> list[int]:
    """Add the milestones that these districts' tallies have reached, with their deliveries.

    - Runs in the transaction that raised the tallies and holds their row locks.
    - Returns the new ids in order; each post of the division whose role the campaign writes to gets
      one delivery, in ``queued``.
    """
    rows = [
        {
            "campaign_id": campaign_id,
            "district_id": district_id,
            "number": number,
            "follows": number - 1 or None,
            "threshold": number * step,
            "code": make_code(),
            "reached_at": now,
        }
        for district_id, step, reached, before in _find_crossed(session, campaign_id, districts)
        for number in range(before + 1, reached + 1)
    ]
    if not rows:
        return []
    ids = list(
        session.scalars(
            insert(Milestone).returning(Milestone.id, sort_by_parameter_order=True), rows
        )
    )
    record_all(
        session,
        "milestone.reached",
        "milestone",
        {
            milestone_id: {
                "campaign": campaign_id,
                "district": row["district_id"],
                "number": row["number"],
                "threshold": row["threshold"],
            }
            for milestone_id, row in zip(ids, rows, strict=True)
        },
    )
    plan_deliveries(session, ids, now)
    return ids


def fill_milestones(
    session: Session,
    campaign_id: int,
    districts: Iterable[int],
    now: datetime,
    joining: Mapping[int, int] | None = None,
) -> list[int]:
    """Assign waiting signatures to the unsealed milestones of these districts.

    - ``joining``: how many the tally of each district counts already whose ledger rows are not
      written yet; they stand behind all who wait.
    - A milestone that was held because people left is released once its threshold is reached again;
      returns the ids of those.
    """
    joining = joining or {}
    pairs = [(district_id, joining.get(district_id, 0)) for district_id in sorted(districts)]
    if not pairs:
        return []
    scope = {"campaign": campaign_id, "districts": pack_pairs(pairs)}
    words = {"districts": name_pairs(session, ":districts")}
    found = session.execute(text(_FIND_WAITING.format(**words)), scope).mappings().all()
    if found:
        session.connection().execute(
            _CARRY, [dict(row) | {"campaign": campaign_id} for row in found]
        )
    reached = text(_IS_REACHED.format(**words)).bindparams(**scope)
    return queue_held(session, HoldReason.BELOW, now, BELOW, reached)


def plan_missing(limit: int = 500) -> list[int]:
    """Plan the deliveries of milestones that were raised before any post was known.

    - Not of inherited milestones, not in districts out of force, and not where the campaign writes
      to none of the posts.
    - Returns the milestones that have a delivery now; a post added later gets no older letters.
    """
    if not _find_unplanned(db.session(), 1):
        return []
    with transaction() as session:
        hold_boundaries(session)
        ids = _find_unplanned(session, limit)
        session.execute(select(Milestone.id).where(Milestone.id.in_(ids)).with_for_update()).all()
        planned = select(Delivery.milestone_id).where(Delivery.milestone_id.in_(ids))
        ids = sorted(set(ids) - set(session.scalars(planned)))
        plan_deliveries(session, ids, utcnow())
    return ids


def _find_unplanned(session: Session, limit: int) -> list[int]:
    """Return up to ``limit`` milestones without a delivery for which a post exists now."""
    rows = session.execute(
        select(Milestone.id, District.layer, Post.role, Campaign.recipients)
        .join(District, District.id == Milestone.district_id)
        .join(Post, Post.division_id == District.division_id)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .where(
            ~exists().where(Delivery.milestone_id == Milestone.id),
            ~Milestone.inherited,
            District.in_force,
            Post.active,
        )
        .order_by(Milestone.id)
    )
    found: dict[int, None] = {}
    # The roles that a campaign writes to are JSON and are filtered here: rows left out must not use
    # up the limit.
    for milestone_id, layer, role, recipients in rows:
        if writes_to(recipients, layer, role):
            found[milestone_id] = None
            if len(found) == limit:
                break
    rows.close()
    return list(found)


def make_code() -> str:
    """Return a new short code: 40 random bits in characters that can be read aloud."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def _find_crossed(session: Session, campaign_id: int, districts: Sequence[int]) -> list[Any]:
    highest = (
        select(func.max(Milestone.number))
        .where(
            Milestone.campaign_id == Tally.campaign_id, Milestone.district_id == Tally.district_id
        )
        .scalar_subquery()
    )
    before = func.coalesce(highest, 0)
    return list(
        session.execute(
            select(Tally.district_id, Tally.step, Tally.reached, before)
            .where(
                Tally.campaign_id == campaign_id,
                Tally.district_id.in_(districts),
                Tally.reached > before,
            )
            .order_by(Tally.district_id)
        )
    )


def plan_deliveries(session: Session, milestone_ids: Sequence[int], now: datetime) -> None:
    """Plan a delivery of each milestone to each of its posts that the campaign writes to."""
    settings = get_settings()
    rows = session.execute(
        select(
            Milestone.id,
            Milestone.code,
            Post.id.label("post_id"),
            Post.role,
            District.layer,
            Campaign.recipients,
        )
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .join(District, District.id == Milestone.district_id)
        .join(Post, Post.division_id == District.division_id)
        .where(Milestone.id.in_(milestone_ids), Post.active)
        .order_by(Milestone.id, Post.id)
    )
    planned: list[Mapping[str, Any]] = [
        {
            "milestone_id": row.id,
            "post_id": row.post_id,
            "channel": settings.channel,
            "message_id": make_letter_id(row.code, row.post_id),
            "attempt": 0,
            "due_at": now,
            "created_at": now,
        }
        for row in rows
        if writes_to(row.recipients, row.layer, row.role)
    ]
    if not planned:
        return
    ids = session.scalars(insert(Delivery).returning(Delivery.id), planned)
    record_all(session, "delivery.queued", "delivery", {delivery_id: {} for delivery_id in ids})


# The range of ordinals of each district that goes to each milestone: one row per milestone, so that
# the next statement needs no plan that could change with the size of the ledger. It reads those who
# wait (ix_ledger_waiting) and one milestone for each hundred of them (ix_milestones_unsealed), and
# nothing of what a district has behind it.
_FIND_WAITING = """
    WITH waiting AS (
        SELECT l.district_id, l.ordinal, t.step, t.reached * t.step AS last,
               t.live - d.number - count(*) OVER (PARTITION BY l.district_id)
                      + row_number() OVER (PARTITION BY l.district_id ORDER BY l.ordinal)
                      AS running
          FROM {districts} AS d CROSS JOIN tallies t CROSS JOIN ledger l
         WHERE t.campaign_id = :campaign AND t.district_id = d.id
           AND l.campaign_id = :campaign AND l.district_id = d.id
           AND l.carried_by IS NULL AND l.left_at IS NULL
    ), hundreds AS (
        SELECT district_id, min(running) AS running, min(ordinal) AS first, max(ordinal) AS last
          FROM waiting WHERE running <= last
         GROUP BY district_id, (running - 1) / step
    ), placed AS (
        SELECT h.district_id, h.first, h.last, (
               SELECT m.number FROM milestones m
                WHERE m.campaign_id = :campaign AND m.district_id = h.district_id
                  AND m.sealed_at IS NULL AND m.threshold >= h.running
                ORDER BY m.threshold LIMIT 1) AS number
          FROM hundreds h
    )
    SELECT district_id AS district, number, min(first) AS first, max(last) AS last
      FROM placed WHERE number IS NOT NULL GROUP BY district_id, number
"""

_CARRY = text(
    "UPDATE ledger SET carried_by = :number"
    " WHERE campaign_id = :campaign AND district_id = :district"
    " AND ordinal BETWEEN :first AND :last AND carried_by IS NULL AND left_at IS NULL"
)

# Of those that are held, and not of all that a district has ever reached.
_IS_REACHED = """(
    SELECT t.live >= m.threshold FROM milestones m
      JOIN tallies t ON t.campaign_id = m.campaign_id AND t.district_id = m.district_id
     WHERE m.id = deliveries.milestone_id AND m.campaign_id = :campaign
       AND m.district_id IN (SELECT scope.id FROM {districts} AS scope))
"""
