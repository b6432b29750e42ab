"""The migration revision of a database, and what to do if this version does not contain it."""

from collections.abc import Set as AbstractSet

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

WAY_OUT = (
    "Start the newer version that made it, or restore the backup made before that version was "
    "installed. A database made before the first release cannot be upgraded: move it away and "
    "create a new one"
)


def read_revisions(connection: Connection) -> frozenset[str]:
    """Return the revisions of the tables: one, or none if there are no tables."""
    return frozenset(MigrationContext.configure(connection).get_current_heads())


def describe_unknown(revisions: AbstractSet[str], script: ScriptDirectory) -> str | None:
    """Return a text that names the revisions missing from ``script``; None if none is missing."""
    known = {revision.revision for revision in script.walk_revisions()}
    if revisions <= known:
        return None
    return f"at {', '.join(sorted(revisions))}, which this version does not know"
