"""Count a batch in one set-based transaction, whatever its size.

A hot tally is then written once a batch and not once a signature. The order of the statements is
docs/invariants.md, rule 3: claim, tally, milestones, ledger; tallies are locked in ascending order
of district, so that two batches of one campaign wait for each other and never deadlock.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, TextClause, bindparam, select, text
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.columns import UtcDateTime
from petition.core.database import hold_boundaries, take_counting
from petition.core.extensions import transaction
from petition.counting.batch_result import BatchResult
from petition.counting.milestones import fill_milestones, raise_milestones
from petition.counting.network_spread import note_networks
from petition.counting.number_lists import (
    name_pairs,
    name_rows,
    pack,
    pack_pairs,
    plan_by_index,
)
from petition.counting.relocations import end_moves, take_out_moved
from petition.models import (
    Campaign,
    Signature,
    SignatureState,
)
from petition.models.campaigns.layers import list_counted_layers
from petition.models.signatures.signature import UNCOUNTED
from petition.transitions.signature_changes import build_change

BATCH = 5_000


def count_batch(campaign_id: int, limit: int = BATCH) -> BatchResult:
    """Count up to ``limit`` located signatures of a campaign, each once in each of its districts.

    - A signature located late counts like any other: on assignment, never by a time window.
    - A signature that was counted before and located again leaves the districts in which it does
      not lie any more, and joins the new ones. If a letter has named a mover since it was located,
      it is located again instead, and waits.
    - Safe to run concurrently, and again after a crash.
    - Counts nothing while another process counts the campaign: whoever counts looks again after
      each batch that found something, so it sees what was there when this one was refused.
    """
    now = utcnow()
    with transaction() as session:
        # Nobody is counted in a district that has just gone out of force: activation of a boundary
        # set locates the signatures again that were located before it.
        hold_boundaries(session)
        if not _is_any_located(session, campaign_id) or not take_counting(session, campaign_id):
            return BatchResult(0, [], full=False)
        campaign = session.execute(
            select(Campaign.step, Campaign.layers, Campaign.people_erased_at).where(
                Campaign.id == campaign_id
            )
        ).one()
        if campaign.people_erased_at is not None:  # a milestone raised now could name nobody
            return BatchResult(0, [], full=False)
        plan_by_index(session)
        claimed = _claim(session, campaign_id, limit, now)
        if not claimed:
            return BatchResult(0, [], full=False)
        values: dict[str, Any] = {
            "campaign": campaign_id,
            "step": campaign.step,
            "layers": list_counted_layers(campaign.layers),
            "now": now,
        }
        elsewhere = {row.id for row in claimed if row.relocated}
        due, back = (
            take_out_moved(session, campaign_id, campaign.step, elsewhere, now)
            if elsewhere
            else ([], set())
        )
        values["ids"] = pack(session, [row.id for row in claimed if row.id not in back])
        known = [row.id for row in claimed if row.known and row.id not in back]
        values["known"] = pack(session, known) if known else None
        again = bool(elsewhere) or _has_returning(session, values)
        due += _join(session, values, again=again)
        end_moves(session, [row.id for row in claimed if row.moves and row.id not in back])
    return BatchResult(len(claimed), sorted(set(due)), full=len(claimed) >= limit)


class _Claimed(NamedTuple):
    """A claimed signature: ``relocated`` was counted before; ``moves``: see end_moves.

    - ``known``: its network of origin is known; see petition/counting/network_spread.py.
    """

    id: int
    relocated: bool
    moves: bool
    known: bool


def _select_located(campaign_id: int) -> Select[int]:
    return select(Signature.id).where(
        Signature.campaign_id == campaign_id,
        Signature.state == SignatureState.LOCATED,
        UNCOUNTED,
    )


def _is_any_located(session: Session, campaign_id: int) -> bool:
    """Return whether anybody waits; asked before others are refused (see ``count_batch``)."""
    return session.scalar(_select_located(campaign_id).limit(1)) is not None


def _claim(session: Session, campaign_id: int, limit: int, now: datetime) -> list[_Claimed]:
    located = (
        _select_located(campaign_id)
        .order_by(Signature.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        build_change(SignatureState.COUNTED, (SignatureState.LOCATED,), now)
        .where(Signature.id.in_(located))
        .returning(
            Signature.id,
            Signature.relocated,
            Signature.moved,
            Signature.waits_until,
            Signature.networks,
            Signature.batch,
        )
    )
    return sorted(
        _Claimed(
            id,
            relocated,
            relocated or moved or waits_until is not None,
            bool(networks or batch or (relocated and not moved)),
        )
        for id, relocated, moved, waits_until, networks, batch in rows
    )


def _has_returning(session: Session, values: dict[str, Any]) -> bool:
    """Return whether some of the batch were counted before and left, as signatures in review do."""
    found = text(_RETURNING.format(batch=name_rows(session, ":ids")))
    return session.scalar(found, {"ids": values["ids"]}) is not None


def _join(session: Session, values: dict[str, Any], *, again: bool) -> list[int]:
    """Raise the tallies and write the ledger rows; return the milestones that this makes due.

    - ``again``: some of the batch were counted before, so they may still be counted in the same
      district, or a sent letter of its division may already name them.
    - Those who waited go to the milestones first, since they joined first; then the batch is
      written with the milestones that name it, so that no row of it is written twice.
    """
    campaign_id, now = values["campaign"], values["now"]
    gained = {
        district_id: people
        for district_id, people in session.execute(_statement(session, _GAINED, again), values)
    }
    tallies = _raise_tallies(session, values, gained)
    if values["known"] is not None:
        note_networks(session, values, tallies, again=again)
    # If the count crossed no multiple of the step, there is nothing to raise or to fill.
    crossed = {
        tally.district_id: gained[tally.district_id]
        for tally in tallies
        if (tally.reached or 0) * tally.step > tally.live - gained[tally.district_id]
    }
    due = raise_milestones(session, campaign_id, list(crossed), now)
    if again:  # some of the batch stay where they are, or are named already: fill from the ledger
        session.execute(_statement(session, _INSERT_LEDGER, again), values)
        return due + fill_milestones(session, campaign_id, crossed, now)
    due += fill_milestones(session, campaign_id, crossed, now, joining=crossed)
    session.execute(_statement(session, _INSERT_LEDGER, again), values)
    return due


def _raise_tallies(
    session: Session, values: dict[str, Any], gained: dict[int, int]
) -> list[Row[Any]]:
    """Raise the tallies by what each district gained, in the order of the districts."""
    raising = text(_RAISE_TALLIES.format(gained=name_pairs(session, ":gained")))
    scope = {name: values[name] for name in ("campaign", "step", "now")}
    return list(
        session.execute(
            raising.bindparams(bindparam("now", type_=UtcDateTime())),
            scope | {"gained": pack_pairs(sorted(gained.items()))},
        )
    )


# A question of each, so that nobody who left and is not of the batch is read.
_RETURNING = """
    SELECT 1 FROM {batch} AS b
     WHERE (SELECT 1 FROM ledger l
             WHERE l.signature_id = b.id AND l.left_at IS NOT NULL LIMIT 1) IS NOT NULL
     LIMIT 1
