"""Alembic's environment: the app's engine, the models' metadata, one transaction a migration."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.types import TypeDecorator

import petition.models  # noqa: F401  registers the tables
from petition.core.database import HELD_BY_TRIGGER, Base, describe_too_old
from petition.core.errors import OperatorError
from petition.core.revisions import WAY_OUT, describe_unknown, read_revisions


def get_engine() -> Engine:
    """Return the engine of the app that runs the migration."""
    engine: Engine = current_app.extensions["migrate"].db.engine
    return engine


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write a column's plain type: a migration must not change when our own types do."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def is_compared(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Return whether a key is compared: one that a trigger holds on PostgreSQL is not there."""
    of_trigger = kind == "foreign_key_constraint" and HELD_BY_TRIGGER in item.info
    return not (of_trigger and get_engine().dialect.name == "postgresql")


def run_migrations() -> None:
    """Run the migrations; SQLite alters a table by copying it (batch mode)."""
    with get_engine().connect() as connection:
        too_old = describe_too_old(connection)
        if too_old:
            raise OperatorError(f"{too_old}; move the database to a newer one, then migrate")
        unknown = describe_unknown(read_revisions(connection), context.script)
        if unknown:
            raise OperatorError(f"the database is {unknown}. {WAY_OUT}")
        # Alembic commits only what it has begun itself.
        connection.rollback()
        # SQLite's writers queue up behind BEGIN IMMEDIATE; two starts at once migrate in turn.
        connection = connection.execution_options(sqlite_begin="IMMEDIATE")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=render_item,
            include_object=is_compared,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                # Two starts at once migrate in turn; the lock goes with the transaction.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(100)")
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Hundredth migrates a live database only.")
run_migrations()
