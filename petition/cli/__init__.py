"""The ``petition`` command: a Flask CLI group, so that ``flask`` commands work too.

- An error that an operator can fix is one line on standard error that says what to do, and exit
  code 1.
"""

import os
import sys
from importlib import import_module

import click
from flask.cli import FlaskGroup
from flask_migrate.cli import db as migrations  # type: ignore[import-not-found]

from petition import create_app
from petition.core.errors import OperatorError, Retryable, UserError
from petition.error_messages.description import describe_error

# The commands in the order of the help, and the module under petition/cli of each.
COMMANDS = {
    "up": "supervisor.up",
    "web": "supervisor.roles",
    "worker": "supervisor.roles",
    "scheduler": "supervisor.roles",
    "alive": "supervisor.roles",
    "demo": "supervisor.demo",
    "status": "status",
    "attention": "attention",
    "doctor": "doctor",
    "pause": "campaigns.pause",
    "resume": "campaigns.pause",
    "campaigns": "campaigns.campaigns",
    "districts": "districts.districts",
    "addresses": "districts.addresses",
    "officials": "officials.officials",
    "signatures": "signatures.signatures",
    "partners": "campaigns.partners",
    "api": "api",
    "deliveries": "deliveries.deliveries",
    "milestones": "campaigns.milestones",
    "comments": "campaigns.comments",
    "bounces": "deliveries.bounces",
    "mail": "deliveries.mail",
    "retention": "retention",
    "events": "events",
    "audit": "audit",
    "content": "content",
    "staff": "staff",
    "keys": "keys",
}


class PetitionGroup(FlaskGroup):
    """Imports a command's module only when that command is run, so that each start is fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return our own commands first, then Flask's, without creating the app."""
        self._load_plugin_commands()
        return [*COMMANDS, *sorted(self.commands)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return one of our commands from its module, or one of Flask's."""
        if name not in COMMANDS:
            return super().get_command(ctx, name)
        module = import_module(f"petition.cli.{COMMANDS[name]}")
        command: click.Command = getattr(module, name)
        return command


@click.group(
    cls=PetitionGroup,
    create_app=create_app,
    add_version_option=False,
    help="Hundredth: every hundredth signature in a district sends the letter to its lawmakers.",
)
def cli() -> None:
    """Gather all commands."""


cli.add_command(migrations, "db")


def main() -> None:
    """Run the command line; errors that a person can fix are printed in one line.

    - Sets umask 077: most files that it and its child processes write contain names.
    """
    os.umask(0o077)
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.Exit as stopped:
        sys.exit(stopped.exit_code)
    except click.ClickException as refused:
        refused.show()
        sys.exit(refused.exit_code)
    except UserError as error:
        click.echo(f"petition: {describe_error(error)}", err=True)
        sys.exit(1)
    except (OperatorError, Retryable) as error:
        click.echo(f"petition: {error}", err=True)
        sys.exit(1)
