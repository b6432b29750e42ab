"""``petition signatures``: those that wait in review, and a person's decision about one.

``retry`` is in petition/cli/retrying.py, ``withdraw`` and ``erase`` in petition/cli/leaving.py.
"""

from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup
from rich.markup import escape
from sqlalchemy import select

from petition.cli.drawing import open_console, open_table, print_json, stamp
from petition.cli.leaving import erase_one, withdraw_one
from petition.cli.retrying import retry
from petition.errors import InvalidInput
from petition.extensions import db
from petition.geography.settling import OUTSIDE, settle
from petition.geography.waiting import count_waiting, get_waiting, list_waiting
from petition.models import District
from petition.models.layers import PARTIAL
from petition.queues import Stage, wake
from petition.signing.journal import find_journal, read_journal, say_damaged
from petition.signing.replay import quieten, replay
from petition.signing.resealing import reseal

ACTOR = "cli"
signatures = AppGroup(
    "signatures", help="Those that wait for a person to settle them, and those of who wants out."
)
signatures.add_command(withdraw_one)
signatures.add_command(erase_one)
signatures.add_command(retry)
_id = click.argument("signature_id", metavar="ID", type=click.IntRange(1, 2**62))


@signatures.command()
@click.option("--reason", help="Only these, such as needs-address.")
@click.option("--after", type=int, default=0, metavar="ID", help="Those that come after this one.")
@click.option("--size", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print it for a program.")
def review(reason: str | None, after: int, size: int, as_json: bool) -> None:
    """List the signatures in review, the oldest first; no name and no address is shown."""
    waiting = list_waiting(reason, after, size)
    counts = count_waiting()
    if as_json:
        print_json({"counts": counts, "signatures": [asdict(one) for one in waiting]})
        return
    console = open_console()
    if not waiting:
        console.print("No signature waits in review.")
        return
    table = open_table("No.", "Signed", "Campaign", "Why", "Could be", numbers=("No.",))
    for one in waiting:
        could = "; ".join(
            f"{layer}: {', '.join(choice.name for choice in choices) or 'unknown'}"
            for layer, choices in one.open_layers.items()
        )
        if one.waits_until is not None:
            here = ", ".join(choice.name for choice in one.known)
            could = f"{here}, counted on {stamp(one.waits_until)}"
        table.add_row(
            str(one.signature_id),
            stamp(one.signed_at),
            escape(one.campaign_title),
            one.reason,
            escape(could),
        )
    console.print(table)
    told = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    console.print(f"In all: {told}.")
    if len(waiting) == size:
        console.print(f"The next: --after {waiting[-1].signature_id}")


@signatures.command("settle")
@_id
@click.option(
    "--district",
    "divisions",
    multiple=True,
    metavar="DIVISION_ID",
    help="Where the signer lives, one for each open layer; repeatable. None for who has moved.",
)
@click.option(
    "--outside",
    "outside",
    multiple=True,
    type=click.Choice(sorted(PARTIAL)),
    help="The signer lives in no district of this layer; repeatable.",
)
@click.option("--why", required=True, help="How you know; it stays in the log, so name nobody.")
def settle_one(
    signature_id: int, divisions: tuple[str, ...], outside: tuple[str, ...], why: str
) -> None:
    """Place a signature in review in the districts that you say; it is counted then.

    One that waits for having moved needs none: it is counted where it lies.
    """
    waiting = get_waiting(signature_id)
    rows = db.session.execute(
        select(District.layer, District.id, District.division_id).where(
            District.division_id.in_(divisions),
            District.layer.in_(list(waiting.open_layers)),
            District.in_force,
        )
    ).all()
    unknown = sorted(set(divisions) - {row.division_id for row in rows})
    if unknown:
        layers = ", ".join(waiting.open_layers)
        raise click.UsageError(f"{unknown[0]}: no district in force of {layers} has this id.")
    try:
        choices = {row.layer: row.id for row in rows} | dict.fromkeys(outside, OUTSIDE)
        campaign_id = settle(signature_id, choices, why, ACTOR)
    except InvalidInput as refused:
        told = (f"{name}: {words}" for name, words in refused.fields.items())
        raise click.UsageError(" ".join(told)) from refused
    wake(Stage.COUNT, campaign_id)
    click.echo(f"Signature {signature_id} is settled and about to be counted.")


@signatures.command("reseal")
def reseal_all() -> None:
    """Seal anew, each for its own row, what was sealed before rows were told apart.

    Safe while the service runs, and twice.
    """
    found = reseal()
    click.echo(f"{found.done:,} sealed anew for their own rows.")
    if found.broken:
        raise click.ClickException(
            f"{found.broken:,} do not open with PETITION_DATA_KEY, and stay as they are."
        )


@signatures.command("replay")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--quiet", is_flag=True, help="Also take the mails that wait as sent long ago.")
def replay_decisions(files: tuple[Path, ...], quiet: bool) -> None:
    """After a restore, do again what signers had decided since: FILES, or this host's own journal.

    Each web host has a decisions.log in its data folder; name them all. Lines that are damaged are
    told, and the others done all the same.
    """
    for path in files or (find_journal(),):
        if path.exists():
            damaged: list[int] = []
            with path.open(encoding="utf-8", errors="replace") as lines:
                done = replay(read_journal(lines, damaged))
            told = ", ".join(f"{number:,} {name}" for name, number in sorted(done.items()))
            click.echo(f"{path.name}: {told or 'nothing that was not done'}.")
            if damaged:
                click.echo(f"{path.name}: {say_damaged(damaged)}", err=True)
    if quiet:
        click.echo(f"{quieten():,} mails that waited are taken as sent.")
