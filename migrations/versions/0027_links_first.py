"""Links that were asked for are mailed before all else: an index finds them past any backlog."""

from alembic import op
from sqlalchemy import text

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

LINKS = text("due_at IS NOT NULL AND kind = 'link'")


def upgrade() -> None:
    op.create_index(
        "ix_mails_links", "mails", ["due_at"], sqlite_where=LINKS, postgresql_where=LINKS
    )


def downgrade() -> None:
    op.drop_index("ix_mails_links", "mails")
