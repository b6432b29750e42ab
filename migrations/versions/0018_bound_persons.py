"""Sealed persons are bound to their row: where not to the link secret, to a secret of its own.

What is sealed already stays as it is, and opens by its first byte as before; it is bound once it is
written again, or by ``petition signatures reseal``.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signatures", sa.Column("bound_to", sa.LargeBinary(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("signatures", "bound_to")
