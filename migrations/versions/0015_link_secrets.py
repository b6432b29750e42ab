"""Link secrets: a private link opens the row that it was mailed for, and no other.

Rows that are there keep none: their links, which are in mailboxes already, go on to open them. A row
that is made from now on has one, so that no link of before opens it, also after a restore.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signatures", sa.Column("link_secret", sa.LargeBinary(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("signatures", "link_secret")
