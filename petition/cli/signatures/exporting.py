"""``petition signatures export``: the live signatures of a campaign as a file."""

import os
import sys
from pathlib import Path
from typing import TextIO

import click
from flask.cli import with_appcontext

from petition.bulk.signature_export import export_csv, export_json_lines
from petition.cli.districts.district_tables import track
from petition.cli.output import count_noun
from petition.keys.check import check_keys

ACTOR = "cli"
WRITERS = {"csv": export_csv, "jsonl": export_json_lines}


@click.command("export")
@click.option("--campaign", required=True, metavar="SLUG", help="The campaign they signed.")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    help="The file to write, or - for standard output.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(sorted(WRITERS)),
    default="csv",
    show_default=True,
    help="A spreadsheet, or one JSON object a line.",
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@with_appcontext
def export_signatures(campaign: str, output: Path, kind: str, force: bool) -> None:
    """Write the live signatures of a campaign to a file; that you did is recorded.

    The file names people. Only you can read it; delete it when you no longer need it.
    """
    check_keys()
    if str(output) == "-":
        _write(campaign, kind, sys.stdout)
        return
    if output.exists() and not force:
        raise click.UsageError(f"{output} exists; choose another name, or write over it: --force")
    # A part beside it: a name that exists is never half a file.
    part = output.with_name(f"{output.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            if kind == "csv":
                out.write("\ufeff")  # spreadsheets know UTF-8 by it
            _write(campaign, kind, out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _write(campaign: str, kind: str, out: TextIO) -> None:
    with track("exporting") as tell:
        done = WRITERS[kind](campaign, out, actor=ACTOR, tell=tell)
    click.echo(f"{count_noun(done.written, 'signature')} written.", err=True)
    if done.unreadable:
        click.echo(
            f"{count_noun(done.unreadable, 'signature')} left out: the keys that are set do not "
            "open them. See `petition keys check`.",
            err=True,
        )
