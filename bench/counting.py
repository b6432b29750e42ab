"""Counting in three layers, beside the bare statements that write the same rows, in turns.

- The floor (bench/counting_floor.py) runs on a copy of the database without triggers and foreign
  keys, a batch after each of ours, so that both have tables of one size and one machine's noise.
- ``large`` counts three million; ``python -m bench.counting 10`` ten, in chunks, with a line each.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from flask import Flask
from sqlalchemy import Engine, text

from bench.counting_floor import BareCount
from bench.counting_ground import LAYERS, add_located, copy_bare, make_ground
from bench.rows import Row, open_app, open_databases
from petition.core.extensions import db
from petition.counting.ledger import BATCH, count_batch
from tests.ground import lay_ground

SIGNATURES = 200_000
MILLION = 1_000_000
CHUNK = 250_000
STEP = 100
# Of a campaign's first batches few cross a hundred, and all fit into memory.
WARM = 8
# Pairs of runs, one worker and two, each with so many signatures.
PAIRS = 3
SHARED = 40_000
WORKER = """
import sys
from bench.rows import ENVIRONMENT
from petition import create_app
from petition.core.extensions import db
from petition.core.settings import read_settings
from petition.counting.ledger import count_batch
url, folder, campaign = sys.argv[1:]
app = create_app(read_settings(ENVIRONMENT | {"DATABASE_URL": url, "PETITION_DATA_DIR": folder}))
with app.app_context():
    db.engine.connect().close()
    print("ready", flush=True)
    sys.stdin.readline()
    while count_batch(int(campaign)).signatures:
        db.session.remove()
"""
SAME = (
    "SELECT count(*), sum(ordinal), count(carried_by), sum(carried_by) FROM ledger",
    "SELECT count(*), sum(live), sum(reached) FROM tallies",
    "SELECT count(*), sum(number) FROM milestones",
    "SELECT count(*) FROM events WHERE action = 'milestone.reached'",
)


def run(large: bool = False) -> list[Row]:
    """Measure on both databases; ``large`` counts three million."""
    rows: list[Row] = []
    with open_databases() as databases:
        for name, url in databases.items():
            with _open_ground(url) as (app, folder, campaign_id), app.app_context():
                rows += _measure(name, url, campaign_id, 3 * MILLION if large else SIGNATURES)
                if name == "PostgreSQL":
                    rows.append(_measure_two(url, folder, campaign_id))
    return rows


@contextmanager
def _open_ground(url: str) -> Iterator[tuple[Flask, str, int]]:
    with tempfile.TemporaryDirectory(prefix="hundredth-bench-") as folder:
        app = open_app(url, folder)
        with app.app_context():
            lay_ground(step=STEP)
            db.session.remove()
            campaign_id = make_ground(len(LAYERS))
        yield app, folder, campaign_id
        with app.app_context():
            db.engine.dispose()


def _measure(name: str, url: str, campaign_id: int, how_many: int) -> list[Row]:
    bare = copy_bare(url)
    ours, floor = count_in_turns(bare, campaign_id, how_many)
    _compare(bare)
    bare.dispose()
    rate, bare_rate = BATCH / median(ours[WARM:]), BATCH / median(floor[WARM:])
    fifth = max((len(ours) - WARM) // 5, 1)
    first = median(floor[WARM : WARM + fifth]) / median(ours[WARM : WARM + fifth])
    last = median(floor[-fifth:]) / median(ours[-fifth:])
    what = f"its share of the floor, last fifth of {how_many:,} to first, {name}"
    return [
        (
            f"counting in {len(LAYERS)} layers, {name}",
            rate,
            bare_rate,
            "signatures/s",
            rate / bare_rate,
            ">= 0.50",
        ),
        (what, last, first, "of the floor", last / first, ">= 0.90"),
    ]


def count_in_turns(
    bare: Engine, campaign_id: int, how_many: int, tell: bool = False
) -> tuple[list[float], list[float]]:
    """Count so many with ours and with the floor; return the seconds of each full batch.

    - ``tell``: print the middle batch of each chunk.
    """
    ours: list[float] = []
    floor: list[float] = []
    counter = BareCount(campaign_id, STEP)
    for done in range(0, how_many, CHUNK):
        chunk = min(CHUNK, how_many - done)
        for engine in (db.engine, bare):
            add_located(engine, campaign_id, len(LAYERS), chunk)
        before = len(ours)
        for _ in range(chunk // BATCH):
            ours.append(_time_ours(campaign_id))
            floor.append(_time_floor(bare, counter))
        if tell:
            own, theirs = median(ours[before:]), median(floor[before:])
            print(
                f"| {done + chunk:,} | {BATCH / own:,.0f} | {BATCH / theirs:,.0f} |"
                f" {theirs / own:.2f} |",
                flush=True,
            )
    return ours, floor


def _time_ours(campaign_id: int) -> float:
    started = time.perf_counter()
    counted = count_batch(campaign_id).signatures
    db.session.remove()
    took = time.perf_counter() - started
    if counted != BATCH:
        raise RuntimeError(f"counted {counted}")
    return took


def _time_floor(bare: Engine, counter: BareCount) -> float:
    started = time.perf_counter()
    with bare.connect().execution_options(sqlite_begin="IMMEDIATE") as connection:
        counted = counter.count(connection, BATCH)
        connection.commit()
    took = time.perf_counter() - started
    if counted != BATCH:
        raise RuntimeError(f"the floor counted {counted}")
    return took


def _compare(bare: Engine) -> None:
    """Raise where the floor has written other rows than ours."""
    for query in SAME:
        with db.engine.connect() as ours, bare.connect() as floor:
            if tuple(ours.execute(text(query)).one()) != tuple(floor.execute(text(query)).one()):
                raise RuntimeError(f"the floor differs: {query}")


def _measure_two(url: str, folder: str, campaign_id: int) -> Row:
    """Compare two workers of one campaign with one, in turns."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    for pair in range(PAIRS):
        for workers in (1, 2) if pair % 2 == 0 else (2, 1):
            add_located(db.engine, campaign_id, len(LAYERS), SHARED)
            db.engine.dispose()
            rates[workers].append(_run_workers(url, folder, campaign_id, workers))
    two, one = median(rates[2]), median(rates[1])
    # What two measurements of the same differ by on a machine that does other work.
    return ("two workers beside one, PostgreSQL", two, one, "signatures/s", two / one, ">= 0.95")


def _run_workers(url: str, folder: str, campaign_id: int, workers: int) -> float:
    processes = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", WORKER, url, folder, str(campaign_id)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(workers)
    ]
    for process in processes:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
    started = time.perf_counter()
    for process in processes:
        process.communicate("go\n")
    took = time.perf_counter() - started
    with db.engine.connect() as connection:
        if connection.scalar(text("SELECT count(*) FROM signatures WHERE state = 'located'")):
            raise RuntimeError("some were left")
    return SHARED / took


def main() -> None:
    """Print a line for each chunk of so many million, on the databases that are named."""
    millions, *names = sys.argv[1:]
    with open_databases() as databases:
        for name in names or databases:
            with _open_ground(databases[name]) as (app, _, campaign_id), app.app_context():
                print(f"{name}\n\n| counted | ours | floor | ratio |\n|---|---|---|---|")
                bare = copy_bare(databases[name])
                count_in_turns(bare, campaign_id, int(float(millions) * MILLION), tell=True)
                _compare(bare)
                bare.dispose()


if __name__ == "__main__":
    main()
