"""Letter lane: letters that the mail server refuses wait together, and say whose fault it was."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NAME = "ck_mail_lanes_name_known"


def upgrade() -> None:
    # No trigger is on this table, so that SQLite may make it anew.
    with op.batch_alter_table("mail_lanes") as lanes:
        lanes.drop_constraint(op.f(NAME), type_="check")
        lanes.create_check_constraint(op.f(NAME), "name IN ('signers', 'letters')")
        lanes.add_column(sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "ALTER TABLE attempts ADD COLUMN about VARCHAR(6)"
        " CONSTRAINT ck_attempts_about_known CHECK (about IN ('ours', 'unsure'))"
    )
    op.execute(
        "ALTER TABLE attempts ADD COLUMN spent BOOLEAN DEFAULT true NOT NULL"
        " CONSTRAINT ck_attempts_unspent_has_cause CHECK (spent OR about IS NOT NULL)"
    )
    op.create_index(
        "ix_attempts_refused",
        "attempts",
        ["ended_at"],
        sqlite_where=sa.text("about IS NOT NULL"),
        postgresql_where=sa.text("about IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_attempts_refused", "attempts")
    op.execute("ALTER TABLE attempts DROP COLUMN spent")
    op.execute("ALTER TABLE attempts DROP COLUMN about")
    op.execute("DELETE FROM mail_lanes WHERE name = 'letters'")
    with op.batch_alter_table("mail_lanes") as lanes:
        lanes.drop_column("taken_at")
        lanes.drop_constraint(op.f(NAME), type_="check")
        lanes.create_check_constraint(op.f(NAME), "name IN ('signers')")
