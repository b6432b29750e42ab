"""``petition staff``: the accounts that may sign in to the staff pages."""

import sys

import click
from flask.cli import AppGroup
from rich.markup import escape
from sqlalchemy import select

from petition.accounts import (
    account_changes,
    invitation_list,
    invitations,
    passwords,
    second_factors,
    staff_accounts,
)
from petition.accounts.addresses import get_user, normalize_email
from petition.cli.output import open_console, open_table
from petition.core.errors import InvalidInput, NotFound
from petition.core.extensions import db
from petition.error_messages.description import describe_fields
from petition.models import STAFF_ROLES, Campaign, RoleName
from petition.models.slug_problems import SlugProblem

ACTOR = "cli"
staff = AppGroup("staff", help="Manage who can sign in to the staff pages, and what they can do.")

_email = click.argument("email")
_ROLE = click.Choice([role.value for role in STAFF_ROLES])
_from_stdin = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from standard input."
)
_generated = click.option("--generate", is_flag=True, help="Generate a password and print it once.")


@staff.command()
@_email
@click.option(
    "--role",
    "roles",
    type=_ROLE,
    multiple=True,
    default=(RoleName.READER.value,),
    show_default=True,
    help="reader reads; campaigner also opens letters and acts on deliveries; reviewer settles"
    " signatures, comments and hundreds; admin can do everything. May be given several times.",
)
@_from_stdin
@_generated
def create(email: str, roles: tuple[str, ...], from_stdin: bool, generate: bool) -> None:
    """Create an account for EMAIL; you are asked for its password."""
    email = _check_email(email)
    password = _read_password(from_stdin, generate)
    try:
        staff_accounts.create_staff(email, password, [*map(RoleName, roles)], actor=ACTOR)
    except InvalidInput as refused:
        raise _explain(refused) from refused
    click.echo(f"{email} can sign in at /staff as {' and '.join(roles)}.")
    if generate:
        click.echo(f"Password, shown this once: {password}")


@staff.command("list")
def list_accounts() -> None:
    """List the accounts with their roles."""
    members = staff_accounts.list_staff()
    if not members:
        click.echo("No accounts yet. Create one with `petition staff create EMAIL --role ROLE`.")
        return
    table = open_table("E-mail", "Role", "Sign-in")
    for member in members:
        sign_in = "yes" if member.active else "disabled"
        table.add_row(escape(member.email), ", ".join(member.roles), sign_in)
    open_console().print(table)


@staff.command()
@_email
def disable(email: str) -> None:
    """Stop EMAIL from signing in and end its sessions; ``enable`` undoes it."""
    _set_active(email, False)


@staff.command()
@_email
def enable(email: str) -> None:
    """Let EMAIL sign in again."""
    _set_active(email, True)


@staff.command()
@_email
@_from_stdin
@_generated
def password(email: str, from_stdin: bool, generate: bool) -> None:
    """Set a new password for EMAIL and end its sessions."""
    email = _check_email(email)
    chosen = _read_password(from_stdin, generate)
    try:
        staff_accounts.set_password(email, chosen, actor=ACTOR)
    except InvalidInput as refused:
        raise _explain(refused) from refused
    click.echo(f"{email} has a new password; its sessions are ended.")
    if generate:
        click.echo(f"Password, shown this once: {chosen}")


@staff.command()
@_email
@click.option("--role", type=_ROLE, required=True, help="What they may do; see docs/roles.md.")
@click.option("--campaign", metavar="SLUG", help="Only for this campaign.")
def invite(email: str, role: str, campaign: str | None) -> None:
    """Invite EMAIL by a link that works once, within seven days; again sends a new link."""
    email = _check_email(email)
    campaign_id = _find_campaign(campaign) if campaign else None
    try:
        number = invitations.invite(email, RoleName(role), actor=ACTOR, campaign_id=campaign_id)
    except InvalidInput as refused:
        raise _explain(refused) from refused
    click.echo(f"Invitation {number} for {email} as {role} is on its way.")


@staff.command("invitations")
def list_invitations() -> None:
    """List the invitations that were made, to staff and to organizations."""
    found = invitation_list.list_invitations()
    if not found:
        click.echo("No invitations yet. Make one with `petition staff invite EMAIL --role ROLE`.")
        return
    table = open_table("No.", "E-mail", "Role", "For", "State", "Sent", "Until")
    for one in found:
        sent = f"{one.mailed_at:%Y-%m-%d %H:%M}" if one.mailed_at else "not yet"
        until = f"{one.expires_at:%Y-%m-%d %H:%M}" if one.state == "open" else ""
        cells = (one.email, one.role, one.scope, one.state, sent, until)
        table.add_row(str(one.id), *map(escape, cells))
    open_console().print(table)


@staff.command("call-back")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
def call_back(number: int) -> None:
    """Call invitation NUMBER back: its link stops working."""
    invitations.call_back(number, actor=ACTOR)
    click.echo(f"Invitation {number} is called back.")


@staff.command("take-role")
@_email
@click.option("--role", type=_ROLE, required=True, help="The role for the whole service.")
def take_role(email: str, role: str) -> None:
    """Take a role for the whole service from EMAIL."""
    user_id = get_user(db.session(), _check_email(email)).id
    taken = account_changes.revoke_role(user_id, RoleName(role), actor=ACTOR)
    click.echo(f"{email} is {role} no more." if taken else f"{email} is not {role}.")


@staff.command("reset-second-factor")
@_email
def reset_second_factor(email: str) -> None:
    """Remove the authenticator app and the recovery codes of EMAIL, and end its sessions.

    For a lost phone, when no recovery code is left. The owner gets an e-mail, and sets up a
    new app at the next sign-in. Make sure that it is the owner who asks.
    """
    email = _check_email(email)
    second_factors.reset_second_factor(email, actor=ACTOR)
    click.echo(f"{email} sets up a new app at the next sign-in; its sessions are ended.")


def _set_active(email: str, active: bool) -> None:
    email = _check_email(email)
    changed = account_changes.allow_sign_in(email, active, actor=ACTOR)
    state = "can sign in" if active else "cannot sign in, and its sessions are ended"
    click.echo(f"{email} {state}." if changed else f"{email} {state} already.")


def _find_campaign(slug: str) -> int:
    found = db.session.scalar(select(Campaign.id).where(Campaign.slug == slug))
    if found is None:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
    return found


def _check_email(email: str) -> str:
    try:
        return normalize_email(email)
    except InvalidInput as refused:
        raise _explain(refused) from refused


def _read_password(from_stdin: bool, generate: bool) -> str:
    if from_stdin and generate:
        raise click.UsageError("Give --password-stdin or --generate, not both.")
    if generate:
        return passwords.generate_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    words = f"Password (at least {passwords.SHORTEST_PASSWORD} characters)"
    chosen: str = click.prompt(words, hide_input=True, confirmation_prompt="Repeat the password")
    return chosen


def _explain(refused: InvalidInput) -> click.ClickException:
    return click.ClickException(
        " ".join(f"The {field} {problem}." for field, problem in describe_fields(refused).items())
    )