"""

# CROSS JOIN is how SQLite is told to begin with the batch; PostgreSQL takes it as any other join.
_PLACED = """FROM {batch} AS b CROSS JOIN placements p
     WHERE p.signature_id = b.id AND p.layer IN :layers{joins}"""

_GAINED = """
    SELECT p.district_id, count(*) {placed}
     GROUP BY p.district_id
"""

_RAISE_TALLIES = """
    INSERT INTO tallies (campaign_id, district_id, step, live, joined, reached, updated_at)
    SELECT :campaign, g.id, :step, g.number, g.number, nullif(g.number / :step, 0), :now
      FROM {gained} AS g
     WHERE g.number > 0
     ORDER BY g.id
        ON CONFLICT (campaign_id, district_id) DO UPDATE
       SET live = tallies.live + excluded.live,
           joined = tallies.joined + excluded.joined,
           reached = CASE
               WHEN (tallies.live + excluded.live) / tallies.step > coalesce(tallies.reached, 0)
               THEN (tallies.live + excluded.live) / tallies.step
               ELSE tallies.reached END,
           updated_at = excluded.updated_at
    RETURNING district_id, step, live, reached, several_networks
"""

_INSERT_LEDGER = """
    INSERT INTO ledger
           (campaign_id, district_id, ordinal, signature_id, layer, joined_at, carried_by)
    SELECT t.campaign_id, n.district_id, t.joined - n.joining + n.place, n.signature_id, n.layer,
           :now, {carried_by}
      FROM (SELECT p.district_id, p.signature_id, p.layer,
                   count(*) OVER (PARTITION BY p.district_id) AS joining,
                   row_number() OVER (PARTITION BY p.district_id ORDER BY p.signature_id) AS place
              {placed}) AS n
      CROSS JOIN tallies t
     WHERE t.campaign_id = :campaign AND t.district_id = n.district_id
     ORDER BY n.district_id, n.place
"""

# After the movers have left, a signature with a live row in a district was counted there already.
_JOINS = """ AND NOT EXISTS (
        SELECT 1 FROM ledger l
         WHERE l.signature_id = p.signature_id AND l.district_id = p.district_id
           AND l.left_at IS NULL)"""

# The lowest unsealed milestone that the running number does not exceed; those before it in the
# queue are there already. Past the last milestone they wait.
_CARRIED_BY = """CASE WHEN t.live - n.joining + n.place <= t.reached * t.step THEN (
        SELECT m.number FROM milestones m
         WHERE m.campaign_id = t.campaign_id AND m.district_id = t.district_id
           AND m.sealed_at IS NULL AND m.threshold >= t.live - n.joining + n.place
         ORDER BY m.threshold LIMIT 1) END"""

# A sent letter of the same division has named them already: they are not named again.
_NAMED_BY = """(
        SELECT min(o.carried_by) FROM ledger o
          JOIN districts was ON was.id = o.district_id
          JOIN districts here ON here.id = n.district_id AND here.division_id = was.division_id
          JOIN milestones sent ON sent.campaign_id = o.campaign_id
           AND sent.district_id = o.district_id AND sent.number = o.carried_by
           AND sent.sealed_at IS NOT NULL
          JOIN milestones kept ON kept.campaign_id = o.campaign_id
           AND kept.district_id = n.district_id AND kept.number = o.carried_by
           AND kept.sealed_at IS NOT NULL
         WHERE o.signature_id = n.signature_id AND o.layer = n.layer AND o.left_at IS NOT NULL)"""


def _statement(session: Session, sql: str, again: bool) -> TextClause:
    joins = _JOINS if again else ""
    words = {
        "placed": _PLACED.format(batch=name_rows(session, ":ids"), joins=joins),
        "carried_by": _NAMED_BY if again else _CARRIED_BY,
    }
    statement = text(sql.format(**words)).bindparams(bindparam("layers", expanding=True))
    return (
        statement.bindparams(bindparam("now", type_=UtcDateTime())) if ":now" in sql else statement
    )
