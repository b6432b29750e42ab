"""``petition milestones``: the hundreds, the evidence about each, and a person's decisions."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup
from rich.markup import escape

from petition.cli.output import count_noun, open_console, open_table, stamp
from petition.core.errors import InvalidInput
from petition.core.extensions import db
from petition.counting.evidence import HeldBecause
from petition.counting.limits.campaign_limits import (
    NAMES,
    apply_own,
    read_limits,
    read_typed,
    set_limits,
    write_limit,
)
from petition.counting.limits.limit_trial import try_limits
from petition.counting.milestone_list import Hundred, get_hundred, list_hundreds, read_diary
from petition.counting.verdicts import DecidedMilestone, count_group, invalidate, put_back, release
from petition.error_messages.description import describe_fields
from petition.models import MilestoneState
from petition.models.campaigns.campaign import find_campaign_id

ACTOR = "cli"
# The reasons that concern signers; the others concern none.
LOOKS = [
    reason.value
    for reason in HeldBecause
    if reason not in (HeldBecause.LETTERS, HeldBecause.EARLIER)
]
milestones = AppGroup(
    "milestones",
    help="Show hundreds, what was found about each, and release or invalidate those that are held.",
)
_id = click.argument("milestone_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
_why = click.option(
    "--why", required=True, help="How you know; it stays in the log, so give no names."
)
_dry_run = click.option("--dry-run", is_flag=True, help="Show what would happen, and do nothing.")


@milestones.command("list")
@click.option("--state", type=click.Choice([state.value for state in MilestoneState]))
@click.option("--campaign", metavar="SLUG", help="Show only this campaign.")
@click.option("--after", type=int, default=0, metavar="ID", help="Start after this one.")
@click.option("--size", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per line, for a program."
)
def list_all(state: str | None, campaign: str | None, after: int, size: int, as_json: bool) -> None:
    """List the hundreds in the order in which they were reached."""
    found = list_hundreds(MilestoneState(state) if state else None, campaign, after, size)
    if as_json:
        for hundred in found:
            click.echo(json.dumps(_spell(hundred)))
        return
    console = open_console()
    if not found:
        console.print("No hundred is held." if state == "held" else "There is no such hundred.")
        return
    table = open_table(
        *("No.", "State", "Campaign", "District", "Signed", "Why"),
        numbers=("No.", "Signed"),
        whole=("State",),
    )
    for hundred in found:
        loud = hundred.state is MilestoneState.HELD
        table.add_row(
            str(hundred.id),
            f"[bold yellow]{hundred.state}[/]" if loud else hundred.state.value,
            escape(hundred.campaign),
            escape(hundred.district),
            f"{hundred.threshold:,}",
            ", ".join(hundred.reasons),
        )
    console.print(table)
    if len(found) == size:
        console.print(f"Next page: --after {found[-1].id}")


@milestones.command("show")
@_id
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def show_one(milestone_id: int, as_json: bool) -> None:
    """Show what was found about a hundred, in numbers without names, and its log."""
    hundred = get_hundred(milestone_id)
    if as_json:
        click.echo(json.dumps(_spell(hundred)))
        return
    console = open_console()
    console.print(
        f"Hundred {hundred.id}: {escape(hundred.district)}, {hundred.threshold:,} signed, "
        f"{escape(hundred.campaign)}. It is {hundred.state}."
    )
    _draw_evidence(hundred)
    for event in read_diary(milestone_id):
        detail = ", ".join(f"{name} {value}" for name, value in event.detail.items())
        console.print(escape(f"{stamp(event.at)}  {event.actor}  {event.action}  {detail}"))
    if hundred.rejected:
        console.print(
            f"{count_noun(hundred.rejected, 'signature was', 'signatures were')} rejected with "
            f"it. Put them back within 30 days with `petition milestones restore {hundred.id} "
            "--why TEXT`."
        )


@milestones.command("release")
@_id
@_why
@_dry_run
def release_one(milestone_id: int, why: str, dry_run: bool) -> None:
    """Release a held hundred, with exactly the people who were checked."""
    if dry_run:
        hundred = get_hundred(milestone_id)
        click.echo(
            f"Hundred {milestone_id} is {hundred.state}. If you release it, a letter with "
            f"{count_noun(hundred.evidence.get('members', 0), 'name')} would go to "
            f"{count_noun(hundred.deliveries, 'office')}."
        )
        return
    decided = _settle(lambda: release(milestone_id, why, ACTOR))
    if milestone_id in decided.milestones:
        click.echo(f"Hundred {milestone_id} is released, and its letter is due now.")
    else:
        click.echo(f"Hundred {milestone_id} is released, and waits for an earlier one.")


@milestones.command("invalidate")
@_id
@_why
@click.option(
    "--only",
    type=click.Choice(LOOKS),
    help="Only the signatures that this check found; without it, all.",
)
@_dry_run
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def invalidate_one(milestone_id: int, why: str, only: str | None, dry_run: bool, yes: bool) -> None:
    """Reject the signatures of a hundred as forged; they leave every count and unsent letter."""
    look = HeldBecause(only) if only else None
    number = count_group(milestone_id, look)
    if dry_run:
        click.echo(f"{count_noun(number, 'signature')} would be rejected as forged.")
        return
    if not yes:
        click.confirm(
            f"{count_noun(number, 'signature')} will be rejected as forged. You can put them back "
            "for 30 days. Reject them?",
            abort=True,
        )
    decided = _settle(lambda: invalidate(milestone_id, why, ACTOR, look))
    click.echo(
        f"{count_noun(decided.signatures, 'signature is', 'signatures are')} rejected. Put them "
        f"back within 30 days with `petition milestones restore {milestone_id} --why TEXT`."
    )


@milestones.command("restore")
@_id
@_why
def restore_one(milestone_id: int, why: str) -> None:
    """Put back the signatures rejected with a hundred; they are located and counted again."""
    decided = _settle(lambda: put_back(milestone_id, why, ACTOR))
    confirmed = count_noun(decided.signatures, "signature is", "signatures are")
    click.echo(f"{confirmed} confirmed again and will be counted.")


@milestones.command("limits")
@click.option("--campaign", required=True, metavar="SLUG", help="The campaign.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="A limit, off, or nothing for the service's; may be repeated. Others do not change.",
)
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option("--why", default="", help="Why they are set; it stays in the log, so give no names.")
@click.option("--dry-run", is_flag=True, help="Show what they would have held, and set nothing.")
def tune_limits(
    campaign: str, changes: tuple[str, ...], days: int, why: str, dry_run: bool
) -> None:
    """Show a campaign's limits of the check and what they would have held; set other ones."""
    campaign_id = find_campaign_id(db.session(), campaign)
    limits = read_limits(db.session(), campaign_id)
    try:
        own = _change(limits.own, changes)
        in_force = apply_own(limits.service, own)
        if changes and not dry_run:
            set_limits(campaign_id, own, limits.version, why, ACTOR)
    except InvalidInput as refused:
        raise click.UsageError(" ".join(describe_fields(refused).values())) from refused
    table = open_table("Limit", "Value", "From", numbers=("Value",))
    for name in NAMES:
        whose = campaign if name in own else "the service"
        table.add_row(name, write_limit(getattr(in_force, name)), escape(whose))
    open_console().print(table)
    trial = try_limits(campaign_id, in_force, days)
    click.echo(
        f"Of {count_noun(len(trial.tried), 'hundred')} checked in the last {days} days, "
        f"{trial.were_held} were held; with these limits it would be {len(trial.held)}."
    )
    for title, found in (("newly held", trial.newly_held), ("newly passed", trial.newly_passed)):
        if found:
            click.echo(f"{title}: {', '.join(str(one.milestone_id) for one in found)}")


