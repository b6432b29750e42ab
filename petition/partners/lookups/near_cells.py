"""How many of those who allowed an organization to contact them are in each cell near its base."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, func, select, tuple_

from petition.core.extensions import db
from petition.models import Campaign, Consent, Signature
from petition.models.signatures.comment import may_be_printed
from petition.partners.consents.visible import list_within
from petition.partners.lookups.origins import NearOrigin

# A place on the map: the center of a cell, in degrees.
Center = tuple[float, float]


@dataclass(frozen=True, slots=True)
class NearFilter:
    """Which people are looked for.

    - ``campaign_id``: of which they signed the letter. ``since``: on or after which day (UTC) they
      allowed it. ``with_words``: only those whose published words may be shown.
    """

    campaign_id: int | None = None
    since: date | None = None
    with_words: bool = False

    def describe(self) -> dict[str, Any]:
        """Return it as an access is written down: codes and numbers."""
        found: dict[str, Any] = {}
        if self.campaign_id is not None:
            found["campaign"] = self.campaign_id
        if self.since is not None:
            found["since"] = self.since.isoformat()
        if self.with_words:
            found["comment"] = True
        return found


@dataclass(frozen=True, slots=True)
class NearCell:
    """A cell with people of an organization; ``rank``: how near, for order alone."""

    rank: tuple[float, float, float]
    center: Center
    people: int


def list_cells(organization_id: int, origin: NearOrigin, chosen: NearFilter) -> list[NearCell]:
    """Return the cells within reach that have people who are looked for, nearest first.

    - Without a filter it reads the index ``ix_consents_near`` alone: a consent has a place only
      while its person can be seen (``consents_refuse_place``).
    """
    rows: Iterable[Any] = db.session.execute(
        _select(organization_id, origin, chosen)
        .with_only_columns(Consent.latitude, Consent.longitude, func.count())
        .group_by(Consent.latitude, Consent.longitude)
    )
    cells = [
        NearCell(rank_cell(origin, (latitude, longitude)), (latitude, longitude), people)
        for latitude, longitude, people in rows
    ]
    reached = origin.reach([cell.center for cell in cells])
    return sorted(
        (cell for cell, is_reached in zip(cells, reached, strict=True) if is_reached),
        key=lambda cell: cell.rank,
    )


def list_consents(
    organization_id: int,
    origin: NearOrigin,
    chosen: NearFilter,
    centers: list[Center],
    *,
    beyond: int = 0,
    limit: int | None = None,
) -> list[int]:
    """Return the consents in some cells: by cell, nearest first, then by number.

    - ``beyond``: only those with a higher number. ``limit``: for one cell.
    """
    query = _select(organization_id, origin, chosen)
    query = query.with_only_columns(Consent.id, Consent.latitude, Consent.longitude)
    if beyond:
        # Not the column alone: by its own index SQLite would read everybody of a higher number.
        query = query.where(Consent.id + 0 > beyond)
    if len(centers) == 1:
        latitude, longitude = centers[0]
        query = query.where(Consent.latitude == latitude, Consent.longitude == longitude)
        query = query.order_by(Consent.id).limit(limit)
    else:
        query = query.where(tuple_(Consent.latitude, Consent.longitude).in_(centers))
    rows: Iterable[Any] = db.session.execute(query)
    ordered = sorted((rank_cell(origin, (row[1], row[2])), row[0]) for row in rows)
    return [consent_id for _, consent_id in ordered]


def find_center(organization_id: int, consent_id: int) -> Center | None:
    """Return in which cell a consent of the organization is; None if it cannot be seen any more."""
    row: Any = db.session.execute(
        select(Consent.latitude, Consent.longitude).where(
            Consent.id == consent_id,
            Consent.organization_id == organization_id,
            Consent.latitude.is_not(None),
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def rank_cell(origin: NearOrigin, center: Center) -> tuple[float, float, float]:
    """Return the place of a cell in the order: by the cell's center, so that no person has one."""
    return (origin.measure(*center), *center)


def _select(
    organization_id: int, origin: NearOrigin, chosen: NearFilter
) -> Select[*tuple[Any, ...]]:
    query = select(Consent.id).where(Consent.organization_id == organization_id)
    conditions: list[ColumnElement[bool] | TextClause] = [*list_within(*origin.find_box())]
    if chosen.campaign_id is not None:
        conditions.append(Consent.campaign_id == chosen.campaign_id)
    if chosen.since is not None:
        conditions.append(Consent.given_at >= datetime.combine(chosen.since, time(), UTC))
    if chosen.with_words:
        query = query.join(Signature, Signature.id == Consent.signature_id)
        query = query.join(Campaign, Campaign.id == Consent.campaign_id)
        conditions.append(may_be_printed())
    return query.where(*conditions)
