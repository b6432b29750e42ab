"""``petition deliveries replay``: enter into a restored database what was sent after its backup."""

from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext

from petition.cli.output import print_json
from petition.journals.handovers import find_log, read_handovers
from petition.journals.line_files import read_lines
from petition.restore.handover_records import RestoreReport, join_lines, join_mails
from petition.restore.restored_letters import replay_letters
from petition.restore.restored_mails import replay_mails
from petition.restore.stale_outbox import describe_old_outbox

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("replay")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print it for a program.")
@with_appcontext
def replay_sent(files: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
    """Settle the letters and mails that went since a backup, before anything goes again.

    FILE is the handovers.log of each host that runs deliver or mail workers, all of them at once;
    without one, this host's own. A letter of which nobody knows whether it arrived becomes unknown;
    a mail to a signer is taken as sent then, and named.
    """
    report = RestoreReport()
    lines = [line for path in files or (find_log(),) for line in read_handovers(read_lines(path))]
    replay_letters(join_lines(lines, report), report, dry_run)
    replay_mails(join_mails(lines), report, dry_run)
    report.unsure += describe_old_outbox()
    if as_json:
        print_json(asdict(report) | {"dry_run": dry_run})
        return
    would = "Would settle" if dry_run else "Settled"
    click.echo(
        f"{would} {report.settled} deliveries; {report.raised} of their hundreds are not in this "
        f"backup. {report.known} letters were known already."
    )
    click.echo(
        f"{report.mails} mails to signers went since then and {'would be' if dry_run else 'are'} "
        f"taken as sent. {report.mails_known} were known already; {report.mails_away} were for "
        "signatures that are not in this backup."
    )
    if report.away:
        click.echo(
            f"{report.away} times such a letter names somebody who is not in this backup: "
            "whoever signed since then is lost."
        )
    if report.damaged:
        click.echo(f"{report.damaged} lines are damaged and were left out.", err=True)
    for sentence in report.unsure:
        click.echo(f"Not known: {sentence}.", err=True)
