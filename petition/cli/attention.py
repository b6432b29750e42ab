"""``petition attention``: what waits for a person."""

from dataclasses import asdict

import click
from flask.cli import with_appcontext

from petition.attention.cause_words import name_cause
from petition.attention.causes import MOST_COUNTED
from petition.attention.waiting_list import list_attention
from petition.cli.output import format_age, open_console, open_table, print_json
from petition.core.clock import utcnow
from petition.core.extensions import db


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
    table = open_table(
        "Waiting", "Number", "Oldest", "Campaign", "Command", numbers=("Number", "Oldest")
    )
    for item in found:
        words = name_cause(item.name, item.subject)
        more = item.number > MOST_COUNTED
        number = f"{MOST_COUNTED:,}+" if more else f"{item.number:,}"
        age = format_age(item.since, now)
        table.add_row(words, number, age, item.campaign, item.command)
    console.print(table)
