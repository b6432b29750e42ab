"""``petition deliveries replay``: enter into a restored database what was sent after its backup."""

from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext

from petition.cli.output import count_noun, print_json
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
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
@with_appcontext
def replay_sent(files: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
    """Settle the letters and e-mails that were sent since a backup, before anything is sent again.

    Give the handovers.log of every host that runs deliver or mail workers, all at once; without
    FILE, this host's own is read. A letter that may or may not have arrived becomes unknown; an
    e-mail to a signer counts as sent, and is listed.
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
        f"{would} {count_noun(report.settled, 'delivery', 'deliveries')}. Hundreds not in this "
        f"backup: {report.raised:,}. Letters already known: {report.known:,}."
    )
    click.echo(
        f"E-mails to signers sent since then, {'to be' if dry_run else 'now'} marked as sent: "
        f"{report.mails:,}. Already known: {report.mails_known:,}. For signatures that are not "
        f"in this backup: {report.mails_away:,}."
    )
    if report.away:
        click.echo(
            f"{count_noun(report.away, 'name', 'names')} in these letters "
            f"{'is' if report.away == 1 else 'are'} not in this backup: signatures made since "
            "the backup are lost."
        )
    if report.damaged:
        damaged = count_noun(report.damaged, "line is", "lines are")
        click.echo(f"{damaged} damaged and left out.", err=True)
    for sentence in report.unsure:
        click.echo(f"Not certain: {sentence}.", err=True)
