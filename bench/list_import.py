"""A list of signatures from its file to its planned letters: each stage beside a bare INSERT.

20,000 rows, or a million with ``--large``, of people in 200 ZIP codes, vouched for with a proof.
The floor of each stage writes as many rows as the stage, of the same width, in the same pieces,
into a table without a key, index or trigger; that of the import reads the same file with csv too.
"""

import csv
import random
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, func, select

from bench.locating import _read_peak as read_peak
from bench.rows import Row, open_app, open_databases
from petition.bulk.column_mapping import map_columns
from petition.bulk.csv_records import open_csv
from petition.bulk.import_batches import ConsentProof, ImportOrder, begin_batch
from petition.bulk.import_run import PIECE, import_file
from petition.bulk.refused_rows import RefusedFile
from petition.core.extensions import db
from petition.counting.ledger import count_batch
from petition.demo.invented_people import FAMILY, GIVEN
from petition.demo.simulation import SLUG, load_demo
from petition.locating.locate import locate_batch
from petition.models import Campaign, Delivery, LedgerEntry, Milestone
from petition.postal.zip_counties import find_counties
from petition.postal.zip_places import load_postal_codes

ROWS, LARGE_ROWS = 20_000, 1_000_000
ZIPS = 200
HEADINGS = ("First name", "Last name", "Email", "ZIP")
METADATA = MetaData()
BARE = Table(
    "bench_rows",
    METADATA,
    Column("one", Integer),
    Column("two", Integer),
    Column("name", String(40)),
    Column("person", LargeBinary),
)
IMPORT, LATER, MEMORY = ">= 0.10", ">= 0.05", "<= 1.50"


def run(large: bool = False) -> list[Row]:
    """Return the rows of both databases."""
    rows: list[Row] = []
    how_many = LARGE_ROWS if large else ROWS
    with tempfile.TemporaryDirectory() as name, open_databases() as databases:
        path = write_list(Path(name) / "list.csv", how_many)
        for database, url in databases.items():
            app = open_app(url, f"{name}/{database}")
            with app.app_context():
                rows += _run_one(database, path, how_many)
                db.session.remove()
                db.engine.dispose()
    return rows


def write_list(path: Path, how_many: int) -> Path:
    """Write a file of invented people, in ZIP codes that lie in one county each."""
    chance = random.Random(16)  # noqa: S311  invented people need no secrecy
    codes = [code for code in sorted(load_postal_codes()) if len(find_counties(code)) == 1]
    codes = chance.sample(codes, ZIPS)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        for number in range(how_many):
            name = (chance.choice(GIVEN), chance.choice(FAMILY))
            writer.writerow((*name, f"person{number}@people.example", chance.choice(codes)))
    return path


def _run_one(database: str, path: Path, how_many: int) -> list[Row]:
    load_demo(lambda words: None)
    METADATA.create_all(db.engine)
    before = read_peak()
    imported = _time(lambda: _import(path))
    after = read_peak()
    located = _time(_locate)
    campaign_id = db.session.scalars(select(Campaign.id).where(Campaign.slug == SLUG)).one()
    counted = _time(lambda: _count(campaign_id))
    entries = db.session.scalar(select(func.count()).select_from(LedgerEntry)) or 0
    planned = db.session.scalar(select(func.count(Milestone.id))) or 0
    posts = db.session.scalar(select(func.count(Delivery.id))) or 0
    db.session.rollback()
    read = _time(lambda: _write_bare(_read_bare(path)))
    wide = _time(lambda: _write_bare(_invent(how_many, 300)))
    thin = _time(lambda: _write_bare(_invent(entries, 0)))
    unit = "rows/s"
    title = f"{database}, {how_many:,} rows"
    return [
        _compare(f"{title}: import", how_many, imported, read, unit, IMPORT),
        _compare(f"{title}: locate", how_many, located, wide, unit, LATER),
        _compare(
            f"{title}: count, {planned:,} hundreds, {posts:,} letters planned",
            *(how_many, counted, thin, unit, LATER),
        ),
        (f"{title}: memory of the import", after, before, "MB", after / before, MEMORY),
    ]


def _import(path: Path) -> None:
    file = open_csv(path)
    mapping = map_columns(file.headings, {})
    proof = ConsentProof("sheets.pdf", b"%PDF")
    order = ImportOrder(SLUG, file.sha256, mapping.describe(), "bench", proof=proof)
    batch_id = begin_batch(order, actor="bench")
    with RefusedFile(path.with_suffix(".refused"), file, lambda problems: "refused") as report:
        import_file(file, mapping, batch_id, report, lambda counts: None)


def _locate() -> None:
    while locate_batch().claimed:
        pass


def _count(campaign_id: int) -> None:
    while count_batch(campaign_id).signatures:
        pass


def _read_bare(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = "|".join(row.values()).encode()
            yield {"one": 1, "two": 2, "name": "import-1", "person": text + bytes(250)}


def _invent(how_many: int, width: int) -> Iterator[dict[str, Any]]:
    for number in range(how_many):
        yield {"one": number, "two": 2, "name": "located", "person": bytes(width)}


def _write_bare(rows: Iterator[dict[str, Any]]) -> None:
    while piece := list(islice(rows, PIECE)):
        with db.engine.begin() as connection:
            connection.execute(BARE.insert(), piece)


def _time(work: Callable[[], None]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _compare(what: str, rows: int, ours: float, floor: float, unit: str, target: str) -> Row:
    return (what, rows / ours, rows / floor, unit, floor / ours, target)
