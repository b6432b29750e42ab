"""Whether a campaign's letter can be made: its ask, its merge fields, the pages of its text."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.errors import Permanent, UserError
from petition.letters.merge import find_merge_problem
from petition.letters.preview import find_preview_post, make_preview
from petition.models import Campaign, CampaignState, District
from petition.models.campaigns.layers import list_counted_layers
from petition.openings.campaign_values import read_values
from petition.openings.check_lines import CheckCode, CheckLine, find_ok, find_problem, warn
from petition.openings.separate_render import render_apart

TEXTS = ("topic", "opening", "letter", "closing")
# A letter with one name has its cover and one page with the text and the name.
PAGES = 2


def check_letter(session: Session, campaign: Campaign) -> list[CheckLine]:
    """Return the lines about the letter's text; ends the transaction before it is laid out."""
    lines = list(_check_text(campaign))
    if any(line.code is CheckCode.MERGE_FIELD for line in lines):
        return [*lines, warn(CheckCode.LETTER_SKIPPED)]
    values, now = read_values(campaign), utcnow()
    district = _find_district(session, campaign)
    if district is None:
        return [*lines, warn(CheckCode.LETTER_SKIPPED)]
    post = find_preview_post(session, values, district, now.date())
    content = make_preview(session, values, district, post.addressee, 1, now)
    session.rollback()  # nothing is open while it is laid out
    try:
        pages = render_apart(content).pages
    except (UserError, Permanent):
        return [*lines, find_problem(CheckCode.LETTER_FAILED)]
    if pages > PAGES:
        return [*lines, warn(CheckCode.LETTER_LONG, pages=pages)]
    return [*lines, find_ok(CheckCode.LETTER_OK)]


def _check_text(campaign: Campaign) -> Iterator[CheckLine]:
    wrong = [name for name in TEXTS if find_merge_problem(getattr(campaign, name))]
    if wrong:
        yield find_problem(CheckCode.MERGE_FIELD, fields=wrong)
    if not campaign.ask:
        # One that was open before may lack it, and its letters do without.
        is_draft = campaign.state == CampaignState.DRAFT
        yield find_problem(CheckCode.NO_ASK) if is_draft else warn(CheckCode.NO_ASK)
    elif not wrong:
        yield find_ok(CheckCode.TEXT_OK)


def _find_district(session: Session, campaign: Campaign) -> District | None:
    layers = list_counted_layers(campaign.layers)
    query = select(District).where(District.in_force, District.layer.in_(layers))
    return session.scalars(query.order_by(District.id).limit(1)).one_or_none()
