"""A letter laid out in a process of its own: the same bytes, and an end to what takes too long."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from petition.letters.content import RenderPurpose
from petition.letters.render import render_letter
from petition.openings.separate_render import LetterNotDrawn, render_apart
from tests.letters.samples import make_content

# So deep that a page of it takes minutes.
SLOW = ("> " * 30 + "* a\n\n") * 3_000


def list_children() -> set[str]:
    """Return the ids of this process's children."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_it_gives_the_bytes_that_print_gives() -> None:
    content = make_content()

    assert render_apart(content) == render_letter(content, RenderPurpose.PREVIEW)


def test_what_takes_too_long_is_ended_and_leaves_no_process() -> None:
    before, began = list_children(), time.monotonic()

    with pytest.raises(LetterNotDrawn):
        render_apart(replace(make_content(), body=SLOW), seconds=3.0)

    assert time.monotonic() - began < 10
    assert list_children() <= before


def test_what_cannot_be_laid_out_is_refused() -> None:
    with pytest.raises(LetterNotDrawn):
        render_apart(replace(make_content(), body="Dear {{ nobody }}"))


def test_the_process_gets_no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = tmp_path / "told"
    (tmp_path / "sitecustomize.py").write_text(
        f"import os; open({str(told)!r}, 'w').write(' '.join(os.environ))"
    )
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in paths if path))
    monkeypatch.setenv("PETITION_DATA_KEYS", "not for it")

    render_apart(make_content())

    assert "PYTHONPATH" in told.read_text() and "PETITION" not in told.read_text()
