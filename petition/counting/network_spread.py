"""Record from how many networks a batch came, until a district is known to have several.

- Signatures of unknown network count as none: it was erased before they were counted, or there was
  no address. So do signatures that move later than that; otherwise many signers of one network
  could wait a week and then move to any district.
- Signatures placed by no choice of their signer count as from a network of their own: imported by
  staff, or moved to another district by new boundaries.
- A signature that joined once is recorded once: not again when it leaves and comes back.

These functions run in the transaction that counts the batch, which has locked the tallies.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from petition.counting.disclosure_level import find_level, is_spread
from petition.counting.number_lists import name_rows
from petition.models import NetworkBucket, Tally
from petition.models.counts.tally import SMALLEST_COUNT

# The first byte of the hash of the widest network, as a number.
_BYTE = {
    "sqlite": "instr(:bytes, substr(s.networks, 1, 1)) - 1",
    "postgresql": "get_byte(s.networks, 0)",
}
_ALL_BYTES = bytes(range(256))

_NOTE = """
    INSERT INTO network_buckets (campaign_id, district_id, bucket, people)
    SELECT :campaign, p.district_id, coalesce({byte}, s.id % 256) AS bucket, count(*)
      FROM {known} AS b CROSS JOIN signatures s CROSS JOIN placements p CROSS JOIN tallies t
     WHERE s.id = b.id AND p.signature_id = b.id AND p.layer IN :layers
       AND t.campaign_id = :campaign AND t.district_id = p.district_id
       AND NOT t.several_networks{first_time}
     GROUP BY p.district_id, 3
        ON CONFLICT (campaign_id, district_id, bucket) DO UPDATE
       SET people = network_buckets.people + excluded.people
"""
_FIRST_TIME = """ AND NOT EXISTS (
        SELECT 1 FROM ledger l
         WHERE l.signature_id = p.signature_id AND l.district_id = p.district_id)"""


def note_networks(
    session: Session,
    values: dict[str, Any],
    tallies: Iterable[Row[*tuple[Any, ...]]],
    *,
    again: bool,
) -> None:
    """Record the networks of the batch, and flag the districts whose signers came from several.

    - Runs before the ledger is written.
    - ``values``: the parameters of the statements of a batch (petition/counting/ledger.py), whose
      ``known`` are the signatures of known network. ``tallies``: the tallies as raised by the
      batch.
    - ``again``: as there.
    """
    unknown = {tally.district_id: tally.live for tally in tallies if not tally.several_networks}
    if not unknown:
        return
    dialect = session.get_bind().dialect.name
    words = {
        "byte": _BYTE[dialect],
        "known": name_rows(session, ":known"),
        "first_time": _FIRST_TIME if again else "",
    }
    note = text(_NOTE.format(**words)).bindparams(bindparam("layers", expanding=True))
    taken = ("campaign", "layers", "known")
    scope = {name: values[name] for name in taken}
    session.execute(note, scope | ({"bytes": _ALL_BYTES} if dialect == "sqlite" else {}))
    # Nothing is published below ten, and most districts are below.
    _flag(
        session, values["campaign"], [id for id, live in unknown.items() if live >= SMALLEST_COUNT]
    )


def _flag(session: Session, campaign_id: int, districts: list[int]) -> None:
    if not districts:
        return
    people: dict[int, list[int]] = defaultdict(list)
    for district_id, number in session.execute(
        select(NetworkBucket.district_id, NetworkBucket.people).where(
            NetworkBucket.campaign_id == campaign_id, NetworkBucket.district_id.in_(districts)
        )
    ):
        people[district_id].append(number)
    several = [
        district_id
        for district_id, numbers in people.items()
        if is_spread(numbers, find_level(campaign_id, district_id))
    ]
    if not several:
        return
    session.execute(
        update(Tally)
        .where(Tally.campaign_id == campaign_id, Tally.district_id.in_(several))
        .values(several_networks=True)
    )
    # Once the flag is set the buckets are not needed.
    session.execute(
        delete(NetworkBucket).where(
            NetworkBucket.campaign_id == campaign_id, NetworkBucket.district_id.in_(several)
        )
    )
