"""``petition signatures``: signatures in review and decisions about them, and signers' requests.

``review`` is in petition/cli/signatures/review.py, ``retry`` in petition/cli/signatures/retry.py,
``withdraw`` and ``erase`` in petition/cli/signatures/signer_requests.py; ``import``,
``imports`` and ``export`` in importing.py, imports.py and exporting.py beside it.
"""

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from petition.cli.signatures.exporting import export_signatures
from petition.cli.signatures.importing import import_signatures
from petition.cli.signatures.imports import imports
from petition.cli.signatures.retry import retry
from petition.cli.signatures.review import review
from petition.cli.signatures.signer_requests import erase_one, withdraw_one
from petition.core.errors import InvalidInput
from petition.core.extensions import db
from petition.error_messages.description import describe_fields
from petition.keys.check import check_keys
from petition.locating.review_decisions import OUTSIDE, settle
from petition.locating.review_queue import get_waiting
from petition.models import District
from petition.models.campaigns.layers import PARTIAL
from petition.signers.decision_replay import quieten, replay
from petition.signers.erasure_log import find_journal, read_journal, say_damaged

ACTOR = "cli"
signatures = AppGroup(
    "signatures",
    help="Import and export signatures, settle those in review, and withdraw or erase signers at "
    "their request.",
)
signatures.add_command(import_signatures)
signatures.add_command(imports)
signatures.add_command(export_signatures)
signatures.add_command(withdraw_one)
signatures.add_command(erase_one)
signatures.add_command(retry)
signatures.add_command(review)
_id = click.argument("signature_id", metavar="ID", type=click.IntRange(1, 2**62))


@signatures.command("settle")
@_id
@click.option(
    "--district",
    "divisions",
    multiple=True,
    metavar="DIVISION_ID",
    help="Where the signer lives; once for each open layer, and not for a signer who moved.",
)
@click.option(
    "--outside",
    "outside",
    multiple=True,
    type=click.Choice(sorted(PARTIAL)),
    help="The signer lives in no district of this layer; may be repeated.",
)
@click.option("--why", required=True, help="How you know; it stays in the log, so give no names.")
def settle_one(
    signature_id: int, divisions: tuple[str, ...], outside: tuple[str, ...], why: str
) -> None:
    """Place a signature in review in the districts that you name; it is then counted.

    A signature that waits because its signer moved needs none: it is counted where it is.
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
        raise click.UsageError(
            f"{unknown[0]}: no district in force in {layers} has this id; see the ids with "
            "`petition signatures review --json`."
        )
    try:
        choices = {row.layer: row.id for row in rows} | dict.fromkeys(outside, OUTSIDE)
        settle(signature_id, choices, why, ACTOR)
    except InvalidInput as refused:
        told = (f"{name}: {words}" for name, words in describe_fields(refused).items())
        raise click.UsageError(" ".join(told)) from refused
    click.echo(f"Signature {signature_id} is settled and will be counted.")


@signatures.command("replay")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--quiet",
    is_flag=True,
    help="Also mark waiting e-mails as sent, because they most likely were since the backup.",
)
def replay_decisions(files: tuple[Path, ...], quiet: bool) -> None:
    """After a restore, repeat what signers decided since, from FILES or this host's own journal.

    Each web host has a decisions.log in its data folder; give them all. Damaged lines are reported,
    and the others are still applied.
    """
    check_keys()
    for path in files or (find_journal(),):
        if path.exists():
            damaged: list[int] = []
            with path.open(encoding="utf-8", errors="replace") as lines:
                done = replay(read_journal(lines, damaged))
            told = ", ".join(f"{number:,} {name}" for name, number in sorted(done.items()))
            click.echo(f"{path.name}: {told or 'nothing left to repeat'}.")
            if damaged:
                click.echo(f"{path.name}: {say_damaged(damaged)}", err=True)
    if quiet:
        click.echo(f"Waiting e-mails marked as sent: {quieten():,}.")
