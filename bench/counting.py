"""Counting: located signatures a second, and whether it stays flat in how many exist.

The floor is the promise, 50,000 a second; the second row compares the last fifth with the first.
"""

import tempfile
import time

from sqlalchemy import text

from bench.rows import Row, open_app, open_databases
from petition.core.extensions import db
from petition.counting.ledger import count_batch
from tests.ground import lay_ground

PROMISED = 50_000.0  # located signatures a second
SIGNATURES = 200_000
LARGE = 1_000_000
DISTRICTS = 200


def run(large: bool = False) -> list[Row]:
    """Measure on both databases; ``large`` counts a million."""
    rows: list[Row] = []
    with open_databases() as databases:
        for name, url in databases.items():
            with tempfile.TemporaryDirectory(prefix="hundredth-bench-") as folder:
                rows += _measure(name, url, folder, LARGE if large else SIGNATURES)
    return rows


def _measure(name: str, url: str, folder: str, how_many: int) -> list[Row]:
    app = open_app(url, folder)
    with app.app_context():
        campaign_id, _ = lay_ground()
        db.session.remove()
        _locate(how_many)
        times: list[float] = []
        full = True
        while full:
            started = time.perf_counter()
            counted = count_batch(campaign_id)
            times.append((time.perf_counter() - started) / max(counted.signatures, 1))
            full = counted.full
        times = times[:-1]
        db.session.remove()
        db.engine.dispose()
    fifth = max(len(times) // 5, 1)
    rate = len(times) / sum(times)
    first, last = fifth / sum(times[:fifth]), fifth / sum(times[-fifth:])
    return [
        (f"counting, {name}", rate, PROMISED, "signatures/s", rate / PROMISED, ">= 1.00"),
        (
            f"the last fifth of {how_many:,}, {name}",
            last,
            first,
            "signatures/s",
            last / first,
            ">= 0.90",
        ),
    ]


def _locate(how_many: int) -> None:
    """Add located signatures spread over districts, in SQL."""
    postgresql = db.engine.dialect.name == "postgresql"

    def numbers(count: int) -> str:
        if postgresql:
            return f"generate_series(1, {count}) AS n(value)"
        return (
            "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n "
            f"WHERE value < {count}) SELECT value FROM n) AS n"
        )

    digest = "sha256(('x' || n.value)::bytea)" if postgresql else "randomblob(32)"
    person = "decode(repeat('00', 200), 'hex')" if postgresql else "zeroblob(200)"
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO districts (boundary_set_id, layer, division_id, geoid, name, state)"
                " SELECT b.id, 'county', 'd' || n.value, 'g' || n.value, 'County', 'MA'"
                f" FROM boundary_sets b, {numbers(DISTRICTS)}"
            )
        )
        connection.execute(
            text(
                "INSERT INTO signatures (campaign_id, state, seat, email_digest, person,"
                f" publish_comment, created_at, attempt) SELECT c.id, 'located', 1, {digest},"
                f" {person}, false, c.created_at, 0 FROM campaigns c, {numbers(how_many)}"
            )
        )
        connection.execute(
            text(
                "INSERT INTO placements (signature_id, layer, district_id, found_by)"
                f" SELECT id, 'county', 1 + id % {DISTRICTS}, 'polygon' FROM signatures"
            )
        )
        if postgresql:
            connection.execute(text("ANALYZE"))
