"""``petition campaigns checklist`` and ``open``: what is not ready yet, then the opening."""

import json
import sys
from collections.abc import Iterable

import click
from flask.cli import with_appcontext

from petition.cli.campaigns.reach import warn_of_unreached
from petition.cli.output import count_noun
from petition.error_messages.checklist_messages import describe_line
from petition.openings.check_lines import CheckLevel, CheckLine
from petition.openings.checklist import check_campaign
from petition.openings.opening import NotReady, open_campaign
from petition.validation.printable import make_printable

ACTOR = "cli"
COLORS = {CheckLevel.OK: "green", CheckLevel.WARNING: "yellow", CheckLevel.PROBLEM: "red"}


@click.command("checklist")
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON, for a program.")
@with_appcontext
def show_checklist(slug: str, as_json: bool) -> None:
    """Check whether SLUG is ready to be opened; exit 1 if anything is a problem.

    Warnings are about letters that wait or that fewer people read. A name server is asked about the
    sender's domain, for four seconds at most.
    """
    checklist = check_campaign(slug)
    if as_json:
        click.echo(json.dumps([_as_dict(line) for line in checklist.lines], indent=2))
    else:
        _print(checklist.lines)
    sys.exit(1 if checklist.list_of(CheckLevel.PROBLEM) else 0)


@click.command("open")
@click.argument("slug")
@click.option("--despite", metavar="REASON", help="Open it despite problems of its checklist.")
@with_appcontext
def open_one(slug: str, despite: str | None) -> None:
    """Open the campaign SLUG, so that people can sign it.

    If its checklist has a problem, it is opened only with a reason, which stays in the log.
    """
    try:
        opened = open_campaign(slug, actor=ACTOR, despite=despite is not None, why=despite or "")
    except NotReady as refused:
        _print(refused.checklist.list_of(CheckLevel.PROBLEM))
        click.echo(
            f"{slug} is not opened. Correct this, or give --despite with the reason to open it "
            "all the same.",
            err=True,
        )
        sys.exit(1)
    warn_of_unreached(slug)
    warnings = opened.checklist.list_of(CheckLevel.WARNING)
    if warnings:
        click.echo(
            f"Its checklist has {count_noun(len(warnings), 'warning')}: "
            f"`petition campaigns checklist {slug}`."
        )
    click.echo(f"{slug} is open." if opened.changed else f"{slug} was open already.")


def _print(lines: Iterable[CheckLine]) -> None:
    for line in lines:
        words = describe_line(line)
        mark = click.style(f"{line.level:<8}", fg=COLORS[line.level])
        text = f"{words.found} {words.remedy}" if line.level is not CheckLevel.OK else words.found
        click.echo(f"{mark} {words.name}: {make_printable(text)}")


def _as_dict(line: CheckLine) -> dict[str, str]:
    words = describe_line(line)
    remedy = words.remedy if line.level is not CheckLevel.OK else ""
    return {"code": line.code, "level": line.level, "name": words.name} | {
        "found": words.found,
        "remedy": remedy,
    }
