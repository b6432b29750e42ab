"""The images by digest: which are not, and what writes the digests.

The engine's tool is a script that answers as it does: no registry is asked.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.test_locks import ROOT

DIGEST = "sha256:" + "ab" * 32
FILES = ("Dockerfile", "compose.yaml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the script, both files and an empty PATH."""
    for name in ("scripts", "bin"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "scripts" / "pin_images.py", tmp_path / "scripts")
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def add_tool(project: Path, name: str, answer: str) -> None:
    path = project / "bin" / name
    path.write_text(f'#!/bin/sh\necho "$*" >> {project}/asked\n{answer}\n')
    path.chmod(0o755)


def pin(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(project / "scripts" / "pin_images.py"), *words],
        env={"PATH": str(project / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def read(project: Path) -> str:
    return "".join((project / name).read_text() for name in FILES)


@pytest.mark.parametrize(("tool", "prefix"), [("docker", "buildx imagetools"), ("skopeo", "insp")])
def test_each_image_is_named_by_tag_and_digest(project: Path, tool: str, prefix: str) -> None:
    add_tool(project, tool, f"echo {DIGEST}")

    done = pin(project)

    assert done.returncode == 0, done.stderr
    text = read(project)
    assert f"ARG BASE=python:3.11-slim-bookworm@{DIGEST}\n" in text
    assert text.count(DIGEST) == 4
    assert "  image: hundredth\n" in text
    assert (project / "asked").read_text().startswith(prefix)
    assert pin(project, "--check").returncode == 0
    # A second run takes the place of the first one's digests.
    assert pin(project).returncode == 0
    assert read(project) == text


@pytest.mark.parametrize("answer", ["echo no such tag >&2; exit 1", "echo sha256:short"])
def test_without_a_digest_no_file_is_changed(project: Path, answer: str) -> None:
    before = read(project)
    add_tool(project, "docker", answer)

    done = pin(project)

    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert read(project) == before


def test_without_a_tool_no_file_is_changed(project: Path) -> None:
    before = read(project)

    done = pin(project)

    assert done.returncode == 1
    assert "neither docker nor skopeo" in done.stderr
    assert read(project) == before


def test_every_image_is_one_that_the_script_knows() -> None:
    known = pin(ROOT, "--check").stdout + read(ROOT)
    dockerfile, compose = ((ROOT / name).read_text() for name in FILES)

    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.M)) == {"${BASE}"}
    images = set(re.findall(r"image: (\S+)", compose)) - {"hundredth"}
    assert len(images) == 3
    for image in images:
        assert "@sha256:" in image or f"{image} (compose.yaml)" in known


def test_what_is_not_pinned_stands_in_the_operators_page() -> None:
    unpinned = re.findall(r"NOT PINNED by digest: (\S+)", pin(ROOT, "--check").stdout)
    page = (ROOT / "docs" / "operations.md").read_text()

    for image in unpinned:
        assert f"`{image}`" in page
    assert ("No one has run it yet" in page) == bool(unpinned)
