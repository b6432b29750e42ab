"""The layer of states, made from the list of states; it needs no boundary file.

- A person's state is the one they gave, checked against their ZIP code and the geocoded location,
  so polygons of the states are not needed. The districts of this set have empty ones.
- Where a set of state polygons is in force for the country, that one is used.
"""

import shapely
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from petition.boundaries.active_sets import list_active_sets
from petition.boundaries.boundary_sets import (
    COUNTRY,
    NewDistrict,
    NewSet,
    activate_set,
    make_set,
    store_set,
)
from petition.core.clock import utcnow
from petition.core.database import hold_boundaries
from petition.core.extensions import db, transaction
from petition.models import Campaign, CampaignState, Layer
from petition.postal.us_states import STATES

SOURCE = "list of states: ANSI INCITS 38"


def need_states(session: Session) -> bool:
    """Return whether a campaign counts by states, and no set of them is in force."""
    if any(active.scope == COUNTRY for active in list_active_sets(session, Layer.STATE)):
        return False
    campaigns = select(Campaign.layers).where(Campaign.state != CampaignState.DRAFT)
    return any(Layer.STATE in layers for layers in session.scalars(campaigns))


def put_states_in_force() -> bool:
    """Store the states, D.C. and the territories as districts in force; return whether it did.

    - Does nothing if a set for the country is in force, or another process stores it first.
    """
    db.session.rollback()
    try:
        with transaction() as session:
            hold_boundaries(session, change=True)
            if any(active.scope == COUNTRY for active in list_active_sets(session, Layer.STATE)):
                return False
            stored, _ = store_set(session, _make_states(), actor="system")
            activate_set(session, stored, utcnow().date(), actor="system")
    except IntegrityError:
        return False
    return True


def _make_states() -> NewSet:
    empty = bytes(shapely.to_wkb(shapely.MultiPolygon(), byte_order=1))
    districts = [
        NewDistrict(state.fips, state.division_id, state.name, state.code, empty)
        for state in STATES
    ]
    return make_set(Layer.STATE, COUNTRY, SOURCE, districts)
