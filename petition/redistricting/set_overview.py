"""All boundary sets as staff see them: the status and the last dry run of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from petition.core.extensions import db
from petition.counting.recalls import count_left_behind
from petition.locating.review_queue import count_waiting
from petition.models import BoundarySet, BoundaryState, District
from petition.models.officials.district import ZCTA
from petition.redistricting.dry_run import Comparison, Move


class SetStatus(StrEnum):
    """The status of a boundary set; an approved one comes into force on its day automatically."""

    IN_FORCE = "in_force"
    APPROVED = "approved"
    LOADED = "loaded"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SetView:
    """A boundary set.

    - ``compared``: the result of its last dry run, at ``compared_at``; None where there was none.
    - ``is_postal``: the areas of ZIP codes, which no campaign counts by; they are used as soon as
      they are loaded, and are never put in force.
    """

    id: int
    layer: str
    scope: str
    standing: SetStatus
    districts: int
    in_force_from: date | None
    in_force_until: date | None
    source: str
    loaded_at: datetime
    compared: Comparison | None

    @property
    def compared_at(self) -> datetime | None:
        """When the dry run was made; None without one."""
        return datetime.fromisoformat(self.compared.at) if self.compared else None

    @property
    def is_postal(self) -> bool:
        """Whether these are the areas of ZIP codes."""
        return self.layer == ZCTA


@dataclass(frozen=True, slots=True)
class SetOverview:
    """All sets by layer and scope, newest first, and the progress of the last change.

    - ``left_behind``: signers who are still counted in districts that are out of force.
    - ``waiting``: signatures in review, for any reason.
    """

    sets: list[SetView]
    left_behind: int
    waiting: int


def read_overview() -> SetOverview:
    """Return the boundary sets, and how many signers are still to be moved."""
    districts = (
        select(func.count())
        .where(District.boundary_set_id == BoundarySet.id)
        .correlate(BoundarySet)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(BoundarySet, districts).order_by(
            BoundarySet.layer, BoundarySet.scope, BoundarySet.id.desc()
        )
    )
    return SetOverview(
        sets=[_view(stored, number) for stored, number in rows],
        left_behind=count_left_behind(),
        waiting=sum(count_waiting().values()),
    )


def _view(stored: BoundarySet, districts: int) -> SetView:
    return SetView(
        id=stored.id,
        layer=stored.layer,
        scope=stored.scope,
        standing=_find_status(stored),
        districts=districts,
        in_force_from=stored.in_force_from,
        in_force_until=stored.in_force_until,
        source=stored.source,
        loaded_at=stored.created_at,
        compared=_read_comparison(stored.compared) if stored.compared else None,
    )


def _find_status(stored: BoundarySet) -> SetStatus:
    if stored.state == BoundaryState.LOADED:
        return SetStatus.APPROVED if stored.approved_at else SetStatus.LOADED
    return SetStatus.IN_FORCE if stored.state == BoundaryState.ACTIVE else SetStatus.RETIRED


def _read_comparison(kept: Mapping[str, Any]) -> Comparison:
    return Comparison(**{**kept, "moves": [Move(**move) for move in kept["moves"]]})
