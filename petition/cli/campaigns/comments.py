"""``petition comments``: moderation of signers' comments, allowed or struck by a person.

- Exit code 0: done. 1: not found, or changed meanwhile. 2: usage error.
"""

from dataclasses import asdict

import click
from flask.cli import AppGroup
from rich.markup import escape
from rich.table import Table

from petition.cli.output import open_console, open_table, print_json_line, stamp
from petition.comments.comment_decisions import decide
from petition.comments.comment_list import CommentRow, list_comments
from petition.core.errors import InvalidInput, UserError
from petition.error_messages.description import describe_error, describe_fields
from petition.models import CommentState

ACTOR = "cli"
STATES = [state.value for state in CommentState]
comments = AppGroup("comments", help="Read signers' comments, and allow or strike them.")
_ids = click.argument(
    "ids", metavar="ID...", nargs=-1, required=True, type=click.IntRange(1, 2**63 - 1)
)
_same = click.option(
    "--same", is_flag=True, help="Include everyone else in the campaign who wrote the same words."
)


@comments.command("list")
@click.option("--campaign", metavar="SLUG", help="Show only this campaign.")
@click.option(
    "--state", type=click.Choice(STATES), default="waiting", show_default=True, help="Only these."
)
@click.option("--page", type=click.IntRange(1), default=1, show_default=True)
@click.option("--size", type=click.IntRange(1, 5000), default=1000, show_default=True)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per line, for a program."
)
def list_all(campaign: str | None, state: str, page: int, size: int, as_json: bool) -> None:
    """List what signers wrote, identical words once; those whose hundred is waiting come first."""
    found = list_comments(CommentState(state), campaign, page=page, size=size)
    if as_json:
        for row in found.rows:
            print_json_line(_describe(row))
        return
    if not found.rows:
        click.echo(f"No comments are {state}." if not found.total else f"There is no page {page}.")
        return
    console = open_console()
    console.print(_draw(found.rows))
    more = " There are more; decide on these first." if found.capped else ""
    console.print(f"{len(found.rows):,} of {found.total:,}.{more}")


@comments.command()
@_ids
@_same
@click.option("--why", default="", help="Why; it stays in the log, so give no names and no quotes.")
def allow(ids: tuple[int, ...], same: bool, why: str) -> None:
    """Allow letters to print the comments of these signatures."""
    _decide(ids, CommentState.ALLOWED, why, same)


@comments.command()
@_ids
@_same
@click.option(
    "--why", required=True, help="Why; it stays in the log, so give no names and no quotes."
)
def strike(ids: tuple[int, ...], same: bool, why: str) -> None:
    """Strike the comments of these signatures from every letter whose sending has not begun."""
    _decide(ids, CommentState.STRUCK, why, same)


def _decide(ids: tuple[int, ...], verdict: CommentState, why: str, same: bool) -> None:
    try:
        done = decide(ids, verdict, ACTOR, why, same=same)
    except InvalidInput as refused:
        raise click.UsageError(" ".join(describe_fields(refused).values())) from refused
    except UserError as refused:
        raise click.ClickException(describe_error(refused)) from refused
    number = len(done.ids)
    click.echo(f"{number:,} {'comment is' if number == 1 else 'comments are'} {verdict}.")
    if done.gone:
        named = ", ".join(map(str, done.gone[:20])) + (", ..." if len(done.gone) > 20 else "")
        click.echo(
            f"For {len(done.gone):,} of them a letter was already being sent, and stays as it is: "
            f"{named}."
        )


def _describe(row: CommentRow) -> dict[str, object]:
    told: dict[str, object] = asdict(row)
    del told["seen"]
    return told


def _draw(rows: list[CommentRow]) -> Table:
    table = open_table(
        *("No.", "Same", "Written", "Letter", "Found", "District", "Words"),
        whole=("No.", "Same", "Written", "Letter", "Found"),
    )
    for row in rows:
        table.add_row(
            str(row.id),
            f"+{len(row.same)}" if row.same else "",
            stamp(row.written_at),
            row.letter,
            row.reason or "",
            escape(row.district),
            escape(_print_line(row.comment)),
        )
    return table


def _print_line(words: str) -> str:
    """Return text on one line, without control characters that would move a terminal's cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())
