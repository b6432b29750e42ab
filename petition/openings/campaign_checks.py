"""Whether a campaign's dates, posts, organizations and looks are as they should be."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.campaigns.contrast import ENOUGH, GROUNDS, measure_contrast
from petition.core.clock import utcnow
from petition.core.settings import OUTBOX, Settings
from petition.delivery.channels import get_channel
from petition.models import Campaign, ConsentOffer, Organization, OrganizationState
from petition.officials.checks.check_report import RosterCheck
from petition.officials.checks.post_checks import check_officials
from petition.officials.post_status import ObstacleReason
from petition.openings.check_lines import CheckCode, CheckLine, find_ok, find_problem, warn

NAMED = 5  # of a long list
_TIME = (ObstacleReason.VACANT, ObstacleReason.ENDED)


def check_dates(campaign: Campaign) -> Iterator[CheckLine]:
    """Yield the lines about when it closes, and by when it asks for something."""
    now = utcnow()
    if campaign.closes_at is None:
        yield warn(CheckCode.NO_CLOSE)
    elif campaign.closes_at <= now:
        yield find_problem(CheckCode.CLOSES_PAST, day=campaign.closes_at.date())
    else:
        yield find_ok(CheckCode.CLOSES_OK, day=campaign.closes_at.date())
    if campaign.deadline is not None and campaign.deadline < now.date():
        yield warn(CheckCode.DEADLINE_PAST, day=campaign.deadline)


def check_recipients(slug: str, settings: Settings) -> Iterator[CheckLine]:
    """Yield the lines about boundaries, posts, vacancies and what the channel reaches."""
    needs_email = get_channel(settings.channel, settings).needs_email
    found = check_officials(needs_email=needs_email, campaign=slug)
    if found.empty:
        yield warn(CheckCode.NO_BOUNDARIES, layers=list(found.empty))
    if not found.counts:
        return
    if not found.empty:
        yield find_ok(CheckCode.BOUNDARIES_OK)
    yield from _judge_posts(slug, found)
    yield from _judge_reach(slug, settings.channel, found)


def _judge_posts(slug: str, found: RosterCheck) -> Iterator[CheckLine]:
    posts = sum(count.posts for count in found.counts.values())
    without = sum(count.without_post for count in found.counts.values())
    reasons = Counter(one.reason for one in found.unreached)
    if reasons.total() >= posts:
        yield find_problem(CheckCode.NOBODY_REACHED)
    if without:
        yield warn(CheckCode.NO_POSTS, number=without, slug=slug)
    elif posts:
        yield find_ok(CheckCode.POSTS_OK, number=posts)
    if reasons[ObstacleReason.VACANT]:
        named = [one.post for one in found.unreached if one.reason is ObstacleReason.VACANT]
        yield warn(CheckCode.VACANT, number=len(named), named=named[:NAMED])
    if reasons[ObstacleReason.ENDED]:
        named = [one.post for one in found.unreached if one.reason is ObstacleReason.ENDED]
        yield warn(CheckCode.ENDED, number=len(named), named=named[:NAMED])


def _judge_reach(slug: str, channel: str, found: RosterCheck) -> Iterator[CheckLine]:
    named = [one.post for one in found.unreached if one.reason not in _TIME]
    if named:
        yield warn(
            CheckCode.UNREACHED, number=len(named), named=named[:NAMED], channel=channel, slug=slug
        )
    elif any(count.held for count in found.counts.values()):
        yield find_ok(CheckCode.REACH_OK, channel=channel)


def check_sender(campaign: Campaign, settings: Settings) -> Iterator[CheckLine]:
    """Yield the lines about how letters and e-mails go out, and where answers go."""
    if settings.channel == OUTBOX:
        yield warn(CheckCode.CHANNEL_OUTBOX)
    elif settings.smtp_url is not None:
        yield find_ok(CheckCode.CHANNEL_OK, sender=settings.mail_from)
    if settings.smtp_url is None:
        yield warn(CheckCode.NO_SMTP)
    if campaign.organization_email:
        yield find_ok(CheckCode.REPLY_OK, address=campaign.organization_email)
    else:
        yield warn(CheckCode.NO_REPLY)


def check_consents(session: Session, campaign: Campaign) -> Iterator[CheckLine]:
    """Yield whether each organization that asks signers for consent is approved."""
    rows = session.execute(
        select(Organization.name, Organization.state)
        .join(ConsentOffer, ConsentOffer.organization_id == Organization.id)
        .where(ConsentOffer.campaign_id == campaign.id, ConsentOffer.retired_at.is_(None))
        .distinct()
        .order_by(Organization.name)
    ).all()
    waiting = [row.name for row in rows if row.state != OrganizationState.APPROVED]
    if waiting:
        yield warn(CheckCode.NOT_APPROVED, named=waiting[:NAMED], number=len(waiting))
    elif rows:
        yield find_ok(CheckCode.CONSENTS_OK, number=len(rows))
    else:
        yield find_ok(CheckCode.NO_CONSENTS)


def check_looks(session: Session, campaign: Campaign) -> Iterator[CheckLine]:
    """Yield whether its color is readable, and whether its logo is there."""
    accent, is_good = campaign.accent, True
    if accent and min(measure_contrast(accent, one) for one in GROUNDS.values()) < ENOUGH:
        is_good = False
        yield warn(CheckCode.LOW_CONTRAST, accent=accent)
    if campaign.logo:
        logo = session.scalar(select(Organization.logo).where(Organization.slug == campaign.logo))
        if logo is None:
            is_good = False
            yield warn(CheckCode.NO_LOGO, slug=campaign.logo)
    if is_good:
        yield find_ok(CheckCode.LOOK_OK)
