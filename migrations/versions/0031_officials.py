"""Where a post was read from last, and the rosters that staff upload."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "posts", sa.Column("source", sa.String(length=200), server_default="", nullable=False)
    )
    op.add_column("posts", sa.Column("checked_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("posts", "checked_on")
    op.drop_column("posts", "source")
