"""Erase the hashes of the networks that signatures came from, seven days after signing."""

from datetime import timedelta

from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.models import Heartbeat, LegalHold, Signature
from petition.processes.heartbeats import write_heartbeat

KEPT_FOR = timedelta(days=7)
BATCH = 5_000
# The name of the heartbeats row with the last signature whose networks are erased.
MARK = "networks-forgotten"


def forget_networks(limit: int = BATCH) -> int:
    """Erase the networks of up to ``limit`` signatures older than seven days.

    - Returns by how many ids it advanced; 0 when there is nothing to do now.
    - Of a campaign under a legal hold they stay; its release has this begin before them again.
    - In the order of ids, starting where the last round ended: this needs no index, which would
      cost time for each signature.
    """
    before = utcnow() - KEPT_FOR
    with transaction() as session:
        mark = session.get(Heartbeat, MARK, with_for_update=True)
        after = int(mark.detail.get("signature", 0)) if mark else 0
        rows = session.execute(
            select(Signature.id, Signature.created_at)
            .where(Signature.id > after)
            .order_by(Signature.id)
            .limit(limit)
        ).all()
        # Stops before the first that is kept: an imported signature may have an earlier date.
        upto = next((row.id - 1 for row in rows if row.created_at >= before), None)
        upto = (rows[-1].id if rows else after) if upto is None else upto
        if upto <= after:
            return 0
        session.execute(
            update(Signature)
            .where(
                Signature.id > after,
                Signature.id <= upto,
                Signature.networks.is_not(None),
                LegalHold.spares(Signature.campaign_id),
            )
            .values(networks=None)
        )
        write_heartbeat(session, MARK, utcnow(), {"signature": upto})
        return upto - after
