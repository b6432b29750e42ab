"""Words of attempts: where a try went, and what the mail server answered, for staff to read."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE attempts ADD COLUMN recipient VARCHAR(320)")
    op.execute(
        "ALTER TABLE attempts ADD COLUMN said VARCHAR(300)"
        " CONSTRAINT ck_attempts_said_short CHECK (length(said) <= 300)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE attempts DROP COLUMN said")
    op.execute("ALTER TABLE attempts DROP COLUMN recipient")
