"""``petition content``: letters are copied with exit codes that tell, and orphans are found."""

import json
import os
import time
from pathlib import Path

import pytest
from flask import Flask

from petition.core.extensions import get_settings
from tests.cli.runner import run
from tests.letter_store import LetterStore
from tests.letters.test_make import make_milestone, render_milestone


@pytest.fixture
def store(app: Flask) -> LetterStore:
    made = LetterStore(app.extensions["hundredth"].letters_dir)
    for number in range(3):
        made.put(f"letter {number}".encode())
    return made


def test_letters_are_copied_to_a_folder_and_counted(
    app: Flask, store: LetterStore, tmp_path: Path
) -> None:
    target = tmp_path / "elsewhere"

    dry = run(app, "content", "copy", "--to", str(target), "--dry-run")
    done = run(app, "content", "copy", "--to", f"file://{target}")
    told = run(app, "content", "copy", "--to", str(target), "--json")

    assert "3 of 3 would be copied" in dry.output
    assert "3 of 3 copied" in done.output and done.exit_code == 0
    assert json.loads(told.output)["letters"]["there"] == 3
    assert {one.sha256 for one in LetterStore(target / "letters").list_content()} == {
        one.sha256 for one in store.list_content()
    }


def test_one_that_is_damaged_is_named_with_exit_code_1(
    app: Flask, store: LetterStore, tmp_path: Path
) -> None:
    rotten = next(store.root.rglob("*.pdf"))
    rotten.write_bytes(b"rotten")

    done = run(app, "content", "copy", "--to", str(tmp_path / "elsewhere"))

    assert done.exit_code == 1
    assert "2 of 3 copied" in done.output
    assert rotten.stem in done.output


def test_no_place_is_copied_to_itself_nor_to_what_is_none(app: Flask, store: LetterStore) -> None:
    here = str(app.extensions["hundredth"].data_dir)

    assert run(app, "content", "copy", "--to", here).exit_code == 1
    assert "neither a folder" in str(run(app, "content", "copy", "--to", "ftp://x").exception)


def test_letters_that_no_row_tells_of_are_listed_and_removed_when_that_is_said(
    app: Flask, store: LetterStore
) -> None:
    with app.app_context():
        due = make_milestone()
        render_milestone(due.milestone_id, LetterStore(get_settings().letters_dir))
    long_ago = time.time() - 8 * 86_400
    for path in store.root.rglob("*.pdf"):
        os.utime(path, (long_ago, long_ago))
    young = store.put(b"stored just now, and about to be filed")

    listed = run(app, "content", "orphans")
    removed = run(app, "content", "orphans", "--remove")

    assert "3 in all" in listed.output and "Remove them with --remove" in listed.output
    assert "Removed 3 of 3." in removed.output
    left = {one.sha256 for one in store.list_content()}
    assert young in left and len(left) == 2
