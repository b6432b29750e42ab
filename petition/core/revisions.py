"""The revision that a database's tables are at, and what to do where this version has none such."""

from collections.abc import Set as AbstractSet

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

WAY_OUT = (
    "Start the newer version that made it, or restore the backup made before that was installed. "
    "A database that was made before the first release has no way to here: move it aside and "
    "make a new one"
)


def read_revisions(connection: Connection) -> frozenset[str]:
    """Return the revisions that the tables are at: one, or none where there are no tables."""
    return frozenset(MigrationContext.configure(connection).get_current_heads())


def describe_unknown(revisions: AbstractSet[str], script: ScriptDirectory) -> str | None:
    """Return at which revisions a database is that ``script`` does not have; None: at no such."""
    known = {revision.revision for revision in script.walk_revisions()}
    if revisions <= known:
        return None
    return f"at {', '.join(sorted(revisions))}, which this version does not know"
