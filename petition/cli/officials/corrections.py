"""``petition officials correct`` and ``corrections``: corrections by hand that override rosters.

- Exit code 0: done, or nothing to do. 1: refused, in one line. 2: usage error.
"""

import getpass
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import with_appcontext

from petition.audit.trail import write_line
from petition.cli.officials.correction_tables import (
    describe_correction,
    describe_step,
    print_released,
)
from petition.cli.output import print_json
from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.delivery.held_deliveries import release_held
from petition.models import CorrectionField
from petition.officials.corrections.corrections import correct, withdraw
from petition.officials.corrections.corrector import Wish
from petition.officials.corrections.roster_comparison import compare_corrections
from petition.officials.corrections.typed_values import read_value
from petition.officials.post_lookup import Named, find_post

SOURCE = "petition officials correct"
LONGEST_REASON, LONGEST_NAME = 200, 80
NOBODY = "unknown"
Contents = Mapping[CorrectionField, str | None]


@click.command("correct")
@click.argument("post")
@click.option("--holder", metavar="NAME", help="The name of the person who holds it.")
@click.option(
    "--family-name",
    metavar="NAME",
    default="",
    help="The holder's family name, if it is not the last word.",
)
@click.option("--vacant", is_flag=True, help="No one holds it; its letters wait.")
@click.option("--email", metavar="ADDRESS", help="Its e-mail address.")
@click.option("--no-email", is_flag=True, help="The address in the rosters does not work.")
@click.option(
    "--office", metavar="LINES", help='Its postal address, without a name: "1 Main St;Lynn, MA".'
)
@click.option(
    "--for-post",
    is_flag=True,
    help="The address belongs to the post, and stays when its holder changes.",
)
@click.option(
    "--until",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which the correction applies.",
)
@click.option("--withdraw", "is_withdrawn", is_flag=True, help="Withdraw corrections.")
@click.option(
    "--only",
    type=click.Choice([field.value for field in CorrectionField]),
    help="Withdraw only this one.",
)
@click.option(
    "--because", metavar="TEXT", help="How you know; it is shown in the list of corrections."
)
@click.option(
    "--by",
    "made_by",
    metavar="NAME",
    help="Who makes the correction; by default the user logged in.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@with_appcontext
def correct_post(
    post: str,
    holder: str | None,
    family_name: str,
    vacant: bool,
    email: str | None,
    no_email: bool,
    office: str | None,
    for_post: bool,
    until: datetime | None,
    is_withdrawn: bool,
    only: str | None,
    because: str | None,
    made_by: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Correct who holds POST or its addresses; no roster undoes it.

    POST is its number, its title ("Mayor of Boston") or its division (place:boston). An address
    applies only to the person who holds the post now, unless you give --for-post.
    """
    values = _gather(holder, vacant, email, no_email, office)
    if bool(values) == is_withdrawn or (only and not is_withdrawn):
        raise click.UsageError(
            "Give the correction (--holder, --vacant, --email, --no-email or --office), or "
            "--withdraw."
        )
    contacts = {CorrectionField.EMAIL, CorrectionField.OFFICE} & set(values)
    if (for_post and not contacts) or (family_name and not holder) or (until and is_withdrawn):
        raise click.UsageError(
            "--for-post goes with an address, --family-name with --holder, and --until with a "
            "correction."
        )
    reason = read_reason(because)
    if not reason:
        raise click.UsageError("Give --because: how do you know?")
    by = find_login(made_by)
    named = find_post(post)
    if is_withdrawn:
        _withdraw(named, only, reason, by, dry_run, yes)
        return
    day = until.date() if until else None
    wish = Wish(named.id, values, reason, SOURCE, write_line(family_name), for_post, day)
    steps = correct([wish], made_by=by, dry_run=True)
    click.echo(f"{named.title}, number {named.id} ({named.place}):")
    for step in steps:
        click.echo(f"  {describe_step(step)}")
    if dry_run:
        click.echo("Nothing was stored.")
        return
    if not yes:
        click.confirm("Correct it?", abort=True)
    correct([wish], made_by=by, expected=steps)
    click.echo("Corrected. See what the rosters say with `petition officials corrections`.")
    print_released(release_held())


@click.command("corrections")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
@with_appcontext
def list_corrections(as_json: bool) -> None:
    """List the corrections, who made them and why, and what the rosters say now."""
    found = compare_corrections(db.session(), utcnow().date())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        click.echo("No corrections. Make one with `petition officials correct POST`.")
    for one in found:
        for line in describe_correction(one):
            click.echo(line)


def _gather(
    holder: str | None, vacant: bool, email: str | None, no_email: bool, office: str | None
) -> Contents:
    if (holder and vacant) or (email and no_email):
        raise click.UsageError(
            "Give --holder or --vacant, not both; and --email or --no-email, not both."
        )
    values: dict[CorrectionField, str | None] = {}
    for field, text, is_none in (
        (CorrectionField.HOLDER, holder, vacant),
        (CorrectionField.EMAIL, email, no_email),
        (CorrectionField.OFFICE, office, False),
    ):
        if text is not None or is_none:
            values[field] = None if is_none else read_value(field, text or "")
    return values


def _withdraw(
    named: Named, only: str | None, because: str, by: str, dry_run: bool, yes: bool
) -> None:
    found = compare_corrections(db.session(), utcnow().date(), {named.id})
    found = [one for one in found if only in (None, one.field)]
    if not found:
        raise click.ClickException(f"There are no corrections for {named.title}.")
    for one in found:
        for line in describe_correction(one):
            click.echo(line)
    if dry_run:
        click.echo("Nothing was withdrawn.")
        return
    if not yes:
        click.confirm("Withdraw this, so that the roster applies again?", abort=True)
    withdraw([one.id for one in found], because=because, withdrawn_by=by)
    click.echo(f"Withdrawn: {len(found):,}. Letters already sent do not change.")
    print_released(release_held())


def read_reason(because: str | None) -> str:
    """Return a reason as it is stored: one line of at most LONGEST_REASON; empty for none."""
    return write_line(because or "")[:LONGEST_REASON]


def find_login(named: str | None = None) -> str:
    """Return who corrects: the name given to the command, else the login name on this host."""
    try:
        return write_line(named or getpass.getuser())[:LONGEST_NAME] or NOBODY
    except (OSError, KeyError):  # a container's user without a name
        return NOBODY
