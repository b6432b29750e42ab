"""Question mails: whoever was placed by a point, and waits since, is asked where they live."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

RULE = "ck_mails_kind_known"
BEFORE = ("reminder", "link", "delivered", "successor")
QUESTION = "question"


def upgrade() -> None:
    _allow(*BEFORE, QUESTION)


def downgrade() -> None:
    questions = f"SELECT id FROM mails WHERE kind = '{QUESTION}'"
    op.execute(f"DELETE FROM refused_mails WHERE mail_id IN ({questions})")
    op.execute(f"DELETE FROM mails WHERE kind = '{QUESTION}'")
    _allow(*BEFORE)


def _allow(*kinds: str) -> None:
    rule = f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(RULE), "mails", type_="check")
        op.create_check_constraint(op.f(RULE), "mails", rule)
        return
    # SQLite copies the table, and leaves out the checks that it had: no trigger stands on it.
    op.drop_index("ix_mails_due", "mails")
    with op.batch_alter_table("mails", recreate="always") as table:
        table.create_check_constraint(op.f(RULE), rule)
    op.create_index("ix_mails_due", "mails", ["due_at"], sqlite_where=sa.text("due_at IS NOT NULL"))
