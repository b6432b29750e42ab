"""Retention: what is past its time is found, and a campaign may lose its people after its close.

Plain ADD COLUMN with its constraint: SQLite could add it in no other way without making the table
anew, which would drop its triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

LEFTOVERS = sa.text("state = 'erased' AND emptied_at IS NULL")
DONE = sa.text("due_at IS NULL AND kind IN ('reminder', 'link', 'delivered')")
SAID = sa.text("said IS NOT NULL")
INDEXES = (
    ("ix_signatures_leftovers", "signatures", "ended_at", LEFTOVERS),
    ("ix_mails_done", "mails", "created_at", DONE),
    ("ix_attempts_said", "attempts", "ended_at", SAID),
)
RULE = "campaigns_refuse_people_back"
TAKES_BACK = (
    "OLD.people_erased_at IS NOT NULL AND (NEW.people_erased_at IS NULL "
    "OR NEW.people_erased_at <> OLD.people_erased_at)"
)
WORDS = "people who were erased do not come back"


def upgrade() -> None:
    moment = "DATETIME" if _is_sqlite() else "TIMESTAMP WITH TIME ZONE"
    op.execute(f"ALTER TABLE signatures ADD COLUMN emptied_at {moment}")
    op.execute(
        f"ALTER TABLE campaigns ADD COLUMN people_erased_at {moment}"
        " CONSTRAINT ck_campaigns_people_erased_closed"
        " CHECK (people_erased_at IS NULL OR state = 'closed')"
    )
    for name, table, column, where in INDEXES:
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
    head = f"CREATE TRIGGER {RULE} BEFORE UPDATE OF people_erased_at ON campaigns "
    if _is_sqlite():
        op.execute(f"{head}WHEN {TAKES_BACK} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END")
    else:
        op.execute(f"{head}FOR EACH ROW WHEN ({TAKES_BACK}) EXECUTE FUNCTION refuse('{WORDS}')")


def downgrade() -> None:
    op.execute(f"DROP TRIGGER {RULE}" + ("" if _is_sqlite() else " ON campaigns"))
    for name, table, *_ in INDEXES:
        op.drop_index(name, table)
    op.drop_column("campaigns", "people_erased_at")
    op.drop_column("signatures", "emptied_at")


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
