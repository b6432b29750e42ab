"""``petition signatures imports``: the files that were imported; undo one, or see its proof."""

from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup
from rich.markup import escape

from petition.bulk.import_batches import BatchLine, get_batch, list_batches, read_stored_proof
from petition.bulk.import_undo import count_undoable, undo_batch
from petition.cli.districts.district_tables import track
from petition.cli.output import count_noun, open_console, open_table, print_json, stamp

ACTOR = "cli"
UNDOING = (
    "Their names, addresses and comments are erased and they leave the count. Letters that were "
    "sent keep the names. This cannot be undone."
)
imports = AppGroup("imports", help="List the imported files of signatures, and undo one.")
_id = click.argument("batch_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))


@imports.command("list")
@click.option("--campaign", metavar="SLUG", help="Only this campaign.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, for a program.")
def list_imports(campaign: str | None, as_json: bool) -> None:
    """List the imports, newest first."""
    lines = list_batches(campaign)
    if as_json:
        print_json([asdict(line) for line in lines])
        return
    if not lines:
        click.echo("Nothing was imported yet. See `petition signatures import --help`.")
        return
    numbers = ("No.", "Rows", "Imported", "Known", "Refused")
    table = open_table(
        *(
            "No.",
            "Campaign",
            "Group",
            "Source",
            "Started (UTC)",
            "State",
            "Rows",
            "Imported",
            "Known",
        ),
        "Refused",
        numbers=numbers,
        whole=("Started (UTC)", "State"),
    )
    for line in lines:
        table.add_row(
            str(line.id),
            escape(line.campaign),
            escape(line.organization or ""),
            escape(line.source),
            stamp(line.started_at),
            _name_state(line),
            f"{line.rows_done:,}",
            f"{line.signed:,}",
            f"{line.known + line.withdrew:,}",
            f"{line.refused:,}",
        )
    open_console().print(table)


@imports.command()
@_id
@click.option(
    "--everyone", is_flag=True, help="Also those who confirmed by a link in an e-mail since."
)
@click.option("--dry-run", is_flag=True, help="Show how many would be erased, and stop.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def undo(batch_id: int, everyone: bool, dry_run: bool, yes: bool) -> None:
    """Take an import back: erase its people, and import no further row of the file.

    Those who have confirmed themselves since keep their signature. If it is stopped, the same
    command continues.
    """
    line = get_batch(batch_id)
    mine, left = count_undoable(batch_id, everyone)
    would = "would be" if dry_run else "are about to be"
    click.echo(f"{count_noun(mine, 'signature')} of import {line.id} {would} erased.")
    if left:
        click.echo(f"{count_noun(left, 'person', 'people')} confirmed since, and stay.")
    if dry_run:
        return
    click.echo(UNDOING)
    if not yes:
        click.confirm("Continue?", abort=True)
    with track("erasing") as tell:
        done = undo_batch(batch_id, actor=ACTOR, everyone=everyone, tell=tell)
    click.echo(f"{count_noun(done, 'signature')} erased.")


@imports.command()
@_id
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder to write it to.",
)
def proof(batch_id: int, output: Path) -> None:
    """Write the proof of an import to a folder; that you looked is recorded."""
    found = read_stored_proof(batch_id, actor=ACTOR)
    path = output / f"import-{batch_id}-{Path(found.name).name}"
    path.touch(mode=0o600)
    path.write_bytes(found.content)
    click.echo(str(path))


def _name_state(line: BatchLine) -> str:
    if line.undone_at is not None:
        return "undone"
    return "finished" if line.finished_at is not None else "unfinished"
