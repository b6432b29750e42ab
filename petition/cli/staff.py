"""``petition staff``: the accounts that may sign in to the staff pages."""

import sys

import click
from flask.cli import AppGroup
from rich.markup import escape

from petition.accounts import staff_accounts
from petition.cli.output import open_console, open_table
from petition.core.errors import InvalidInput
from petition.error_messages.description import describe_fields
from petition.models import RoleName

ACTOR = "cli"
staff = AppGroup("staff", help="Manage who can sign in to the staff pages, and what they can do.")

_email = click.argument("email")
_from_stdin = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from standard input."
)
_generated = click.option("--generate", is_flag=True, help="Generate a password and print it once.")


@staff.command()
@_email
@click.option(
    "--role",
    type=click.Choice([role.value for role in RoleName]),
    default=RoleName.VIEWER.value,
    show_default=True,
    help="viewer reads; operator also retries and settles deliveries; admin can do everything.",
)
@_from_stdin
@_generated
def create(email: str, role: str, from_stdin: bool, generate: bool) -> None:
    """Create an account for EMAIL; you are asked for its password."""
    email = _check_email(email)
    password = _read_password(from_stdin, generate)
    try:
        staff_accounts.create_staff(email, password, RoleName(role), actor=ACTOR)
    except InvalidInput as refused:
        raise _explain(refused) from refused
    click.echo(f"{email} can sign in at /staff as {role}.")
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


def _set_active(email: str, active: bool) -> None:
    email = _check_email(email)
    changed = staff_accounts.set_active(email, active, actor=ACTOR)
    state = "can sign in" if active else "cannot sign in, and its sessions are ended"
    click.echo(f"{email} {state}." if changed else f"{email} {state} already.")


def _check_email(email: str) -> str:
    try:
        return staff_accounts.normalize_email(email)
    except InvalidInput as refused:
        raise _explain(refused) from refused


def _read_password(from_stdin: bool, generate: bool) -> str:
    if from_stdin and generate:
        raise click.UsageError("Give --password-stdin or --generate, not both.")
    if generate:
        return staff_accounts.generate_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    words = f"Password (at least {staff_accounts.SHORTEST_PASSWORD} characters)"
    chosen: str = click.prompt(words, hide_input=True, confirmation_prompt="Repeat the password")
    return chosen


def _explain(refused: InvalidInput) -> click.ClickException:
    return click.ClickException(
        " ".join(f"The {field} {problem}." for field, problem in describe_fields(refused).items())
    )
