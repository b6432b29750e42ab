"""Texts for the posts that letters cannot reach by the configured channel."""

from collections import Counter

import click

from petition.cli.output import count_noun
from petition.core.extensions import get_settings
from petition.delivery.channels import get_channel
from petition.officials.checks.check_report import RosterCheck
from petition.officials.checks.post_checks import check_officials
from petition.officials.post_status import REMEDIES


def check_by_channel(campaign: str | None = None) -> RosterCheck:
    """Return the check of all posts, or those of ``campaign``, for the channel PETITION_CHANNEL."""
    settings = get_settings()
    needs_email = get_channel(settings.channel, settings).needs_email
    return check_officials(needs_email=needs_email, campaign=campaign)


def list_remedies(found: RosterCheck) -> list[str]:
    """Return what to do, a line for each reason, with the number of posts concerned."""
    numbers = Counter(one.reason for one in found.unreached)
    lines = [
        f"{numbers[reason]:,} {reason}: {remedy}."
        for reason, remedy in REMEDIES.items()
        if numbers[reason]
    ]
    without = sum(count.without_post for count in found.counts.values())
    if found.campaign and without:
        lines.append(f"{without:,} without a post: add them with `petition officials import FILE`.")
    if found.empty:
        named = ", ".join(found.empty)
        lines.append(
            f"No district is in force in {named}: run `petition districts import`, then `activate`."
        )
    return lines


def describe_reach(found: RosterCheck) -> str:
    """Return one line: how many posts a campaign's letters reach."""
    empty = f"no district is in force in {', '.join(found.empty)}" if found.empty else ""
    if not found.counts:
        return f"{found.campaign} has no one to write to yet: {empty}."
    posts = sum(count.posts for count in found.counts.values())
    channel = get_settings().channel
    numbers = Counter(one.reason.value for one in found.unreached)
    without = sum(count.without_post for count in found.counts.values())
    reached = posts - numbers.total()
    line = f"{found.campaign} writes to {count_noun(posts, 'post')}; {channel} reaches {reached:,}"
    named = [f"{number:,} {reason}" for reason, number in sorted(numbers.items())]
    line += f"; not reached: {', '.join(named)}" if named else ""
    if without:
        line += f"; {count_noun(without, 'district has', 'districts have')} no post"
    return f"{line}; {empty}." if empty else f"{line}."


def warn_of_unreached(slug: str) -> None:
    """Print how many posts a campaign reaches, highlighted where it does not reach all."""
    found = check_by_channel(slug)
    is_all = not found.unreached and not found.needs_action
    click.secho(describe_reach(found), fg=None if is_all else "yellow", bold=not is_all)
    if not is_all and found.counts:
        click.echo(
            f"Their letters wait. List them with `petition officials check --campaign {slug}`."
        )
