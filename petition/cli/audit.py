"""``petition audit``: verify the chain over the audit trail, and export it for others to verify.

- Exit code 0: the chain is whole; 1: it has a break, or could not be read.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from petition.audit.chain.chain_check import ChainBreak, find_link_of
from petition.audit.chain.chain_export import export_chain
from petition.audit.chain.event_chain import count_unchained, read_head
from petition.audit.chain.link_keys import list_keys
from petition.cli.output import count_noun, print_json_line
from petition.core.extensions import db
from petition.health.audit_chain.chain_watch import accept_head, verify_from
from petition.health.audit_chain.chain_words import describe_break

ACTOR = "cli"

audit = AppGroup("audit", help="Verify the chain over the audit trail, and export it.")


@audit.command("head")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for a program.")
def head(as_json: bool) -> None:
    """Show the last link of the chain, to write it down where no one can rewrite it.

    `petition audit verify --expect NUMBER:HEAD` compares it later.
    """
    last, waiting = read_head(), count_unchained()
    keys = {str(key.id): key.public.hex() for key in list_keys(db.session())}
    if as_json:
        link = (
            {
                "link": last.number,
                "last_event": last.last_event,
                "head": last.head,
                "made_at": last.made_at.isoformat(),
                "key": last.key,
                "signature": last.signature,
            }
            if last
            else {"link": 0}
        )
        print_json_line({**link, "unchained": waiting.events, "keys": keys})
        return
    if last is None:
        click.echo("No events are chained yet: the reconciler does it each minute.")
        return
    click.echo(f"{last.number}:{last.head}")
    click.echo(f"Made {last.made_at:%Y-%m-%d %H:%M:%S} UTC, up to event {last.last_event}.")
    click.echo(f"Signed by key {last.key}, {keys[str(last.key)]}: {last.signature}")
    click.echo(f"Not chained yet: {count_noun(waiting.events, 'event')}.")


@audit.command("verify")
@click.option("--from", "start", type=click.IntRange(1), help="Begin at the link of this event.")
@click.option(
    "--expect",
    metavar="NUMBER:HEAD",
    help="Also compare a head that was written down before, as `petition audit head` prints it.",
)
@click.option(
    "--accept-head",
    "accept",
    metavar="NUMBER:HEAD",
    help="Take the chain as it is, in place of what was verified before: its link NUMBER has HEAD.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for a program.")
def verify(start: int | None, expect: str | None, accept: str | None, as_json: bool) -> None:
    """Walk the chain, in the database and in the archives, and name its first break.

    The last link that was verified before is compared as well. Where it was replaced or cut off,
    that stays a break until --accept-head, which is written to the trail. Nothing else is changed,
    and it may run while the service does.
    """
    if accept is not None and (start or expect):
        raise click.UsageError("--accept-head goes with neither --from nor --expect.")
    first = find_link_of(start) if start else 1
    if accept is not None:
        done = accept_head(_read_expected(accept, "--accept-head"), actor=ACTOR)
    else:
        done = verify_from(first, _read_expected(expect) if expect is not None else None)
    breach = done.breach
    if as_json:
        print_json_line(
            {
                "links": done.link - first + 1,
                "events": done.events,
                "link": done.link,
                "head": done.head,
                "unchained": count_unchained().events,
                "break": _list_break(breach) if breach else None,
            }
        )
    elif breach is not None:
        click.echo(describe_break(breach), err=True)
    else:
        links = count_noun(done.link - first + 1, "link")
        click.echo(f"Whole: {links}, {count_noun(done.events, 'event')}.")
        if done.head is not None:
            click.echo(f"{done.link}:{done.head}")
    sys.exit(1 if breach is not None else 0)


@audit.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Begin with the first link that was made on this day (UTC) or later.",
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
def export(file: Path, since: datetime | None, force: bool) -> None:
    """Write the chained events and their links to FILE, one JSON object per line.

    Others verify it without this program: see docs/decisions/audit.md.
    """
    if file.exists() and not force:
        raise click.UsageError(f"{file} exists; choose another name, or write over it: --force")
    begins = since.replace(tzinfo=UTC) if since else None
    # A part beside it: a name that exists is never half a file.
    part = file.with_name(f"{file.name}.part")
    number = 0
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            for line in export_chain(begins):
                out.write(line)
                number += 1
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"{count_noun(number, 'line')} written to {file}.")


def _read_expected(text: str, option: str = "--expect") -> tuple[int, str]:
    number, _, digest = text.strip().partition(":")
    if not number.isascii() or not number.isdigit() or len(digest) != 64:
        raise click.BadParameter("write it as NUMBER:HEAD", param_hint=option)
    return int(number), digest.lower()


def _list_break(breach: ChainBreak) -> dict[str, int | str | None]:
    return {"link": breach.link, "event": breach.event, "kind": breach.kind.value}
