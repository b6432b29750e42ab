"""The locks: complete, hashed, and without the name of any host."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def read_pins(lock: Path) -> dict[str, set[str]]:
    """The versions of each package (several where they differ by Python)."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", lock.read_text(), re.M):
        pins.setdefault(name, set()).add(version)
    return pins


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host_and_no_folder(lock: Path) -> None:
    text = lock.read_text()

    assert "://" not in text
    assert not re.search(r"^\s*-{1,2}(?!hash=)[a-z]", text, re.M), "an option besides --hash"
    assert not re.search(r"(^|\s)[/~]\w", text), "a path of one machine"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_and_hashes_every_package(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", lock.read_text())
    packages = [entry for entry in entries if not entry.startswith("#")]

    assert packages
    for entry in packages:
        assert re.match(r"[a-z0-9-]+==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


def test_the_lock_tool_is_hashed_for_every_machine() -> None:
    """Its release has a wheel for each kind of machine, and the source: not this one's alone."""
    text = (ROOT / "requirements" / "lock-tool.txt").read_text()

    assert text.count("--hash=sha256:") >= 10


def test_the_locks_agree_with_one_another() -> None:
    everything = read_pins(ROOT / "requirements" / "dev.txt")

    # The tool that writes the locks is in none of them.
    for lock in (found for found in LOCKS if found.name != "lock-tool.txt"):
        for name, versions in read_pins(lock).items():
            assert versions == everything[name], f"{name} in {lock.name}: run `make lock`"


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    asked = {
        "run.txt": project["project"]["dependencies"],
        "build.txt": groups["build"],
        "lock-tool.txt": groups["lock"],
        "dev.txt": groups["demo"] + groups["test"] + groups["lint"] + groups["supply"],
    }

    for lock, requirements in asked.items():
        pins = read_pins(ROOT / "requirements" / lock)
        names = {re.split(r"[\[<>=!~; ]", text)[0].lower() for text in requirements}
        assert names <= pins.keys(), f"missing in {lock}: run `make lock`"


def test_the_tool_that_writes_the_locks_is_installed_by_its_hash() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile[makefile.index("\nlock:") :].replace("\\\n", " ")

    (installing,) = re.findall(r"pip install .*", recipe)
    assert "--require-hashes" in installing
    assert installing.endswith("-r requirements/lock-tool.txt")


def test_what_only_the_demonstration_needs_is_in_no_lock_that_ships() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    names = {re.split(r"[\[<>=!~; ]", text)[0].lower() for text in groups["demo"]}

    assert names
    assert names.isdisjoint(read_pins(ROOT / "requirements" / "run.txt"))
