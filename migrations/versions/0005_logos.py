"""A campaign names the organization whose logo stands above its title."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("logo", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("campaigns", "logo")
