"""``petition signatures retry``: look up the addresses of signatures in review again."""

from dataclasses import asdict

import click
from flask.cli import with_appcontext

from petition.cli.districts.district_tables import track
from petition.cli.output import count_noun, print_json
from petition.locating.outcomes import ReviewReason
from petition.locating.retry import AnswersKept, Retried, look_again, look_all_again
from petition.locating.review_queue import get_waiting

ACTOR = "cli"
REASONS = [reason.value for reason in ReviewReason]


@click.command("retry")
@click.argument("signature_id", metavar="[ID]", type=click.IntRange(1, 2**62), required=False)
@click.option(
    "--reason", type=click.Choice(REASONS), help="With --all: only those that wait for this reason."
)
@click.option("--all", "everything", is_flag=True, help="All that wait for --reason.")
@click.option("--campaign", metavar="SLUG", help="With --all: only this campaign.")
@click.option("--dry-run", is_flag=True, help="Show how many are affected, and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for a program.")
@with_appcontext
def retry(
    signature_id: int | None,
    reason: str | None,
    everything: bool,
    campaign: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Look up the address of one signature in review again, or with --all those of a reason.

    Geocoders are asked again, whatever they answered before. Safe while workers run. If you stop
    it, the rest stay in review, and the same command continues with them.
    """
    if signature_id is not None:
        if reason or everything or campaign:
            raise click.UsageError("give one ID, or --reason REASON --all, not both")
        done = _retry_one(signature_id, dry_run)
    else:
        if reason is None or not everything:
            known = ", ".join(REASONS)
            raise click.UsageError(f"give one ID, or --reason REASON --all; reasons: {known}")
        done = _retry_all(ReviewReason(reason), campaign, dry_run)
    if as_json:
        print_json({"reason": reason, "campaign": campaign, "dry_run": dry_run} | asdict(done))
    elif signature_id is not None:
        would = "would be" if dry_run else "will be"
        click.echo(f"Signature {signature_id} {would} looked up again.")
    elif dry_run:
        click.echo(f"{count_noun(done.waited, 'signature')} would be looked up again.")
    else:
        click.echo(
            f"{done.again:,} of {count_noun(done.waited, 'signature')} will be looked up again. "
            "Those for which nothing new is found return to review."
        )


def _retry_one(signature_id: int, dry_run: bool) -> Retried:
    if dry_run:
        get_waiting(signature_id)
        return Retried(1, 0)
    if not look_again(signature_id, ACTOR):
        click.echo(str(AnswersKept(1)), err=True)
    return Retried(1, 1)


def _retry_all(reason: ReviewReason, campaign: str | None, dry_run: bool) -> Retried:
    with track("looking up") as progress:
        return look_all_again(
            reason,
            ACTOR,
            campaign=campaign,
            dry_run=dry_run,
            tell=progress,
        )
