"""Whether a pause was set for the whole service, so that only such a role resumes it."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pauses", sa.Column("for_service", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("pauses", "for_service")
