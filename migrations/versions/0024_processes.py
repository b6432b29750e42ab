"""Processes: each worker and scheduler that runs says so; refused mails are found by when they were."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NOT_GONE = sa.text("NOT gone")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("stages", sa.String(120), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("beat_at", MOMENT, nullable=False),
        sa.Column("clock_ahead", sa.Double(), nullable=False),
        sa.CheckConstraint("role IN ('worker', 'scheduler')", name=op.f("ck_processes_role_known")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_processes")),
    )
    op.create_index("ix_processes_host", "processes", ["host", "role"])
    op.create_index("ix_refused_mails_last_at", "refused_mails", ["last_at"])
    op.create_index(
        "ix_refused_mails_not_gone",
        "refused_mails",
        ["last_at"],
        sqlite_where=NOT_GONE,
        postgresql_where=NOT_GONE,
    )


def downgrade() -> None:
    op.drop_index("ix_refused_mails_not_gone", "refused_mails")
    op.drop_index("ix_refused_mails_last_at", "refused_mails")
    op.drop_table("processes")
