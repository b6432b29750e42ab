"""``petition signatures import``, ``imports`` and ``export``."""

import csv
import json
from pathlib import Path

import pytest
from flask import Flask

from petition.core.extensions import transaction
from tests.bulk.files import SLUG, list_emails, make_row, write_file
from tests.cli.runner import read_error, run
from tests.factories import make_campaign


@pytest.fixture
def campaign(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_campaign(session, slug=SLUG, confirm_email=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [make_row(1), make_row(2), make_row(2), make_row(3, ZIP="99999")]
    return write_file(tmp_path / "list.csv", [(*row, "x") for row in rows], headings=HEADINGS)


HEADINGS = ("First name", "Last name", "Email", "ZIP", "Phone")
ORDER = ("--campaign", SLUG, "--source", "library table")


def list_signed(app: Flask) -> list[str]:
    with app.app_context():
        return list_emails()


def test_it_shows_what_is_read_before_it_asks(app: Flask, campaign: None, path: Path) -> None:
    result = run(app, "signatures", "import", str(path), *ORDER, typed="n\n")

    assert result.exit_code == 1
    assert "given_name" in result.output and "First name" in result.output
    assert "Not read: Phone" in result.output
    assert list_signed(app) == []


def test_it_imports_and_says_what_became_of_each_row(
    app: Flask, campaign: None, path: Path
) -> None:
    result = run(app, "signatures", "import", str(path), *ORDER, typed="y\n")

    assert result.exit_code == 0, result.output
    assert "4 rows read" in result.output
    assert "2 imported" in result.output
    assert "1 have signed already" in result.output
    assert "1 for postal_code" in result.output
    report = path.with_name("list.csv.refused.csv")
    assert str(report) in result.output
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["Email"]) for row in rows] == [
        ("4", "ada2@people.example"),
        ("5", "ada3@people.example"),
    ]
    assert "postal_code: There is no such ZIP code" in rows[1]["reason"]


def test_a_dry_run_reads_all_and_stores_nothing(app: Flask, campaign: None, path: Path) -> None:
    result = run(app, "signatures", "import", str(path), *ORDER, "--dry-run")

    assert result.exit_code == 0, result.output
    assert "2 would be imported" in result.output
    assert list_signed(app) == []
    assert not path.with_name("list.csv.refused.csv").exists()


def test_a_program_reads_json(app: Flask, campaign: None, path: Path) -> None:
    told = json.loads(run(app, "signatures", "import", str(path), *ORDER, "--json").output)

    assert (told["rows"], told["signed"], told["known"], told["refused"]) == (4, 2, 1, 1)
    assert told["by_field"] == {"postal_code": 1}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--map", "postal_code"), "write --map"),
        (("--map", "telephone=Phone"), "no such field"),
        (("--map", "email=Mail"), "no column has this heading"),
        (("--ignore", "Mail"), "no column has this heading"),
        (("--encoding", "klingon"), "no such encoding"),
        (("--group", "nobody"), "no organization 'nobody'"),
    ],
)
def test_what_is_named_and_is_not_there_is_said(
    app: Flask, campaign: None, path: Path, options: tuple[str, ...], said: str
) -> None:
    result = run(app, "signatures", "import", str(path), *ORDER, "--yes", *options)

    assert result.exit_code != 0
    assert said in read_error(result)
    assert list_signed(app) == []


def test_imports_are_listed_and_undone(app: Flask, campaign: None, path: Path) -> None:
    empty = run(app, "signatures", "imports", "list").output
    run(app, "signatures", "import", str(path), *ORDER, "--yes")

    listed = run(app, "signatures", "imports", "list").output
    dry = run(app, "signatures", "imports", "undo", "1", "--dry-run").output
    kept = list_signed(app)
    undone = run(app, "signatures", "imports", "undo", "1", typed="y\n")

    assert "Nothing was imported yet" in empty
    assert "library table" in listed and "finished" in listed
    assert "2 signatures of import 1 would be erased" in dry and len(kept) == 2
    assert "2 signatures erased" in undone.output
    assert list_signed(app) == []
    assert "undone" in run(app, "signatures", "imports", "list").output


def test_a_proof_is_kept_and_written_for_its_reader(
    app: Flask, campaign: None, path: Path, tmp_path: Path
) -> None:
    sheets = tmp_path / "sheets.pdf"
    sheets.write_bytes(b"%PDF-1.7 sheets")
    folder = tmp_path / "out"
    folder.mkdir()
    result = run(app, "signatures", "import", str(path), *ORDER, "--yes", "--proof", str(sheets))

    written = run(app, "signatures", "imports", "proof", "1", "-o", str(folder))

    assert "You vouch for everyone" in result.output
    assert Path(written.output.strip()).read_bytes() == b"%PDF-1.7 sheets"


@pytest.mark.parametrize("command", ["undo", "proof"])
def test_an_import_that_is_not_there_is_said(
    app: Flask, campaign: None, tmp_path: Path, command: str
) -> None:
    options = ("-o", str(tmp_path)) if command == "proof" else ("--yes",)

    result = run(app, "signatures", "imports", command, "7", *options)

    assert result.exit_code != 0
    assert read_error(result).startswith("7: ")


def test_an_export_is_whole_private_and_written_over_only_by_force(
    app: Flask, campaign: None, path: Path, tmp_path: Path
) -> None:
    run(app, "signatures", "import", str(path), *ORDER, "--yes")
    out = tmp_path / "out.csv"
    options = ("--campaign", SLUG, "-o", str(out))

    first = run(app, "signatures", "export", *options)
    second = run(app, "signatures", "export", *options)
    forced = run(app, "signatures", "export", *options, "--force", "--format", "jsonl")

    assert first.exit_code == forced.exit_code == 0, first.output
    assert second.exit_code == 2 and "--force" in second.output
    assert (out.stat().st_mode & 0o777) == 0o600
    assert len(out.read_text("utf-8").splitlines()) == 2
    assert list(tmp_path.glob("*.part")) == []
