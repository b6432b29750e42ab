"""Writes a CycloneDX bill of materials of what ships: the packages of requirements/run.txt.

    python scripts/sbom.py [--installed FOLDER] [FILE]

- Needs no network and no package: hashes and versions are the lock's, licenses what the installed
  packages say of themselves (this Python's, or those of the site-packages FOLDER).
- The same lock and the same packages give the same bytes: no time stands in it, and its serial
  number is made of its content.
- A package of the lock that is for another system or Python, and not installed, is left out.
- Exit status 1 where the lock and what is installed do not agree.
"""

import argparse
import json
import re
import sys
import tomllib
import uuid
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "run.txt"
SPEC = "1.7"
# An entry begins at the start of a line; "pkg==1.0 ; marker \" and one --hash a line follow.
ENTRY = re.compile(r"^([a-z0-9-]+)==([^ ;\\\n]+)(?: *; *([^\\\n]+?))? *\\?$", re.M)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# One line of a License field is a name; more is the license's whole text.
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Pin:
    """A package of the lock: ``marker`` is empty where it is for every system."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def read_lock(lock: Path) -> list[Pin]:
    """Return the packages of a lock in its order."""
    text = lock.read_text("utf-8")
    found = list(ENTRY.finditer(text))
    ends = [entry.start() for entry in found[1:]] + [len(text)]
    return [
        Pin(entry[1], entry[2], entry[3] or "", tuple(HASH.findall(text[entry.end() : end])))
        for entry, end in zip(found, ends, strict=True)
    ]


def normalize(name: str) -> str:
    """Return a package's name as locks and purls write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def list_installed(folder: Path | None) -> dict[str, Distribution]:
    """Return what is installed in a site-packages folder, or for this Python, by name."""
    found = distributions(path=[str(folder)]) if folder else distributions()
    return {normalize(each.metadata["Name"]): each for each in found if each.metadata["Name"]}


def describe_license(package: Distribution) -> list[dict[str, Any]]:
    """Return the declared license as CycloneDX wants it; empty where the package names none."""
    expression = package.metadata.get("License-Expression")
    if expression:
        return [{"expression": expression, "acknowledgement": "declared"}]
    name = (package.metadata.get("License") or "").strip()
    if not name or name == "UNKNOWN" or "\n" in name or len(name) > LONGEST_NAME:
        classifiers = package.metadata.get_all("Classifier") or []
        kinds = [line.split(" :: ")[-1] for line in classifiers if line.startswith("License ::")]
        name = " or ".join(kinds)
    return [{"license": {"name": name, "acknowledgement": "declared"}}] if name else []


def describe(pin: Pin, package: Distribution) -> dict[str, Any]:
    """Return the component of one package; every file of it that may be installed has a hash."""
    purl = f"pkg:pypi/{pin.name}@{pin.version}"
    files = [
        {
            "type": "distribution",
            "url": purl,
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }
        for digest in pin.hashes
    ]
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": pin.name,
        "version": pin.version,
        "purl": purl,
        "externalReferences": files,
    }
    licenses = describe_license(package)
    return component | {"licenses": licenses} if licenses else component


def list_components(pins: list[Pin], installed: dict[str, Distribution]) -> list[dict[str, Any]]:
    """Return the components by name; raises SystemExit where lock and environment differ."""
    components, wrong = [], []
    for pin in sorted(pins, key=lambda pin: (pin.name, pin.version)):
        package = installed.get(pin.name)
        if package is not None and package.version == pin.version:
            components.append(describe(pin, package))
        elif not pin.marker:
            there = "not installed" if package is None else f"installed as {package.version}"
            wrong.append(f"{pin.name}=={pin.version} is {there}")
    if wrong:
        raise SystemExit("sbom: the lock is not what is installed: " + "; ".join(wrong))
    return components


def make_sbom(pins: list[Pin], installed: dict[str, Distribution]) -> dict[str, Any]:
    """Return the whole bill of materials."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    components = list_components(pins, installed)
    bill: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": project["version"],
                "purl": own,
                "licenses": [{"expression": project["license"], "acknowledgement": "declared"}],
            }
        },
        "components": components,
    }
    content = json.dumps(bill, sort_keys=True)
    return bill | {"serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}"}


def main(words: list[str]) -> None:
    """Write the bill to FILE, or to the standard output."""
    parser = argparse.ArgumentParser(description="Write a CycloneDX bill of materials.")
    parser.add_argument("--installed", type=Path, metavar="FOLDER")
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE")
    asked = parser.parse_args(words)
    bill = make_sbom(read_lock(LOCK), list_installed(asked.installed))
    text = json.dumps(bill, indent=2, sort_keys=True) + "\n"
    if asked.file is None:
        sys.stdout.write(text)
    else:
        asked.file.parent.mkdir(parents=True, exist_ok=True)
        asked.file.write_text(text, "utf-8")
        print(f"sbom: {len(bill['components'])} packages in {asked.file}")


if __name__ == "__main__":
    main(sys.argv[1:])
