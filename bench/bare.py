"""The floor of signing: bare Flask, one Core insert of a row as wide as ours, a redirect.

Run by the same server with as many workers and threads on the same database.
"""

import os
from datetime import UTC, datetime

from flask import Flask, Response, request  # noqa: TID251  it is a page
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
)

from petition.core.database import prepare_engine
from petition.web.buffering import BufferingServer
from petition.web.forms import LONGEST_PUBLIC

METADATA = MetaData()
BARE = Table(
    "bench_bare",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("state", String(10)),
    Column("person", LargeBinary),
    Column("created_at", DateTime),
)


def create_table(url: str) -> None:
    """Make the table, once: several workers at once would be in each other's way."""
    engine = create_engine(url)
    METADATA.create_all(engine)
    engine.dispose()


def create_app() -> Flask:
    """Return an app that stores what it is sent and does nothing else."""
    engine = create_engine(os.environ["DATABASE_URL"])
    prepare_engine(engine)
    app = Flask(__name__)

    @app.post("/sign")
    def sign() -> Response:
        row = {
            "state": "confirmed",
            "person": "|".join(request.form.values()).encode() + bytes(60),
            "created_at": datetime.now(UTC),
        }
        with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection:
            connection.execute(BARE.insert(), row)
            connection.commit()
        return Response(status=303, headers={"Location": "/thanks"})

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    return app


def make_server() -> BufferingServer:
    """Return the app as granian serves ours."""
    return BufferingServer(create_app(), LONGEST_PUBLIC)
