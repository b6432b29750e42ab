"""The output of the demo: the time of each stage, a check of the counts, and the pages to visit."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from petition.core.database import Base
from petition.core.extensions import db, get_settings
from petition.counting.milestone_list import list_hundreds
from petition.demo import simulation
from petition.demo.staff_link import make_link
from petition.models import (
    Attempt,
    Campaign,
    CampaignState,
    Delivery,
    DeliveryState,
    District,
    LedgerEntry,
    Letter,
    Milestone,
    MilestoneState,
    Signature,
    SignatureState,
    Tally,
)

CURL = (
    "  curl -d given_name=Sam -d family_name=Rivers -d email=sam@people.example \\\n"
    "       -d postal_code={postal_code} {url}/campaigns/{slug}/signatures"
)


def print_stages(
    console: Console, began: datetime, signing_seconds: float, signatures: int
) -> None:
    """Print the time of each stage, from its first row to its last; the stages run in parallel.

    - ``signatures`` of this run, which started at ``began``, took ``signing_seconds``; the times of
      the other stages come from their rows. The invented signing times are not used.
    """
    table = Table("stage", "rows", "seconds", "a second", title="How long each stage took")
    for column in table.columns[1:]:
        column.justify = "right"
    _add_stage(table, "signing", signatures, signing_seconds)
    last = db.session.scalar(select(func.max(LedgerEntry.joined_at)))
    counted = (last - began).total_seconds() if last and last > began else 0.0
    joined = select(func.count()).where(LedgerEntry.joined_at >= began)
    _add_stage(table, "locating and counting", _count(joined), counted)
    rendered = _measure(Milestone.reached_at, Letter.rendered_at)
    _add_stage(table, "letters", _count_rows(Letter), rendered)
    delivered = _measure(Letter.rendered_at, Attempt.ended_at)
    _add_stage(table, "delivery", _count_rows(Attempt), delivered)
    console.print(table)


def print_check(console: Console) -> None:
    """Print whether every county has its milestones, and each milestone exactly a hundred names."""
    campaign = db.session.scalars(select(Campaign).where(Campaign.slug == simulation.SLUG)).one()
    tallies = db.session.scalars(select(Tally).where(Tally.campaign_id == campaign.id)).all()
    expected = sum(tally.live // tally.step for tally in tallies)
    named = (
        select(func.count().label("names"))
        .select_from(LedgerEntry)
        .where(
            LedgerEntry.campaign_id == campaign.id,
            LedgerEntry.carried_by.is_not(None),
            LedgerEntry.left_at.is_(None),
        )
        .group_by(LedgerEntry.campaign_id, LedgerEntry.district_id, LedgerEntry.carried_by)
        .subquery()
    )
    exact = _count(select(func.count()).select_from(named).where(named.c.names == campaign.step))
    milestones = _count(select(func.count()).where(Milestone.campaign_id == campaign.id))
    accepted = _count(
        select(func.count(Delivery.id))
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .where(Milestone.campaign_id == campaign.id, Delivery.state == DeliveryState.ACCEPTED)
    )
    in_review = _count(
        select(func.count()).where(
            Signature.campaign_id == campaign.id, Signature.state == SignatureState.REVIEW
        )
    )
    console.print(
        f"{sum(tally.live for tally in tallies):,} counted in {len(tallies):,} counties, "
        f"{in_review:,} in review. {milestones:,} of {expected:,} expected milestones reached, "
        f"{exact:,} of them with exactly {campaign.step} names; {accepted:,} letters delivered."
    )


def print_what_to_see(console: Console) -> None:
    """Print the letter that was delivered, and the ZIP whose next signer is the hundredth."""
    settings = get_settings()
    delivered = db.session.execute(
        select(Delivery.id, District.name, District.state, Milestone.threshold, Milestone.code)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(District, District.id == Milestone.district_id)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .where(Campaign.slug == simulation.SLUG, Delivery.state == DeliveryState.ACCEPTED)
        .order_by(Delivery.id)
        .limit(1)
    ).one_or_none()
    if delivered is not None:
        folder = settings.outbox_dir / str(delivered.id)
        _say(
            console,
            f"\nDelivered: the letter from {delivered.threshold} neighbors in {delivered.name}, "
            f"{delivered.state}",
            f"  letter   {folder / 'letter.pdf'}",
            f"  message  {folder / 'message.eml'}",
            f"  page     {settings.public_url}/letters/{delivered.code}",
        )
    tally = db.session.scalars(
        select(Tally)
        .join(District, District.id == Tally.district_id)
        .join(Campaign, Campaign.id == Tally.campaign_id)
        .where(Campaign.slug == simulation.SLUG, District.geoid == simulation.NINETY_NINE.geoid)
    ).first()
    if tally is not None:
        missing = tally.step - tally.live % tally.step
        who = "the next signer is the hundredth" if missing == 1 else f"{missing} more to its next"
        _say(
            console,
            f"\n{simulation.NINETY_NINE.county} has {tally.live} signers: {who}. "
            f"A ZIP code there is {simulation.NINETY_NINE.postal_code}:",
            CURL.format(
                postal_code=simulation.NINETY_NINE.postal_code,
                url=settings.public_url,
                slug=simulation.SLUG,
            ),
        )


def print_addresses(console: Console) -> None:
    """Print the pages to look at: each campaign, and the e-mails."""
    settings = get_settings()
    campaigns = db.session.execute(
        select(Campaign.slug, Campaign.title)
        .where(Campaign.state != CampaignState.DRAFT)
        .order_by(Campaign.id)
    ).all()
    lines = [f"  {settings.public_url}/campaigns/{row.slug}  {row.title}" for row in campaigns]
    _say(console, "\nPages to open:", *lines)
    if settings.smtp_url is None:
        _say(console, f"  {settings.public_url}/demo/mail  the e-mails that were not sent")


def print_staff_link(console: Console) -> bool:
    """Print a new link to the staff pages; return False where the service is no demonstration."""
    link = make_link()
    if link is None:
        return False
    _say(
        console,
        "\nThe staff pages, by a link that works once (`petition demo --link` prints another):",
        f"  {link.url}",
        f"  password, where a page asks for it again: {link.password}",
    )
    return True


def print_held(console: Console) -> None:
    """Print the held hundreds, and what to do about them."""
    held = list_hundreds(MilestoneState.HELD, simulation.SLUG)
    if not held:
        _say(console, "\nNo hundred is held.")
    for hundred in held:
        _say(
            console,
            f"\nHeld: the hundred in {hundred.district} ({', '.join(hundred.reasons)})",
            f"  show     petition milestones show {hundred.id}",
            f"  release  petition milestones release {hundred.id} --why TEXT",
            f"  reject   petition milestones invalidate {hundred.id} --why TEXT",
        )


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def _add_stage(table: Table, name: str, rows: int, seconds: float) -> None:
    table.add_row(name, f"{rows:,}", f"{seconds:,.1f}", f"{rows / seconds:,.0f}" if seconds else "")


def _measure(first: InstrumentedAttribute[Any], last: InstrumentedAttribute[Any]) -> float:
    """Return the seconds from the earliest ``first`` to the latest ``last``."""
    begin = db.session.scalar(select(func.min(first)))
    end = db.session.scalar(select(func.max(last)))
    return (end - begin).total_seconds() if begin and end else 0.0


def _count_rows(model: type[Base]) -> int:
    return _count(select(func.count()).select_from(model))


def _count(statement: Any) -> int:
    return int(db.session.scalar(statement) or 0)
