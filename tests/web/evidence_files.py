"""What the tests of evidence share: taking a ZIP, and reading it with its hashes checked."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from petition.core.extensions import get_settings
from tests.web.staff_world import get


def take(browser: FlaskClient, delivery_id: int) -> bytes:
    """Download the evidence of a delivery."""
    answer = get(browser, f"/staff/deliveries/{delivery_id}/evidence.zip")
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/zip"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert f'filename="evidence-{delivery_id}.zip"' in answer.headers["Content-Disposition"]
    return bytes(answer.data)


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP, after checking that their hashes are true."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(archive.namelist())
        files = {name: archive.read(name) for name in archive.namelist()}
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name != "SHA256SUMS"
    }
    told = read_manifest(files)["files"]
    assert {name: one["sha256"] for name, one in told.items()} == {
        name: value for name, value in sums.items() if name != "manifest.json"
    }
    assert all(one["bytes"] == len(files[name]) for name, one in told.items())
    return files


def read_manifest(files: dict[str, bytes]) -> dict[str, Any]:
    """Return the manifest of a pack."""
    manifest: dict[str, Any] = json.loads(files["manifest.json"])
    return manifest


def find_file(app: Flask) -> Path:
    """Return the path of the one stored letter."""
    with app.app_context():
        (path,) = get_settings().letters_dir.glob("*/*/*.pdf")
    return path
