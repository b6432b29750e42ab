"""Output functions of all commands, for tables, times and JSON in one format."""

import json
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

# A pipe has no width, and programs that read it need unwrapped lines.
PIPE_COLUMNS = 1000
HOUR, DAY = 3600, 24 * 3600


def open_console() -> Console:
    """Return a console as wide as the terminal, or PIPE_COLUMNS wide for a pipe."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PIPE_COLUMNS)


def open_table(*titles: str, numbers: tuple[str, ...] = (), whole: tuple[str, ...] = ()) -> Table:
    """Return a table that fits the terminal: its widest columns fold, and no cell is cropped.

    - ``numbers`` are the right-aligned columns. They and those in ``whole`` never fold, so both are
      for short values such as a state or a time.
    """
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    for title in titles:
        table.add_column(
            title,
            justify="right" if title in numbers else "left",
            no_wrap=title in (*numbers, *whole),
            overflow="fold",
        )
    return table


def count_noun(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: "1 signature", "2,000 signatures"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def format_age(moment: datetime, now: datetime) -> str:
    """Return how long ago a time was, in one unit: "40 min", "3 d"."""
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds >= 2 * DAY:
        return f"{seconds // DAY} d"
    return f"{seconds // HOUR} h" if seconds >= 2 * HOUR else f"{seconds // 60} min"


def stamp(moment: datetime | None) -> str:
    """Return a time in UTC to the second; empty for None."""
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def print_json(value: Any) -> None:
    """Print a value as JSON for a program; times become ISO 8601."""
    click.echo(json.dumps(value, indent=2, default=_encode))


def print_json_line(value: Any) -> None:
    """Print a value as one line of a stream of JSON objects; times become ISO 8601."""
    click.echo(json.dumps(value, default=_encode))


def _encode(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
