"""``petition attention``: what waits for a person."""

from dataclasses import asdict

import click
from flask.cli import with_appcontext

from petition.attention.waiting_list import list_attention
from petition.cli.output import format_age, open_console, open_table, print_json
from petition.core.clock import utcnow
from petition.core.extensions import db

WORDS = {
    "unknown": "Letters that may have arrived; ask the office",
    "bounced": "Letters that bounced",
    "failed": "Letters that were refused or given up",
    "held": "Letters that are held",
    "unprepared": "Letters that the service cannot start to send because of an error of its own",
    "relayed": "Messages of organizations that were refused or may have arrived, of this week",
    "unprepared-relayed": "Messages of organizations that the service cannot start to send",
    "hundreds": "Hundreds that are held",
    "review": "Signatures whose district is not certain",
    "comments": "Comments to read",
    "applications": "Groups that applied",
    "organization-changes": "Changes of a group's name or members",
    "bases": "Bases of groups, from which they would look people up",
    "withdrawals": "Organizations that have not applied a withdrawal for 72 hours",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
@with_appcontext
def attention(as_json: bool) -> None:
    """List what is waiting for a person: how many, for how long, and which command shows them."""
    found, now = list_attention(db.session()), utcnow()
    if as_json:
        print_json([asdict(item) for item in found])
        return
    console = open_console()
    if not found:
        console.print("Nothing is waiting for a person.")
        return
    table = open_table("Waiting", "Number", "Oldest", "Command", numbers=("Number", "Oldest"))
    for item in found:
        words = WORDS.get(item.name, item.name)
        table.add_row(words, f"{item.number:,}", format_age(item.since, now), item.command)
    console.print(table)
