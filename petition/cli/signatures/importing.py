"""``petition signatures import``: a CSV file of signatures, as one batch that can be undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from petition.bulk.column_mapping import ColumnMapping, map_columns
from petition.bulk.csv_records import CsvFile, open_csv
from petition.bulk.import_batches import ImportOrder, begin_batch, read_proof
from petition.bulk.import_run import Counts, Tell, check_file, import_file
from petition.bulk.refused_rows import RefusedFile
from petition.cli.output import count_noun, open_console, open_table, print_json
from petition.core.errors import ImportRefused
from petition.error_messages.description import describe_row
from petition.keys.check import check_keys

ACTOR = "cli"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ASKED = (
    "Each person gets an e-mail and counts once they confirm. To count people who signed on "
    "paper, vouch for them with --proof."
)
VOUCHED = "You vouch for everyone in this file: they count without an e-mail."


@click.command("import")
@click.argument("path", metavar="FILE", type=FILE)
@click.option("--campaign", required=True, metavar="SLUG", help="The campaign they signed.")
@click.option(
    "--source", required=True, help="Where the list comes from, in a few words; name no person."
)
@click.option(
    "--map",
    "chosen",
    multiple=True,
    metavar="FIELD=HEADING",
    help="Read a field from this column; may be repeated.",
)
@click.option(
    "--ignore", "ignored", multiple=True, metavar="HEADING", help="Do not read this column."
)
@click.option("--encoding", metavar="NAME", help="The file's encoding, if it is not found right.")
@click.option(
    "--proof",
    "proof_path",
    type=FILE,
    help="Vouch for everyone in the file, with this file as proof (such as the scanned sheets).",
)
@click.option(
    "--group", "organization", metavar="SLUG", default="", help="The group that brings it."
)
@click.option(
    "--refused",
    "refused_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the rows that are not imported; default: FILE.refused.csv.",
)
@click.option("--dry-run", is_flag=True, help="Read the whole file, and import nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for a program.")
@with_appcontext
def import_signatures(
    path: Path,
    campaign: str,
    source: str,
    chosen: tuple[str, ...],
    ignored: tuple[str, ...],
    encoding: str | None,
    proof_path: Path | None,
    organization: str,
    refused_path: Path | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Import signatures from a CSV file; the first line names its columns.

    You see first which column is read as what. If it is stopped, the same command continues where
    it stopped. `petition signatures imports undo` takes all of it back.
    """
    check_keys()
    file = open_csv(path, encoding)
    mapping = map_columns(file.headings, _read_pairs(chosen), ignored)
    proof = read_proof(proof_path) if proof_path else None
    if not as_json:
        _show_mapping(file, mapping, vouched=proof is not None)
    if dry_run:
        with _track(file, quiet=as_json) as tell:
            counts = check_file(file, mapping, campaign, tell)
        _print(counts, None, None, organization, as_json)
        return
    if not (yes or as_json):
        click.confirm("Import?", abort=True)
    order = ImportOrder(campaign, file.sha256, mapping.describe(), source, organization, proof)
    batch_id = begin_batch(order, actor=ACTOR)
    report_path = refused_path or path.with_name(f"{path.name}.refused.csv")
    report = RefusedFile(report_path, file, describe_row, tells_known=not organization)
    with report, _track(file, quiet=as_json) as tell:
        counts = import_file(file, mapping, batch_id, report, tell)
    _print(counts, batch_id, report_path if report.length else None, organization, as_json)


def _read_pairs(chosen: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for typed in chosen:
        field, equals, heading = typed.partition("=")
        if not equals:
            raise ImportRefused(f'{typed}: write --map FIELD="HEADING"')
        pairs[field.strip()] = heading.strip()
    return pairs


def _show_mapping(file: CsvFile, mapping: ColumnMapping, *, vouched: bool) -> None:
    console = open_console()
    console.print(f"{escape(file.path.name)}: {file.size:,} bytes, {file.encoding}")
    table = open_table("Field", "Column")
    for field, heading in mapping.describe().items():
        table.add_row(field, escape(heading))
    console.print(table)
    unused = [heading for heading in mapping.unused if heading]
    if unused:
        console.print(f"Not read: {escape(', '.join(unused))}")
    console.print(VOUCHED if vouched else ASKED)


@contextmanager
def _track(file: CsvFile, *, quiet: bool) -> Iterator[Tell]:
    """Yield a function that shows how many rows were read, and what time is left.

    - By lines, which a count of the file's line breaks gives: a comment of several lines makes the
      time left a little long.
    """
    console = Console(stderr=True)
    lines = file.count_lines()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    ) as bar:
        task = bar.add_task("rows", total=max(lines - 1, 1))

        def tell(counts: Counts) -> None:
            bar.update(task, completed=counts.rows, description=f"{counts.rows:,} rows")

        yield tell


def _print(
    counts: Counts, batch_id: int | None, report: Path | None, group: str, as_json: bool
) -> None:
    if as_json:
        told = {"import": batch_id} | counts.describe()
        print_json(told | {"refused_file": str(report) if report else None})
        return
    would = "" if batch_id is not None else "would be "
    console = open_console()
    console.print(f"{count_noun(counts.rows, 'row')} read:")
    console.print(f"{counts.signed:>10,} {would}imported")
    console.print(f"{counts.known:>10,} have signed already, or are twice in the file")
    console.print(f"{counts.withdrew:>10,} withdrew from this campaign before, and stay out")
    console.print(f"{counts.refused:>10,} refused")
    for field, number in counts.by_field.most_common():
        console.print(f"{'':>10} {number:,} for {field or 'the whole row'}")
    if group and batch_id is not None:
        rounded = (counts.signed + counts.known + counts.withdrew) // 10 * 10
        console.print(
            f"Tell the group no more than: {rounded:,} rows accepted, rounded down to tens."
        )
    if report is not None:
        console.print(f"Rows that were not imported, with the reason: {escape(str(report))}")
    if batch_id is not None:
        console.print(f"To take it back: petition signatures imports undo {batch_id}")
