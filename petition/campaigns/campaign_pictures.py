"""The pictures of a campaign's page: one of its own, and one beside each section of its issues.

They are no part of what people sign, so they may be changed while the campaign is open.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select, true

from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.database import insert_into
from petition.core.errors import ImportRefused, NotFound
from petition.core.extensions import db, transaction
from petition.models import Campaign, CampaignPicture, CampaignState
from petition.validation.pictures import tell_picture_type
from petition.validation.printable import make_printable

LONGEST_ALT = 250  # characters; a screen reader reads it in one go


@dataclass(frozen=True, slots=True)
class PictureLine:
    """A picture as a page shows it; ``section``: 0 for the campaign's own."""

    section: int
    alt: str


def save_picture(slug: str, section: int, name: str, content: bytes, alt: str) -> bool:
    """Store a picture in place of an earlier one of the section; return whether there was none.

    - ``name``: of the file, for a refusal. ``alt``: what it shows, required.
    - Raises ImportRefused for a file that is no picture or too large, or without ``alt``; NotFound.
    """
    media_type = tell_picture_type(name, content)
    words = make_printable(alt)
    if not words:
        raise ImportRefused(
            f"{name}: describe in --alt what it shows, for people who cannot see it"
        )
    if len(words) > LONGEST_ALT:
        raise ImportRefused(f"{name}: --alt has {len(words)} characters; use at most {LONGEST_ALT}")
    with transaction() as session:
        campaign_id = _find(slug)
        where = (CampaignPicture.campaign_id == campaign_id, CampaignPicture.section == section)
        is_new = session.scalar(select(CampaignPicture.id).where(*where)) is None
        values = {"alt": words, "content": content, "media_type": media_type}
        session.execute(
            insert_into(session, CampaignPicture)
            .values(campaign_id=campaign_id, section=section, **values)
            .on_conflict_do_update(index_elements=["campaign_id", "section"], set_=values)
        )
    return is_new


def remove_picture(slug: str, section: int) -> bool:
    """Remove a section's picture; return whether there was one. Raises NotFound."""
    with transaction() as session:
        removed = session.scalar(
            delete(CampaignPicture)
            .where(CampaignPicture.campaign_id == _find(slug), CampaignPicture.section == section)
            .returning(CampaignPicture.id)
        )
    return removed is not None


def list_pictures(campaign_id: int) -> dict[int, PictureLine]:
    """Return a campaign's pictures by their section."""
    rows = db.session.execute(
        select(CampaignPicture.section, CampaignPicture.alt).where(
            CampaignPicture.campaign_id == campaign_id
        )
    )
    return {row.section: PictureLine(row.section, row.alt) for row in rows}


def read_picture(slug: str, section: int, *, of_draft: bool = False) -> tuple[bytes, str]:
    """Return a picture and its media type; raises NotFound.

    - ``of_draft``: also of a draft, whose pictures are for staff alone.
    """
    row = db.session.execute(
        select(CampaignPicture.content, CampaignPicture.media_type)
        .join(Campaign, Campaign.id == CampaignPicture.campaign_id)
        .where(
            Campaign.slug == slug,
            true() if of_draft else Campaign.state != CampaignState.DRAFT,
            CampaignPicture.section == section,
        )
    ).one_or_none()
    if row is None:
        raise NotFound(CampaignProblem.NO_PICTURE)
    return bytes(row.content), row.media_type


def _find(slug: str) -> int:
    found = db.session.scalar(select(Campaign.id).where(Campaign.slug == slug))
    if found is None:
        raise NotFound(CampaignProblem.NOT_FOUND)
    return found
