"""Look up the people near an organization's base who allowed it to contact them.

8, nobody is found more finely than by their cell (docs/decisions/privacy.md):

- Only people with a consent for ``contact`` of this organization are listed, by the cell of their
  signature, nearest cell first; within a cell by the number of their consent.
- Before a name leaves, it is written down that it was taken (``record_access``).
- An e-mail address leaves only by a consent for ``updates`` of this same organization, and that is
  written down too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.extensions import db, transaction
from petition.models import AccessKind, Campaign, Consent, ConsentPurpose, Person, Signature
from petition.models.signatures.comment import may_be_printed
from petition.models.signatures.person import skip_broken
from petition.partners.consents.accesses import record_access
from petition.partners.consents.visible import select_reachable
from petition.partners.lookups.near_cells import (
    NearCell,
    NearFilter,
    find_center,
    list_cells,
    list_consents,
    rank_cell,
)
from petition.partners.lookups.origins import NearOrigin

PAGE = 50


@dataclass(frozen=True, slots=True)
class NearPerson:
    """A person as an organization sees them.

    - ``name``: first name and initial; the full name if they allow ``updates``, and then with
      ``email``, None otherwise. ``words``: what they published, or "".
    - ``takes_mail``: whether the relay would reach them. ``since``: when they allowed it.
    """

    consent_id: int
    signature_id: int
    name: str
    locality: str
    campaign: str
    language: str
    words: str
    since: datetime
    takes_mail: bool
    email: str | None


@dataclass(frozen=True, slots=True)
class NearPage:
    """A page of people, and all cells that have any.

    - ``after``: where the next page begins, None at the end. ``restarted``: the person after whom
      it was to begin cannot be seen any more, or not here, so it is the first page.
    """

    people: list[NearPerson]
    cells: list[NearCell]
    after: int | None
    restarted: bool

    @property
    def total(self) -> int:
        """How many people are in all cells."""
        return sum(cell.people for cell in self.cells)


def look_up(
    organization_id: int,
    origin: NearOrigin,
    chosen: NearFilter,
    *,
    actor: str,
    after: int | None = None,
    kind: AccessKind = AccessKind.LOOKUP,
) -> NearPage:
    """Return up to ``PAGE`` people within reach of the origin, and write down that they were taken.

    - ``actor``: ``partner:<user>`` or ``token:<id>``. ``after``: of the page before.
    - The caller has checked the permission and counted the look-up (``count_look_up``).
    """
    cells, wanted, restarted = search(organization_id, origin, chosen, after)
    db.session.rollback()
    shown = wanted[:PAGE]
    filters = chosen.describe() | origin.describe()
    with transaction() as session:
        people = _take_people(session, organization_id, actor, kind, filters, shown)
    return NearPage(
        people=people,
        cells=cells,
        after=shown[-1] if len(wanted) > PAGE else None,
        restarted=restarted,
    )


def search(
    organization_id: int, origin: NearOrigin, chosen: NearFilter, after: int | None = None
) -> tuple[list[NearCell], list[int], bool]:
    """Return the cells, the consents of a page and the one after it, and whether it began anew.

    - It opens nobody's data, and gives out none: ``look_up`` writes down who is seen.
    """
    cells = list_cells(organization_id, origin, chosen)
    center = find_center(organization_id, after) if after is not None else None
    if center not in {cell.center for cell in cells}:
        center = None  # it left the reach, as by another base
    wanted: list[int] = []
    rest: Sequence[NearCell] = cells
    if center is not None and after is not None:
        here = rank_cell(origin, center)
        rest = [cell for cell in cells if cell.rank > here]
        wanted = list_consents(
            organization_id, origin, chosen, [center], beyond=after, limit=PAGE + 1
        )
    while rest and len(wanted) <= PAGE:
        some = _take(rest, PAGE + 1 - len(wanted))
        rest = rest[len(some) :]
        limit = PAGE + 1 - len(wanted)
        centers = [cell.center for cell in some]
        wanted += list_consents(organization_id, origin, chosen, centers, limit=limit)
    return cells, wanted, after is not None and center is None


def _take(cells: Sequence[NearCell], room: int) -> Sequence[NearCell]:
    """Return the first cells that have so many people at most, or the first alone."""
    people = 0
    for number, cell in enumerate(cells):
        people += cell.people
        if people > room:
            return cells[: max(1, number)]
    return cells


def _take_people(
    session: Session,
    organization_id: int,
    actor: str,
    kind: AccessKind,
    filters: dict[str, Any],
    wanted: Sequence[int],
) -> list[NearPerson]:
    def take(purpose: str, ids: Iterable[int]) -> list[int]:
        return record_access(
            session,
            organization_id=organization_id,
            actor=actor,
            kind=kind,
            purpose=purpose,
            filters=filters,
            consent_ids=list(ids),
        )

    seen = take(ConsentPurpose.CONTACT, wanted)
    if not seen:
        return []
    rows = session.execute(
        select(
            Consent.id,
            Consent.given_at,
            Signature.id.label("signature_id"),
            Signature.person,
            Signature.unreachable_at,
            Signature.unsubscribed_at,
            Campaign.title,
            Campaign.language,
            may_be_printed().label("is_printed"),
        )
        .join(Signature, Signature.id == Consent.signature_id)
        .join(Campaign, Campaign.id == Consent.campaign_id)
        .where(Consent.id.in_(seen))
    ).all()
    told = _find_told(session, organization_id, [row.signature_id for row in rows])
    named = set(take(ConsentPurpose.UPDATES, told)) if told else set()
    open_to = {told[consent_id] for consent_id in named}
    order = {consent_id: number for number, consent_id in enumerate(wanted)}
    return [
        _describe(row, row.person, row.signature_id in open_to)
        for row in sorted(rows, key=lambda row: order[row.id])
        if skip_broken(row.person) is not None
    ]


def _find_told(session: Session, organization_id: int, ids: Sequence[int]) -> dict[int, int]:
    """Return who of these signers gave the organization their address: signature by consent."""
    query = select_reachable(organization_id, ConsentPurpose.UPDATES)
    return {
        row.consent_id: row.signature_id
        for row in session.execute(query.where(Signature.id.in_(ids)))
    }


def _describe(row: Any, person: Person, is_told: bool) -> NearPerson:
    return NearPerson(
        consent_id=row.id,
        signature_id=row.signature_id,
        name=person.name if is_told else _abbreviate(person),
        locality=person.locality,
        campaign=row.title,
        language=row.language,
        words=person.comment if row.is_printed else "",
        since=row.given_at,
        takes_mail=row.unreachable_at is None and row.unsubscribed_at is None,
        email=person.email if is_told else None,
    )


def _abbreviate(person: Person) -> str:
    """Return first name and initial; whoever has one name alone is called by its initial too.

    - The wording of ``contact`` names no more than these.
    """
    initial = person.family_name.strip()[:1]
    if person.given_name and initial:
        return f"{person.given_name} {initial}."
    return person.given_name or f"{initial}."
