"""The checklist of a campaign before it opens."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from petition.core.errors import NotFound
from petition.core.extensions import db, get_settings
from petition.models import Campaign
from petition.models.slug_problems import SlugProblem
from petition.openings.campaign_checks import (
    check_consents,
    check_dates,
    check_looks,
    check_recipients,
    check_sender,
)
from petition.openings.check_lines import CheckLevel, CheckLine
from petition.openings.letter_checks import check_letter
from petition.openings.sender_domain import check_domain

_ORDER = {level: number for number, level in enumerate(reversed(CheckLevel))}


@dataclass(frozen=True, slots=True)
class Checklist:
    """The lines of a campaign's checklist, what is most serious first."""

    slug: str
    lines: tuple[CheckLine, ...]

    def list_of(self, level: CheckLevel) -> list[CheckLine]:
        """Return the lines of a level."""
        return [line for line in self.lines if line.level is level]


def check_campaign(slug: str) -> Checklist:
    """Return the checklist of a campaign; raises NotFound.

    - Lays out a letter and asks the DNS: takes a second or two, and some seconds if no name server
      answers. No transaction is open meanwhile.
    """
    session, settings = db.session(), get_settings()
    query = select(Campaign).where(Campaign.slug == slug)
    campaign = session.scalars(
        query.options(selectinload(Campaign.owners), selectinload(Campaign.bills))
    ).one_or_none()
    if campaign is None:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
    lines = [
        *check_dates(campaign),
        *check_sender(campaign, settings),
        *check_consents(session, campaign),
        *check_looks(session, campaign),
        *check_letter(session, campaign),
        *check_recipients(slug, settings),
    ]
    session.rollback()
    lines += check_domain(settings)
    return Checklist(slug, tuple(sorted(lines, key=lambda line: _ORDER[line.level])))
