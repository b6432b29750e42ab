"""Packages stay small, and a name is used for one thing: the rules of CONTRIBUTING.md, printed.

``pytest tests/docs/test_packages.py -s`` prints each package with its files and lines.
"""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LARGEST = 25  # modules in one package, without __init__.py
# They mirror the subjects' names on purpose: the page or command of a subject is found by its name.
MIRRORS = ("web", "cli")


def list_modules() -> list[Path]:
    """Return the modules of the service, relative to its package."""
    package = ROOT / "petition"
    found = [path.relative_to(package) for path in package.rglob("*.py")]
    return sorted(path for path in found if path.name != "__init__.py")


def list_subjects() -> list[Path]:
    """Return the modules of subjects, core and models."""
    return [path for path in list_modules() if path.parts[0] not in MIRRORS]


def list_packages() -> dict[Path, list[Path]]:
    """Return the modules of each package."""
    packages: dict[Path, list[Path]] = defaultdict(list)
    for path in list_modules():
        packages[path.parent].append(path)
    return packages


def read_classes(path: Path) -> list[str]:
    """Return the public classes that a module defines."""
    tree = ast.parse((ROOT / "petition" / path).read_text())
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    return [name for name in names if not name.startswith("_")]


def find_repeated(owners: dict[str, list[Path]]) -> dict[str, list[str]]:
    """Return what several modules have."""
    return {name: [str(p) for p in paths] for name, paths in owners.items() if len(paths) > 1}


def test_no_package_is_crowded_and_none_holds_one_module() -> None:
    packages = list_packages()
    for package, modules in sorted(packages.items(), key=lambda item: -len(item[1])):
        lines = sum(len((ROOT / "petition" / path).read_text().split("\n")) for path in modules)
        print(f"{len(modules):4} files {lines:6} lines  petition/{package}")
    below = {package: [p for p in packages if p.parent == package] for package in packages}

    assert {str(p): len(found) for p, found in packages.items() if len(found) > LARGEST} == {}
    assert [str(p) for p, found in packages.items() if len(found) == 1 and not below[p]] == []


def test_no_two_modules_of_subjects_have_one_name() -> None:
    owners: dict[str, list[Path]] = defaultdict(list)
    for path in list_subjects():
        owners[path.name].append(path)
    repeated = find_repeated(owners)
    print(f"{len(repeated)} file names occur more than once")

    assert repeated == {}


def test_no_two_public_classes_of_subjects_have_one_name() -> None:
    owners: dict[str, list[Path]] = defaultdict(list)
    for path in list_subjects():
        for name in read_classes(path):
            owners[name].append(path)
    repeated = find_repeated(owners)
    print(f"{len(repeated)} public class names occur more than once")

    assert repeated == {}


@pytest.mark.parametrize("parts", [("petition",), ("tests",)])
def test_each_folder_of_modules_is_a_package(parts: tuple[str, ...]) -> None:
    root = ROOT.joinpath(*parts)
    folders = {path.parent for path in root.rglob("*.py")}

    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
