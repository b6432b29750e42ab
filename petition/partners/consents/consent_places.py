"""Fill the places of consents that can be looked up near a point.

A place is the center of the signature's H3 cell. Triggers mark whose is to be filled (``unplaced``)
and empty it with what allowed it: SQL knows no cells, so that filling is left to code.
"""

import h3
from sqlalchemy import bindparam, select, update

from petition.core.extensions import db, transaction
from petition.models import Consent, Signature
from petition.models.consents.consent import UNPLACED
from petition.partners.consents.visible import list_conditions

BATCH = 500
_TABLE = Consent.__table__
_PLACE = (
    update(_TABLE)  # type: ignore[arg-type]
    .where(_TABLE.c.id == bindparam("its_id"), _TABLE.c.withdrawn_at.is_(None), _TABLE.c.unplaced)
    .values(latitude=bindparam("north"), longitude=bindparam("east"), unplaced=False)
)


def place_consents(limit: int = BATCH) -> int:
    """Fill up to ``limit`` places that are to be filled; return how many rows were looked at."""
    if not _is_any():
        return 0
    with transaction() as session:
        # Their signatures are locked first, as by everything that changes both: the cell is then
        # still theirs when the place is written. Whoever is being changed comes next time.
        rows = session.execute(
            select(Consent.id, Signature.cell)
            .join(Signature, Signature.id == Consent.signature_id)
            .where(UNPLACED, Signature.cell.is_not(None), *list_conditions())
            .order_by(Consent.id)
            .limit(limit)
            .with_for_update(of=Signature, read=True, skip_locked=True)
        ).all()
        places = [{"its_id": row.id} | _find_center(row.cell) for row in rows]
        if places:
            session.connection().execute(_PLACE, places)
        return len(places)


def _is_any() -> bool:
    found = db.session.scalar(select(Consent.id).where(UNPLACED).limit(1))
    db.session.rollback()
    return found is not None


def _find_center(cell: str) -> dict[str, float]:
    latitude, longitude = h3.cell_to_latlng(cell)
    return {"north": latitude, "east": longitude}
