"""Located signatures to count, and a copy of their database without triggers and foreign keys."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from petition.core.database import prepare_engine
from petition.core.extensions import db

LAYERS = ("county", "sldu", "sldl")
DISTRICTS = 200  # in each layer
# Where a signature lies in each layer: districts of one layer are cut anew by those of the next.
SPREAD = (1, 7, 61)
CAMPAIGN = "counted"


def make_ground(layers: int) -> int:
    """Add a campaign that counts by so many layers, and their districts; return its id."""
    names = LAYERS[:layers]
    postgresql = db.engine.dialect.name == "postgresql"
    with db.engine.begin() as connection:
        source = connection.scalar(text("SELECT id FROM campaigns"))
        columns = [
            column
            for column in _list_columns(connection, "campaigns", postgresql)
            if column not in ("id", "slug", "layers")
        ]
        listed = "[" + ", ".join(f'"{name}"' for name in names) + "]"
        campaign_id: int = connection.execute(
            text(
                f"INSERT INTO campaigns (slug, layers, {', '.join(columns)})"
                f" SELECT :slug, {'CAST(:layers AS json)' if postgresql else ':layers'},"
                f" {', '.join(columns)} FROM campaigns WHERE id = :source RETURNING id"
            ),
            {"slug": CAMPAIGN, "layers": listed, "source": source},
        ).scalar_one()
        for layer in names:
            connection.execute(
                text(
                    "INSERT INTO districts (boundary_set_id, layer, division_id, geoid, name,"
                    " state, in_force)"
                    f" SELECT b.id, '{layer}', '{layer}' || n.value, '{layer}' || n.value,"
                    f" 'District', 'MA', true FROM boundary_sets b, {number(connection, DISTRICTS)}"
                )
            )
    return campaign_id


def add_located(engine: Engine, campaign_id: int, layers: int, how_many: int) -> None:
    """Add located signatures, with a placement in each layer, in SQL."""
    postgresql = engine.dialect.name == "postgresql"
    person = "decode(repeat('00', 200), 'hex')" if postgresql else "zeroblob(200)"
    with engine.begin() as connection:
        before = connection.scalar(text("SELECT coalesce(max(id), 0) FROM signatures"))
        digest = f"sha256(('x' || n.value + {before})::bytea)" if postgresql else "randomblob(32)"
        connection.execute(
            text(
                "INSERT INTO signatures (campaign_id, state, seat, email_digest, person,"
                f" publish_comment, created_at, attempt) SELECT c.id, 'located', 1, {digest},"
                f" {person}, false, c.created_at, 0 FROM campaigns c,"
                f" {number(connection, how_many)} WHERE c.id = :campaign"
            ),
            {"campaign": campaign_id},
        )
        for layer, spread in zip(LAYERS[:layers], SPREAD, strict=False):
            first = connection.scalar(
                text("SELECT min(id) FROM districts WHERE layer = :layer AND geoid LIKE :like"),
                {"layer": layer, "like": f"{layer}%"},
            )
            connection.execute(
                text(
                    "INSERT INTO placements (signature_id, layer, district_id, found_by)"
                    f" SELECT id, '{layer}', {first} + (id / {spread}) % {DISTRICTS}, 'polygon'"
                    " FROM signatures WHERE id > :before"
                ),
                {"before": before},
            )
    if postgresql:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE) signatures, placements, districts"))


def copy_bare(url: str) -> Engine:
    """Copy the database without its triggers and foreign keys; return an engine on the copy.

    - Nobody else may be connected to it meanwhile.
    """
    if url.startswith("sqlite"):
        bare_url = url.replace(".sqlite3", "-bare.sqlite3")
        with db.engine.connect().execution_options(sqlite_begin=None) as connection:
            connection.execute(text("VACUUM INTO :path"), {"path": make_url(bare_url).database})
        db.engine.dispose()
        engine = create_engine(bare_url)
        prepare_engine(engine)
        event.listen(engine, "connect", _ignore_foreign_keys)
        with engine.begin() as connection:
            triggers = connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            for name in triggers:
                connection.execute(text(f"DROP TRIGGER {name}"))
        engine.dispose()
        return engine
    db.engine.dispose()
    parts = make_url(url)
    admin = create_engine(parts.set(database="template1"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE bare TEMPLATE "{parts.database}"'))
    admin.dispose()
    engine = create_engine(parts.set(database="bare"))
    with engine.begin() as connection:
        for table in ("signatures", "placements", "ledger", "tallies", "milestones", "events"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
    return engine


def _ignore_foreign_keys(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def number(connection: Connection, count: int) -> str:
    """Return what gives the numbers from 1 to ``count`` as ``n.value`` in a FROM."""
    if connection.dialect.name == "postgresql":
        return f"generate_series(1, {count}) AS n(value)"
    return (
        "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n "
        f"WHERE value < {count}) SELECT value FROM n) AS n"
    )


def _list_columns(connection: Connection, table: str, postgresql: bool) -> list[str]:
    query = (
        "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass)"
        " AND attnum > 0 AND NOT attisdropped"
        if postgresql
        else "SELECT name FROM pragma_table_info(:table)"
    )
    return list(connection.scalars(text(query), {"table": table}))
