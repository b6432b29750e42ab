"""A database of another version, and a later migration on top of these."""

import shutil
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from petition.core.errors import OperatorError
from petition.core.extensions import db, transaction
from petition.core.paths import find_migrations
from petition.models import Organization
from tests.cli.runner import read_error, run
from tests.docs.pages import ROOT
from tests.models.every_table import fill_every_table, read_every_table

UNKNOWN = "at 9999, which this version does not know"


def set_revision(revision: str) -> None:
    with transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": revision})
    db.session.remove()


@pytest.mark.own_database
@pytest.mark.parametrize(
    "arguments", [("db", "upgrade"), ("db", "downgrade"), ("db", "current"), ("db", "check")]
)
def test_a_revision_that_is_not_known_is_said_in_words(app: Flask, arguments: list[str]) -> None:
    with app.app_context():
        set_revision("9999")

    result = run(app, *arguments)

    assert result.exit_code == 1
    assert read_error(result).startswith(f"the database is {UNKNOWN}. Start the newer version")
    assert "before the first release" in read_error(result)


@pytest.mark.own_database
def test_the_doctor_says_so_too(app: Flask) -> None:
    with app.app_context():
        set_revision("9999")

    lines = run(app, "doctor").output.splitlines()

    (line,) = (line for line in lines if " migrations " in line)
    assert line.startswith("fault")
    assert f"{UNKNOWN}. Start the newer version" in line


@pytest.mark.own_database
def test_nothing_is_changed_where_it_is_refused(app: Flask) -> None:
    with app.app_context():
        fill_every_table()
        set_revision("9999")
        before = read_every_table()

        with pytest.raises(OperatorError, match=UNKNOWN):
            upgrade()

        assert read_every_table() == before


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """These migrations, and on top of them the one that CONTRIBUTING.md has as an example."""
    folder = tmp_path / "migrations"
    shutil.copytree(find_migrations(), folder)
    head = ScriptDirectory(str(folder)).get_current_head()
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]
    example = example.replace('down_revision = "0002"', f'down_revision = "{head}"')
    path = folder / "versions" / "9999_organizations.py"
    path.write_text(example.replace('revision = "0003"', 'revision = "9999"'))
    return folder


@pytest.mark.own_database
def test_the_example_of_a_migration_adds_a_rule_and_takes_it_back(app: Flask, later: Path) -> None:
    with app.app_context():
        with transaction() as session:
            session.add(Organization(slug="riders", name="Riders Together"))
        delete = text("DELETE FROM organizations")

        upgrade(directory=str(later))
        with pytest.raises(DBAPIError, match="an organization is never deleted"):
            with transaction() as session:
                session.execute(delete)
        with pytest.raises(OperatorError, match=UNKNOWN):
            upgrade()
        downgrade(directory=str(later))
        with transaction() as session:
            session.execute(delete)

        upgrade()
