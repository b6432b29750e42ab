"""Asks an advisory service (OSV) about every package of the locks, by pip-audit.

    python scripts/audit.py [--osv-url URL] [--timeout SECONDS] [LOCK ...]

- Exit status 0: each package was asked about, and no advisory is known. 1: some are vulnerable.
  3: nothing was checked, and a line says why. (make itself ends with 2 for both.)
- A service that answers "nothing known" to all would look like good news, so it is first asked
  about a release whose advisories are old and public. Where it knows none, nothing was checked.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sbom import normalize, read_lock

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (ROOT / "requirements" / "run.txt", ROOT / "requirements" / "dev.txt")
# PYSEC-2021-142 (CVE-2020-14343): loading a document ran its code.
KNOWN_BAD = "pyyaml==5.3"
CLEAN, VULNERABLE, UNCHECKED = 0, 1, 3
OSV = "https://api.osv.dev"  # whom pip-audit asks unless it is told another
# What to say of the last line of pip-audit, by the first of these words in it.
REASONS = {
    "NameResolutionError": "is no name that this machine can look up",
    "Timeout": "gave no answer in time",
    "SSLError": "could not show who it is",
    "ProxyError": "could not be reached by the proxy",
    "ConnectionError": "could not be reached",
    "ServiceError": "answered with an error",
}
WHAT_TO_DO = (
    "This says nothing about whether a package is vulnerable. Run it where the service is reached, "
    'or name another that answers as OSV does: make audit ARGS="--osv-url URL"'
)


class NothingChecked(Exception):
    """The service gave no answer that can be relied on; the words say why."""


def ask(files: list[Path], words: list[str], seconds: int) -> list[dict[str, Any]]:
    """Return what pip-audit found of each package of some requirement files.

    - ``seconds``: how long one answer of the service may take.
    - Raises NothingChecked where pip-audit gave no whole answer.
    """
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", *words]
    command += ["--timeout", str(seconds), "--format", "json", "--progress-spinner", "off"]
    command += ["--disable-pip", "--no-deps", "--strict"]
    for file in files:
        command += ["--requirement", str(file)]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        raise NothingChecked(explain(asked.stderr, words[-1] if words else OSV)) from None
    if asked.returncode not in (0, 1):
        raise NothingChecked(f"pip-audit ended with {asked.returncode}")
    return found


def explain(said: str, service: str) -> str:
    """Return in a few words why pip-audit gave no answer: its own line is a whole stack of errors.

    - ``said``: what it wrote to stderr. ``service``: the URL that it asked.
    """
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")
    host = urlsplit(service).hostname or service
    for word, reason in REASONS.items():
        if word in last:
            return f"{host} {reason}"
    return f"pip-audit ended with {last.partition(':')[0][:80] or 'nothing'}"


def require_service(words: list[str], seconds: int) -> None:
    """Return where the service knows of old advisories; raises NothingChecked where it does not."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "known-bad.txt"
        file.write_text(KNOWN_BAD + "\n", "utf-8")
        found = ask([file], words, seconds)
    if not any(package.get("vulns") for package in found):
        raise NothingChecked(
            f"the service knows no advisory for {KNOWN_BAD}, which has public ones: "
            "it is no advisory service, or an empty one"
        )


def check(locks: list[Path], words: list[str], seconds: int) -> int:
    """Say what is known of the packages of some locks; return the exit status.

    - Raises NothingChecked where a package that every system installs was not asked about.
    """
    require_service(words, seconds)
    found = ask(locks, words, seconds)
    asked = {(normalize(package["name"]), package.get("version")) for package in found}
    needed = {
        (pin.name, pin.version) for lock in locks for pin in read_lock(lock) if not pin.marker
    }
    left = sorted(f"{name}=={version}" for name, version in needed - asked)
    if left or not needed:
        raise NothingChecked("no answer about " + (", ".join(left) or "anything: empty locks"))
    bad = {
        f"{package['name']}=={package['version']}: {known['id']}"
        + (f" (mended in {', '.join(known['fix_versions'])})" if known["fix_versions"] else "")
        for package in found
        for known in package.get("vulns", [])
    }
    for line in sorted(bad):
        print(f"audit: VULNERABLE {line}")
    names = ", ".join(lock.name for lock in locks)
    print(f"audit: {len(asked)} packages of {names} checked, {len(bad)} advisories known.")
    return VULNERABLE if bad else CLEAN


def main(words: list[str]) -> int:
    """Check the locks; return the exit status."""
    parser = argparse.ArgumentParser(description="Check the locks against advisories.")
    parser.add_argument("--osv-url", metavar="URL", help="another service that answers as OSV does")
    parser.add_argument("--timeout", type=int, default=15, metavar="SECONDS")
    parser.add_argument("locks", type=Path, nargs="*", metavar="LOCK")
    asked = parser.parse_args(words)
    service = ["--osv-url", asked.osv_url] if asked.osv_url else []
    try:
        return check(asked.locks or list(LOCKS), service, asked.timeout)
    except NothingChecked as reason:
        print(f"audit: NOTHING WAS CHECKED: {reason}. {WHAT_TO_DO}", file=sys.stderr)
        return UNCHECKED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
