"""The bill of materials: whole, valid by the schema, the same bytes each time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.test_locks import ROOT, read_pins

SCRIPT = ROOT / "scripts" / "sbom.py"
# They name no license in their metadata.
UNLICENSED = {"usaddress-scourgify", "yaml-config"}


def write_sbom(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *words, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bill of what is locked, as text."""
    file = tmp_path_factory.mktemp("sbom") / "sbom.json"
    done = write_sbom(file)
    assert done.returncode == 0, done.stderr
    return file.read_text()


def test_the_bill_is_valid_by_the_schema(written: str) -> None:
    # Imported here: its grammars take four seconds, and every test process reads this file.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    validator = JsonStrictValidator(SchemaVersion.V1_7)
    bill = json.loads(written)
    # A package has up to a hundred files, all written alike; the validator takes its time for each.
    for part in bill["components"]:
        part["externalReferences"] = part["externalReferences"][:2]

    assert validator.validate_str(json.dumps(bill)) is None
    # That it can refuse one.
    del bill["components"][1:]
    bill["components"][0]["type"] = "book"
    assert validator.validate_str(json.dumps(bill)) is not None


def test_the_bill_names_each_package_with_version_license_and_hashes(written: str) -> None:
    pins = read_pins(ROOT / "requirements" / "run.txt")

    bill = json.loads(written)

    for part in bill["components"]:
        assert part["version"] in pins[part["name"]]
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"
        assert all(file["hashes"][0]["content"] for file in part["externalReferences"])
        assert part["externalReferences"]
    assert {part["name"] for part in bill["components"] if "licenses" not in part} <= UNLICENSED
    assert {"flask", "weasyprint", "cryptography"} <= {part["name"] for part in bill["components"]}
    assert "plotly-geo" not in written


def test_the_same_lock_gives_the_same_bytes(written: str, tmp_path: Path) -> None:
    write_sbom(tmp_path / "again.json")

    assert (tmp_path / "again.json").read_text() == written
    assert "timestamp" not in written


def test_packages_that_are_not_what_the_lock_says_are_refused(tmp_path: Path) -> None:
    done = write_sbom(tmp_path / "sbom.json", "--installed", str(tmp_path))

    assert done.returncode == 1
    assert "flask==" in done.stderr and "is not installed" in done.stderr
    assert not (tmp_path / "sbom.json").exists()


def test_the_image_carries_the_bill_of_its_own_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert "sbom.py --installed" in dockerfile
    assert "/opt/hundredth/sbom.json" in dockerfile
    assert "!scripts/sbom.py" in (ROOT / ".dockerignore").read_text().splitlines()
