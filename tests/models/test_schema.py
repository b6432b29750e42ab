"""The migrations and the models say the same, on both databases."""

import re

import pytest
from flask.ctx import AppContext
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.schema import CreateTable

from petition.core.database import Base
from petition.core.extensions import db
from tests.models.test_rules import is_sqlite, load_migration

NAMED = re.compile(r"CONSTRAINT \"?(\w+)")


def test_the_head_of_the_migrations_equals_the_models(context: AppContext) -> None:
    check()


def test_constraints_and_indexes_have_the_names_that_the_models_give(context: AppContext) -> None:
    """Alembic compares neither checks nor the names of keys."""
    wanted: set[str] = set()
    for table in Base.metadata.sorted_tables:
        wanted |= set(NAMED.findall(str(CreateTable(table).compile(db.engine))))
        wanted |= {str(index.name) for index in table.indexes}
    if not is_sqlite():
        # There triggers hold these.
        signing = load_migration("0005_signing_rules")
        wanted -= {*signing.RULES, *signing.LATER, signing.CAMPAIGN}
        wanted -= {name for name, *_ in load_migration("0004_ledger_statement_rules").KEYS}

    assert len(wanted) > 200
    assert list_names() == wanted


@pytest.mark.own_database
def test_every_migration_goes_down_and_up_again(context: AppContext) -> None:
    downgrade(revision="base")
    upgrade()
    check()


def list_names() -> set[str]:
    """Return the names of all keys, checks and indexes of the database."""
    if is_sqlite():
        query = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql"
        made = db.session.execute(text(f"{query} IS NOT NULL")).all()
        names = {name for kind, name, _ in made if kind == "index"}
        names |= {
            name for kind, _, words in made if kind == "table" for name in NAMED.findall(words)
        }
    else:
        query = (
            "SELECT conname FROM pg_constraint WHERE contype <> 'n'"
            " AND connamespace = 'public'::regnamespace"
            " UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
        )
        names = set(db.session.scalars(text(query)))
    return names - {"alembic_version_pkc"}
