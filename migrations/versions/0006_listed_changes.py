"""The changes of a signature's state, as SQLite finds them without building their list anew.

A list after IN is made into a table each time a trigger runs: half of what it cost to claim a batch
that is counted. The changes are those of 0002; PostgreSQL has them as a constant, and keeps it.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAME = "signatures_refuse_change"
CHANGE = "OLD.state || '>' || NEW.state"


def upgrade() -> None:
    _replace(f"instr(' {_read_changes()} ', ' ' || {CHANGE} || ' ') = 0")


def downgrade() -> None:
    allowed = ", ".join(f"'{pair}'" for pair in _read_changes().split())
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


def _read_changes() -> str:
    rules = op.get_context().script.get_revision("0002").module
    return str(rules.SIGNATURE_CHANGES)
