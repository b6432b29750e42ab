"""What an edit and the one that was stored before it have in common, and where they differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from petition.campaigns.versions.comparison import EditOverlap, merge_edits
from petition.campaigns.versions.edits import Basis
from petition.campaigns.versions.version_list import find_draft, read_draft, read_version
from petition.campaigns.versions.version_store import find_number
from petition.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class MergedEdit:
    """An edit with what others have stored since it began.

    - ``basis``: what it is made from now. ``told``: the definition; where both have changed a field
      it has the edit's own value. ``overlaps``: the fields that differ.
    """

    basis: Basis
    told: dict[str, Any]
    overlaps: list[EditOverlap]


def merge_with_stored(
    session: Session, campaign_id: int, basis: Basis, mine: Mapping[str, Any]
) -> MergedEdit:
    """Return an edit made from ``basis``, ``mine``, with what was stored since.

    - Of a draft that has ended meanwhile only the version counts. Raises NotFound for a version
      that does not exist.
    """
    draft = find_draft(session, campaign_id)
    now = Basis(find_number(session, campaign_id), draft.revision if draft else 0)
    told = dict(mine)
    found: dict[str, EditOverlap] = {}
    if now.revision not in (0, basis.revision):
        before = read_before(session, campaign_id, basis)
        told, overlaps = merge_edits(before, read_draft(session, campaign_id), told)
        found |= {one.name: one for one in overlaps}
    if now.number != basis.number:
        before = read_version(session, campaign_id, basis.number)
        theirs = read_version(session, campaign_id, now.number)
        told, overlaps = merge_edits(before, theirs, told)
        found |= {one.name: one for one in overlaps if one.name not in found}
    return MergedEdit(now, told, list(found.values()))


def read_before(session: Session, campaign_id: int, basis: Basis) -> dict[str, Any]:
    """Return the definition that an edit was made from; the version's if its draft has ended."""
    if basis.revision:
        try:
            return read_draft(session, campaign_id, basis.revision)
        except NotFound:
            pass  # it was published or discarded, and another one begun
    return read_version(session, campaign_id, basis.number)
