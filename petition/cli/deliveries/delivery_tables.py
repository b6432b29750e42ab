"""Deliveries and their events as the commands print them: a table, a colored state, JSON."""

from typing import Any

from rich.markup import escape
from rich.table import Table

from petition.cli.output import format_age, open_table
from petition.core.clock import utcnow
from petition.delivery.log.log_pages import DeliveryRow
from petition.models import DeliveryState, Event
from petition.models.states import NEEDS_A_PERSON

TITLES = ("No.", "State", "Age", "District", "Signed", "To", "By", "Attempts", "Reason")


def draw_deliveries(rows: list[DeliveryRow]) -> Table:
    """Return the table of ``petition deliveries list``, a line for each delivery."""
    table = open_table(*TITLES, numbers=("No.", "Age", "Signed", "Attempts"), whole=("State", "By"))
    now = utcnow()
    for row in rows:
        table.add_row(
            str(row.id),
            color_state(row.state),
            format_age(row.created_at, now),
            escape(f"{row.district}, {row.district_state}"),
            f"{row.threshold:,}",
            escape(row.post),
            row.channel,
            str(row.attempt),
            escape(row.reason or ""),
        )
    return table


def color_state(state: DeliveryState) -> str:
    """Return a state as the console marks it: in yellow where it needs a person."""
    return f"[bold yellow]{state}[/]" if state in NEEDS_A_PERSON else state.value


def describe_event(event: Event) -> dict[str, Any]:
    """Return an event as ``--json`` prints it."""
    return {
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "subject_id": event.subject_id,
        "detail": event.detail,
    }
