"""``petition signatures withdraw`` and ``erase``: for a signer who has no private link.

- An e-mail address is read from standard input or a prompt, not from an argument: arguments appear
  in process lists and in shell histories.
- Exit code 0: done, or done before. 1: not found, or refused in its state. 2: usage error.
"""

import sys
from collections.abc import Callable
from typing import Any

import click
from flask.cli import with_appcontext

from petition.cli.output import stamp
from petition.core.errors import InvalidInput
from petition.error_messages.description import describe_fields
from petition.models import SignatureState
from petition.signers.signature_lookup import FoundSignature, find_by_email, find_by_id
from petition.signers.staff_requests.staff_acts import detail_hold
from petition.signers.withdraw import erase_signature, withdraw_signature

ACTOR = "cli"
WITHDRAWING = (
    "It leaves the count, and no letter made from now on names it. Letters already sent keep the "
    "name. The person can sign again, but this cannot be undone."
)
ERASING = (
    "Name, addresses, comment and all permissions are erased, and a live signature is withdrawn. "
    "Letters already sent keep their names and comments. This cannot be undone."
)
AnyCommand = Callable[..., Any]


def _take_options(command: AnyCommand) -> AnyCommand:
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask for confirmation."),
        click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing."),
        click.option(
            "--id", "signature_id", type=click.IntRange(1, 2**62), help="The signature's number."
        ),
        click.option(
            "--campaign",
            metavar="SLUG",
            help="The campaign signed; the address is then read from a prompt or standard input.",
        ),
    ):
        command = option(command)
    return command


@click.command("withdraw")
@_take_options
@with_appcontext
def withdraw_one(campaign: str | None, signature_id: int | None, dry_run: bool, yes: bool) -> None:
    """Withdraw a signature, by its number or by its signer's e-mail address."""
    found = _find(campaign, signature_id)
    live = [one for one in found if one.live]
    if not live:
        # A rejected or an expired row may be newer than the one that was withdrawn.
        withdrawn = [one for one in found if one.state == SignatureState.WITHDRAWN]
        last = (withdrawn or found)[-1]
        if last.state != SignatureState.WITHDRAWN:
            raise click.ClickException(f"Signature {last.signature_id} is already {last.state}.")
        click.echo(f"Signature {last.signature_id} is already withdrawn.")
        return
    if not _may(live, "withdrawn", WITHDRAWING, dry_run, yes):
        return
    for one in live:
        withdraw_signature(one.signature_id, ACTOR)
        click.echo(f"Signature {one.signature_id} is withdrawn and will leave the count.")


@click.command("erase")
@_take_options
@click.option(
    "--despite-hold", is_flag=True, help="Also under a legal hold; the log then names the hold."
)
@with_appcontext
def erase_one(
    campaign: str | None, signature_id: int | None, dry_run: bool, yes: bool, despite_hold: bool
) -> None:
    """Erase the data of a signer, by the signature's number or the signer's e-mail address.

    With an address, all its signatures on the campaign are erased, live or ended. Under a legal
    hold of the campaign it is refused.
    """
    found = _find(campaign, signature_id)
    if found[0].state == SignatureState.ERASED:  # found by its id: it has no address any more
        click.echo(f"Signature {found[0].signature_id} is already erased.")
        return
    holds = {one.signature_id: detail_hold(one.signature_id, despite_hold) for one in found}
    if not _may(found, "erased", ERASING, dry_run, yes):
        return
    for one in found:
        erase_signature(one.signature_id, ACTOR, detail=holds[one.signature_id])
        click.echo(f"Signature {one.signature_id} is erased.")


def _find(campaign: str | None, signature_id: int | None) -> list[FoundSignature]:
    if (campaign is None) == (signature_id is None):
        raise click.UsageError("Give --campaign, and then the address when asked; or give --id.")
    if campaign is None:
        return [find_by_id(signature_id or 0)]
    # Prompts only on a terminal, not for piped input.
    typed = click.prompt("E-mail address") if sys.stdin.isatty() else sys.stdin.readline()
    try:
        return find_by_email(campaign, typed)
    except InvalidInput as refused:
        raise click.UsageError(" ".join(describe_fields(refused).values())) from refused


def _may(found: list[FoundSignature], done: str, means: str, dry_run: bool, yes: bool) -> bool:
    """Print what would be done and return whether to do it; aborts if the user declines."""
    would = "would be" if dry_run else "is about to be"
    for one in found:
        click.echo(
            f"Signature {one.signature_id} on “{one.campaign_title}” ({one.state}, signed "
            f"{stamp(one.signed_at)}) {would} {done}."
        )
    if dry_run:
        return False
    click.echo(means)
    if not yes:
        click.confirm("Continue?", abort=True)
    return True
