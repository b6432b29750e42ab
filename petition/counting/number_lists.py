"""Lists of numbers, of any length, as one parameter of a statement, as each database reads them."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from petition.core.database import is_sqlite

# What a statement may say for a list (``{0}`` is the parameter): a table with a column ``id``.
_ROWS = {
    "sqlite": "(SELECT value AS id FROM json_each({0}))",
    "postgresql": "(SELECT unnest(CAST({0} AS bigint[])) AS id)",
}
# The same for two lists of one length: a table with the columns ``id`` and ``number``.
_PAIRS = {
    "sqlite": (
        "(SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS number"
        " FROM json_each({0}))"
    ),
    "postgresql": (
        "(SELECT CAST(pair ->> 0 AS integer) AS id, CAST(pair ->> 1 AS integer) AS number"
        " FROM json_array_elements(CAST({0} AS json)) AS pair)"
    ),
}


def pack(session: Session, numbers: Sequence[int]) -> Any:
    """Return the parameter for a list."""
    return json.dumps(list(numbers)) if is_sqlite(session) else list(numbers)


def pack_pairs(pairs: Sequence[tuple[int, int]]) -> str:
    """Return the parameter for a list of pairs, the same for both databases."""
    return json.dumps(pairs)


def name_rows(session: Session, parameter: str) -> str:
    """Return what a FROM says for a packed list; its one column is ``id``."""
    return _ROWS[session.get_bind().dialect.name].format(parameter)


def name_pairs(session: Session, parameter: str) -> str:
    """Return what a FROM says for packed pairs; its columns are ``id`` and ``number``."""
    return _PAIRS[session.get_bind().dialect.name].format(parameter)


def plan_by_index(session: Session) -> None:
    """Have PostgreSQL reach the rows of this transaction by an index, whatever it knows of tables.

    - A batch is few rows of large tables whose statistics may be of when they were empty, and
      plans of another size are kept with the connection: one would read all that was ever counted.
    - A statement of a batch is never worth compiling (``jit``).
    """
    if not is_sqlite(session):
        session.execute(text("DISCARD PLANS"))
        session.execute(
            text(
                "SELECT set_config('enable_seqscan', 'off', true),"
                " set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)"
            )
        )
