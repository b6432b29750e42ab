"""The changes of a signature's state, as SQLite finds them without building their list anew.

A list after IN is made into a table each time a trigger runs: half of what it cost to claim a batch
that is counted. The changes are those of 0002; PostgreSQL has them as a constant, and keeps it.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SIGNATURE_CHANGES = (
    "pending>confirmed pending>withdrawn pending>rejected pending>expired pending>erased "
    "confirmed>located confirmed>review confirmed>withdrawn confirmed>rejected confirmed>erased "
    "located>counted located>confirmed located>review located>withdrawn located>rejected "
    "located>erased review>confirmed review>located review>withdrawn review>rejected review>erased "
    "counted>confirmed counted>withdrawn counted>rejected counted>erased "
    "withdrawn>erased rejected>confirmed rejected>erased expired>erased"
)
NAME = "signatures_refuse_change"
CHANGE = "OLD.state || '>' || NEW.state"


def upgrade() -> None:
    _replace(f"instr(' {SIGNATURE_CHANGES} ', ' ' || {CHANGE} || ' ') = 0")


def downgrade() -> None:
    allowed = ", ".join(f"'{pair}'" for pair in SIGNATURE_CHANGES.split())
    _replace(f"({CHANGE}) NOT IN ({allowed})")


def _replace(is_other: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute(f"DROP TRIGGER {NAME}")
    op.execute(
        f"CREATE TRIGGER {NAME} BEFORE UPDATE OF state ON signatures"
        f" WHEN OLD.state <> NEW.state AND {is_other}"
        " BEGIN SELECT RAISE(ABORT, 'no such change of a signature'); END"
    )
