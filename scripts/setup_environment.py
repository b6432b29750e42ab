"""Makes .venv ready: system libraries first, then the locked packages, then the project itself.

- Nothing is made before everything that only root can install is there.
- A second run finds a stamp that names the lock, the Python and the folder, and ends at once.
- An environment that was moved, broken or left half made is made anew.
- pip's own settings on this machine (index, proxy, certificates) hold: the lock names no host.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import system_needs

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "hundredth-ready"
UNFINISHED = VENV / "hundredth-unfinished"
LOCK = ROOT / "requirements" / "dev.txt"
BUILD_LOCK = ROOT / "requirements" / "build.txt"
# Published only as source. Every other package comes as a wheel, so that no compiler is needed.
ONLY_SOURCE = "flask-principal"
# Whatever changes what the environment must hold.
INPUTS = (LOCK, BUILD_LOCK, ROOT / "pyproject.toml", Path(__file__).resolve())


def say(line: str) -> None:
    """Show a line to whoever typed the command."""
    print(f"setup: {line}", flush=True)


def require_system(purpose: str, makes_environment: bool) -> None:
    """Install what the system lacks, or stop and say what to type.

    - Raises SystemExit before anything was made.
    """
    needs = system_needs.NEEDS_TO_RUN
    if makes_environment:
        needs = system_needs.NEEDS_TO_SET_UP + needs
    if purpose != "run":
        needs = needs + system_needs.NEEDS_TO_TEST
    missing = system_needs.find_missing(needs)
    if not missing:
        return
    packages = [need.package for need in missing]
    if shutil.which("apt-get") is None:
        say("this machine lacks:")
        for need in missing:
            say(f"  {need.what} (Debian calls it {need.package})")
        raise SystemExit("setup: install these, then run the command again.")
    prefix = system_needs.become_root()
    if prefix is not None:
        say(f"installing {' '.join(packages)}")
        system_needs.install_packages(packages, prefix)
        missing = system_needs.find_missing(needs)
        if not missing:
            return
        say("still missing: " + "; ".join(need.what for need in missing))
    else:
        say("system packages are missing, and only root can install them. Type this line:")
    packages = [need.package for need in missing]
    raise SystemExit(
        "\n    sudo apt-get update && sudo apt-get install --yes --no-install-recommends "
        + " ".join(packages)
        + "\n\nsetup: then run the command again."
    )


def describe_python(python: Path) -> str | None:
    """Version and home of the environment's Python; None when it does not run."""
    code = "import sys; print(sys.version.split()[0], sys.base_prefix)"
    try:
        asked = subprocess.run(
            [python, "-I", "-c", code], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return asked.stdout.strip()


def is_whole(description: str | None) -> bool:
    """Whether the environment can be used as it is, or at least be completed.

    - No when its Python is gone or too old, when it was left half made, or when it was moved
      here from another folder (its commands name that folder).
    - No when the caller named a Python of another version.
    """
    if description is None or UNFINISHED.exists():
        return False
    version = tuple(int(part) for part in description.split()[0].split(".")[:2])
    if version < (3, 11):
        return False
    if os.environ.get("PYTHON") and version != sys.version_info[:2]:
        return False
    try:
        return str(PYTHON) in (VENV / "bin" / "pip").read_text()
    except OSError:
        return False


def compute_key(description: str) -> str:
    """What the stamp must say for the environment to be up to date."""
    digest = hashlib.sha256()
    for path in INPUTS:
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()} {description} {ROOT}\n"


def run_pip(*arguments: str) -> None:
    """Run the environment's pip; raises SystemExit when it fails.

    - A pip that fails takes back what it began, so the environment is not half made by it; one
      that is killed does not.
    """
    command = [str(PYTHON), "-I", "-m", "pip", *arguments]
    done = subprocess.run(command, check=False, cwd=ROOT, stdin=subprocess.DEVNULL)
    if done.returncode > 0:
        UNFINISHED.unlink(missing_ok=True)
    if done.returncode != 0:
        raise SystemExit("setup: pip failed; the lines above say why. Run the command again after.")


def fill() -> None:
    """Put the locked packages and the project itself into the environment.

    - The build backends come first, from the lock: nothing is built with one fetched on the way.
    """
    count = sum(1 for line in LOCK.read_text().splitlines() if line[:1].isalnum())
    say(f"installing {count} locked packages (a minute or so)")
    install = ("install", "-qq", "--disable-pip-version-check", "--no-input", "--no-deps")
    locked = (*install, "--require-hashes", "--no-build-isolation", "--only-binary", ":all:")
    run_pip(*locked, "--requirement", str(BUILD_LOCK))
    run_pip(*locked, "--no-binary", ONLY_SOURCE, "--requirement", str(LOCK))
    run_pip(*install, "--no-build-isolation", "--no-index", "--editable", ".")


def make_environment() -> None:
    """Make an empty environment where there is none that can be used."""
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        say("the old .venv cannot be used: making it anew")
        shutil.rmtree(VENV)
    say(f"making .venv with Python {sys.version.split()[0]}")
    VENV.mkdir()
    UNFINISHED.touch()
    done = subprocess.run([sys.executable, "-m", "venv", VENV], check=False)
    if done.returncode != 0:
        raise SystemExit("setup: the environment could not be made; the lines above say why.")


def is_up_to_date(description: str | None) -> bool:
    """Whether the stamp says that the environment holds what it must."""
    if description is None or not STAMP.exists():
        return False
    return STAMP.read_text() == compute_key(description)


def prepare(purpose: str) -> None:
    """Make the environment, or complete it, or find that nothing is to be done."""
    description = describe_python(PYTHON)
    whole = is_whole(description)
    require_system(purpose, makes_environment=not whole)
    if whole and is_up_to_date(description):
        say("ready, nothing to do")
        return
    if not whole:
        make_environment()
    UNFINISHED.touch()
    STAMP.unlink(missing_ok=True)
    fill()
    description = describe_python(PYTHON)
    if description is None:
        raise SystemExit("setup: the Python of .venv does not run.")
    STAMP.write_text(compute_key(description))
    UNFINISHED.unlink()
    say(f"ready (Python {description.split()[0]} in .venv)")


def main() -> None:
    """Do all of it, one caller at a time."""
    purpose = sys.argv[1] if len(sys.argv) > 1 else "both"
    if purpose not in ("run", "test", "both"):
        raise SystemExit(f"setup: not a purpose: {purpose}")
    with LOCK.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prepare(purpose)


if __name__ == "__main__":
    main()
