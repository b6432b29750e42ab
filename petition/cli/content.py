"""``petition content``: move letters between a folder and an object store, and find what is left.

- Exit code 0: done. 1: some failed, each named on a line of its own. 2: typed wrong.
"""

import os
import sys
from dataclasses import asdict
from datetime import timedelta

import click
from flask.cli import AppGroup
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from petition.cli.output import open_console, print_json, stamp
from petition.core.clock import utcnow
from petition.core.content.content_kind import KINDS
from petition.core.content.location import read_location
from petition.core.content.stores import open_store
from petition.core.content.transfer import CopyReport, copy_content
from petition.core.errors import OperatorError
from petition.core.extensions import get_settings
from petition.letters.orphans import find_orphans, remove_orphans
from petition.letters.store import open_letters

MEBIBYTE = 1024 * 1024
content = AppGroup("content", help="Manage where letters are stored: a folder or an object store.")


@content.command()
@click.option(
    "--to",
    "target",
    required=True,
    metavar="URL",
    help="The place to copy to: s3://... or a folder.",
)
@click.option(
    "--from",
    "source",
    metavar="URL",
    help="The place to copy from, like --to; by default where the service stores them now.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be copied, and copy nothing.")
@click.option("--trust-target", is_flag=True, help="Do not check again what is already there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def copy(target: str, source: str | None, dry_run: bool, trust_target: bool, as_json: bool) -> None:
    """Copy all content to another place and check each hash there; nothing is removed.

    Safe while the service runs, and safe to repeat: what is already there is only checked. Give the
    keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in the URL.
    """
    start = read_location(source, os.environ, "--from") if source else get_settings().storage
    end = read_location(target, os.environ, "--to")
    if start == end:
        raise OperatorError("--to: the content is already there; name another place")
    reports = {}
    with _open_progress(quiet=as_json) as progress:
        for kind in KINDS:
            task = progress.add_task(kind.name, total=None)
            reports[kind.name] = copy_content(
                open_store(start, kind),
                open_store(end, kind),
                dry_run=dry_run,
                check_there=not trust_target,
                progress=lambda done, total, task=task: progress.update(  # type: ignore[misc]
                    task, completed=done, total=total
                ),
            )
    if as_json:
        print_json({name: asdict(report) for name, report in reports.items()})
    for name, report in reports.items():
        if not as_json:
            _tell(name, report, dry_run)
    sys.exit(1 if any(report.failed for report in reports.values()) else 0)


@content.command()
@click.option("--remove", is_flag=True, help="Remove them; without this they are only listed.")
@click.option(
    "--older-than",
    type=click.IntRange(1),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="Only those stored at least this long ago.",
)
def orphans(remove: bool, older_than: int) -> None:
    """List stored letters that the database does not know.

    After a restore, run `petition deliveries replay` first: until then the database does not know
    which letters were sent since its backup.
    """
    store = open_letters()
    found = list(find_orphans(store, utcnow() - timedelta(days=older_than)))
    for one in found:
        click.echo(f"{one.sha256}  {one.size:>10,} bytes  {stamp(one.modified)}")
    if remove:
        click.echo(f"Removed {remove_orphans(store, found):,} of {len(found):,}.")
    else:
        click.echo(f"{len(found):,} in all." + (" Remove them with --remove." if found else ""))


def _open_progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=open_console(),
        transient=True,
        disable=quiet or not sys.stdout.isatty(),
    )


def _tell(name: str, report: CopyReport, dry_run: bool) -> None:
    would = "would be copied" if dry_run else "copied"
    click.echo(
        f"{name}: {report.copied:,} of {report.total:,} {would} ({report.size / MEBIBYTE:,.1f} "
        f"MiB), {report.there:,} already there, {report.mended:,} damaged there and replaced, "
        f"{len(report.failed):,} failed."
    )
    for sha256, why in report.failed:
        click.echo(f"  {sha256}  {why}", err=True)
    if report.left_off:
        click.echo(
            "Stopped, because a store did not answer. Run the same command again to continue.",
            err=True,
        )
