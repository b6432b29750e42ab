"""Pages of an organization's stream of changes, beside one SELECT of a bare table, in turns.

- The changes are written by the triggers of as many consents, and numbered by the service's own
  writer. Each page begins at another number.
- The bare table has the columns of a change and the index that a page needs, and no joins.
- ``large``: of a million changes instead of 200,000.
"""

import random
import time

from flask import Flask
from sqlalchemy import text

from bench.lookups import MILLION, PEOPLE, fill_people, find_share, list_points
from bench.rows import Row, run_on_both
from petition.core.extensions import db
from petition.partners.consents.numbering import number_changes
from petition.partners.feed.changes import find_last_number, read_named_changes

PAGES = 400
WARM = 20
SIZE = 100  # changes of a page
BATCH = 20_000  # numbered in one transaction
# A page also names person, purpose and campaign of each change.
TARGET = "<= 8.00"
FILLING = (
    "CREATE TABLE bench_changes AS"
    " SELECT organization_id, number, consent_id, kind, at FROM consent_changes",
    "CREATE UNIQUE INDEX bench_numbers ON bench_changes (organization_id, number)",
)
BARE = text(
    "SELECT number, consent_id, kind, at FROM bench_changes"
    " WHERE organization_id = :group AND number > :after ORDER BY number LIMIT :size"
)


def run(large: bool = False) -> list[Row]:
    """Measure on both databases."""
    return run_on_both(lambda app, name: _measure(app, name, MILLION if large else PEOPLE))


def _measure(app: Flask, name: str, people: int) -> list[Row]:
    with app.app_context():
        chance = random.Random(5)
        return measure_feed(fill_people(people, list_points(), chance), chance, name)


def measure_feed(group: int, chance: random.Random, name: str) -> list[Row]:
    """Number what the consents of an organization have left in its stream, and measure pages."""
    while number_changes(BATCH):
        pass
    last = find_last_number(group)
    db.session.remove()
    _fill_bare()
    times: dict[str, list[float]] = {"bare": [], "read": []}
    for number in range(PAGES + WARM):
        after = chance.randrange(last - SIZE)
        for what in times:
            started = time.perf_counter()
            if what == "bare":
                values = {"group": group, "after": after, "size": SIZE}
                found = len(db.session.execute(BARE, values).all())
            else:
                found = len(read_named_changes(group, after, SIZE))
                find_last_number(group)
            db.session.remove()
            assert found == SIZE
            if number >= WARM:
                times[what].append((time.perf_counter() - started) * 1_000)
    return [
        (
            f"a page of {SIZE} of {last:,} changes, p{share}, {name}",
            find_share(times["read"], share),
            find_share(times["bare"], share),
            "ms",
            find_share(times["read"], share) / find_share(times["bare"], share),
            TARGET,
        )
        for share in (50, 95)
    ]


def _fill_bare() -> None:
    with db.engine.begin() as connection:
        for words in FILLING:
            connection.execute(text(words))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        vacuum = "VACUUM ANALYZE" if db.engine.dialect.name == "postgresql" else "ANALYZE"
        connection.execute(text(vacuum))
