"""Where the folders are that stand beside the packages: in the source tree, or inside the wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_SOURCE_TREE = _PACKAGE.parent
_BUNDLED = _PACKAGE / "_bundled"


def find_templates() -> Path:
    """The folder of the templates."""
    return _find("templates")


def find_migrations() -> Path:
    """The folder of the Alembic environment and its versions."""
    return _find("migrations")


def _find(name: str) -> Path:
    """The wheel's own copy when there is one (a source tree has none), else the one at the top."""
    bundled = _BUNDLED / name
    return bundled if bundled.is_dir() else _SOURCE_TREE / name
