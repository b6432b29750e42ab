"""Finds the folders outside the packages: at the top of the source tree, or inside the wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_SOURCE_TREE = _PACKAGE.parent
_BUNDLED = _PACKAGE / "_bundled"


def find_templates() -> Path:
    """Return the folder of the templates."""
    return _find("templates")


def find_migrations() -> Path:
    """Return the folder of the Alembic environment and its versions."""
    return _find("migrations")


def _find(name: str) -> Path:
    """Return the wheel's copy if there is one (a source tree has none), else the one at the top."""
    bundled = _BUNDLED / name
    return bundled if bundled.is_dir() else _SOURCE_TREE / name
