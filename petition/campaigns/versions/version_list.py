"""The stored versions of a campaign's definition: their list, and one as a definition."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from petition.campaigns.campaign_problems import CampaignProblem
from petition.campaigns.versions.definition_text import describe_campaign, read_stored
from petition.campaigns.versions.version_store import find_number
from petition.core.errors import NotFound
from petition.models import Campaign, CampaignDraft, CampaignVersion


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version as it is listed; ``actor``: as in events, "" if nobody knows."""

    number: int
    actor: str
    note: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class DraftLine:
    """The draft of a campaign's next version; ``base``: the version that it was made from."""

    revision: int
    base: int
    actor: str
    saved_at: datetime


def list_versions(session: Session, campaign_id: int) -> list[VersionLine]:
    """Return a campaign's versions, the newest first."""
    rows = session.execute(
        select(
            CampaignVersion.number,
            CampaignVersion.actor,
            CampaignVersion.note,
            CampaignVersion.made_at,
        )
        .where(CampaignVersion.campaign_id == campaign_id)
        .order_by(CampaignVersion.number.desc())
    )
    return [VersionLine(*row) for row in rows]


def read_version(session: Session, campaign_id: int, number: int) -> dict[str, Any]:
    """Return a version as the mapping that ``read_definition`` takes.

    - 0: what the campaign was before its first change, for one from before versions were kept.
    - Raises NotFound.
    """
    if number == 0:
        if find_number(session, campaign_id) == 0:
            return describe_campaign(session.get_one(Campaign, campaign_id))
        number = 1
    return _read(
        session,
        select(CampaignVersion.definition).where(
            CampaignVersion.campaign_id == campaign_id, CampaignVersion.number == number
        ),
        CampaignProblem.NO_VERSION,
    )


def find_draft(session: Session, campaign_id: int) -> DraftLine | None:
    """Return the draft of a campaign's next version; None if there is none."""
    row = session.execute(
        select(
            CampaignDraft.revision, CampaignDraft.base, CampaignDraft.actor, CampaignDraft.saved_at
        )
        .where(CampaignDraft.campaign_id == campaign_id)
        .order_by(CampaignDraft.revision.desc())
        .limit(1)
    ).one_or_none()
    return DraftLine(*row) if row else None


def read_draft(session: Session, campaign_id: int, revision: int | None = None) -> dict[str, Any]:
    """Return a draft as the mapping that ``read_definition`` takes; raises NotFound.

    - ``revision``: an earlier state of the draft; None: the latest.
    """
    where: list[ColumnElement[bool]] = [CampaignDraft.campaign_id == campaign_id]
    if revision is not None:
        where.append(CampaignDraft.revision == revision)
    query = select(CampaignDraft.definition).where(*where)
    newest = query.order_by(CampaignDraft.revision.desc()).limit(1)
    return _read(session, newest, CampaignProblem.NO_DRAFT)


def _read(session: Session, query: Any, code: CampaignProblem) -> dict[str, Any]:
    found = session.scalar(query)
    if found is None:
        raise NotFound(code)
    return read_stored(found)
