"""What Hundredth needs of the system beside Python, and how Debian calls it."""

import ctypes
import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

# One letter of each script that a signer's name may be written in, by the package that brings it.
CJK_LETTERS = "漢あ한"
OTHER_LETTERS = "Жαאعकকਕકதతಕമසกກကကខაաአ"

# What Chromium is called where it is installed; tests/browser/conftest.py looks for the same.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Need:
    """One thing that must be there, the Debian package that brings it, and how to find out."""

    what: str
    package: str
    is_met: Callable[[], bool]


def has_library(soname: str, name: str) -> bool:
    """Whether the library can be loaded, as WeasyPrint will load it."""
    for candidate in (soname, ctypes.util.find_library(name)):
        if candidate:
            try:
                ctypes.CDLL(candidate)
            except OSError:
                continue
            return True
    return False


def has_letters(letters: str) -> bool:
    """Whether fontconfig finds a font for each of the letters."""
    if shutil.which("fc-list") is None:
        return False
    return all(
        subprocess.run(
            ["fc-list", "-q", f":charset={ord(letter):x}"], check=False, capture_output=True
        ).returncode
        == 0
        for letter in letters
    )


def has_environments() -> bool:
    """Whether this Python can make an environment with pip in it."""
    return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))


NEEDS_TO_SET_UP: tuple[Need, ...] = (
    Need(
        "a Python that can make environments",
        f"python{sys.version_info.major}.{sys.version_info.minor}-venv",
        has_environments,
    ),
)
NEEDS_TO_RUN: tuple[Need, ...] = (
    Need(
        "Pango, which sets the text of the letters",
        "libpango-1.0-0",
        lambda: has_library("libpango-1.0.so.0", "pango-1.0"),
    ),
    Need(
        "Pango for FreeType",
        "libpangoft2-1.0-0",
        lambda: has_library("libpangoft2-1.0.so.0", "pangoft2-1.0"),
    ),
    Need(
        "HarfBuzz's subsetting, which embeds only the letters used",
        "libharfbuzz-subset0",
        lambda: has_library("libharfbuzz-subset.so.0", "harfbuzz-subset"),
    ),
    Need(
        "fonts for names in the world's alphabets",
        "fonts-noto-core",
        lambda: has_letters(OTHER_LETTERS),
    ),
    Need(
        "fonts for names in Chinese, Japanese and Korean",
        "fonts-noto-cjk",
        lambda: has_letters(CJK_LETTERS),
    ),
)
NEEDS_TO_TEST: tuple[Need, ...] = (
    Need(
        "pdftotext, with which the tests read letters",
        "poppler-utils",
        lambda: shutil.which("pdftotext") is not None,
    ),
    Need(
        "Chromium, with which the tests open pages",
        "chromium",
        lambda: any(map(shutil.which, BROWSERS)),
    ),
)


def find_missing(needs: tuple[Need, ...]) -> list[Need]:
    """The needs that are not met, in their order."""
    return [need for need in needs if not need.is_met()]


def become_root() -> list[str] | None:
    """The words to put before a command so that it runs as root without a question.

    - An empty list for root itself.
    - None when that is not possible.
    """
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def install_packages(packages: list[str], prefix: list[str]) -> bool:
    """Whether apt installed the packages.

    - Asks nothing, and takes nothing that is only recommended.
    - A stale list of one source does not stop it: the installation itself is what counts.
    """
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run([*apt, "update"], check=False, stdin=subprocess.DEVNULL)
    done = subprocess.run(
        [*apt, "install", "--yes", "--no-install-recommends", *packages],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return done.returncode == 0