def _change(own: dict[str, float | None], changes: tuple[str, ...]) -> dict[str, float | None]:
    """Return the limits with those that were typed; raises InvalidInput or UsageError."""
    after = dict(own)
    for typed in changes:
        name, equals, value = typed.partition("=")
        if not equals or name not in NAMES:
            raise click.UsageError(f"{typed}: write --set NAME=VALUE; names: {', '.join(NAMES)}")
        after.pop(name, None)
        after |= read_typed({name: value})
    return after


def _settle(act: Callable[[], DecidedMilestone]) -> DecidedMilestone:
    try:
        return act()
    except InvalidInput as refused:
        raise click.UsageError(" ".join(describe_fields(refused).values())) from refused


def _draw_evidence(hundred: Hundred) -> None:
    console = open_console()
    if not hundred.evidence:
        console.print("It has not been checked yet.")
        return
    titles = ("Of", "Known", "Unknown", "Share", "Held from")
    table = open_table("Check", *titles, numbers=titles)
    for reason in HeldBecause:
        found = hundred.evidence.get(reason.value)
        if isinstance(found, dict):
            share, limit = found["share"], found["limit"]
            name = f"[bold yellow]{reason}[/]" if reason in hundred.reasons else reason.value
            table.add_row(
                name,
                str(found["count"]),
                str(found["known"]),
                str(found["unknown"]),
                "unknown" if share is None else f"{share:g}%",
                "off" if limit is None else f"{limit:g}%",
            )
    console.print(table)
    evidence = hundred.evidence
    console.print(
        f"{count_noun(evidence['members'], 'person', 'people')} with "
        f"{count_noun(evidence['mailboxes'], 'mailbox', 'mailboxes')}; letters of this district "
        f"in a day: {evidence['letters_today']}."
    )
    if hundred.reasons:
        console.print(f"Held because of: {', '.join(hundred.reasons)}.")


def _spell(hundred: Hundred) -> dict[str, Any]:
    def write(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    return {
        "id": hundred.id,
        "campaign": hundred.campaign,
        "district": hundred.district,
        "division": hundred.division,
        "number": hundred.number,
        "threshold": hundred.threshold,
        "state": hundred.state.value,
        "reasons": hundred.reasons,
        "reached_at": write(hundred.reached_at),
        "judged_at": write(hundred.judged_at),
        "sealed_at": write(hundred.sealed_at),
        "evidence": hundred.evidence,
    }
