"""What a letter asks for: the ask of a campaign, and the words of the message with a letter.

What people sign has the ask and the position in it: campaigns_refuse_mending_signed keeps both. A
letter's message never changes either: letters_refuse_update keeps it.
"""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

POSITION = (
    "position VARCHAR(8) DEFAULT 'ask' NOT NULL"
    " CONSTRAINT ck_campaigns_position_known CHECK (position IN ('support', 'oppose', 'ask'))"
)


def upgrade() -> None:
    op.execute(f"ALTER TABLE campaigns ADD COLUMN {POSITION}")
    op.add_column("campaigns", sa.Column("ask", sa.String(), server_default="", nullable=False))
    op.add_column("campaigns", sa.Column("deadline", sa.Date(), nullable=True))
    op.add_column(
        "campaigns",
        sa.Column("contact", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("letters", sa.Column("message", sa.JSON(), nullable=True))
    rules = _load_rules()
    for old, new in _pair(rules):
        rules.drop(old)
        rules.create(new)


def downgrade() -> None:
    rules = _load_rules()
    for old, new in _pair(rules):
        rules.drop(new)
        rules.create(old)
    op.drop_column("letters", "message")
    for name in ("contact", "deadline", "ask", "position"):
        op.drop_column("campaigns", name)


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _pair(rules: Any) -> list[tuple[Any, Any]]:
    """Return each rule of 0002 that names the columns, as it was and as it is."""
    known = {rule.name: rule for rule in rules.RULES}
    signed = known["campaigns_refuse_mending_signed"]
    text = f"{rules.TEXT} position ask"
    letters = known["letters_refuse_update"]
    return [
        (
            signed,
            replace(
                signed,
                when=f"UPDATE OF text_version, {', '.join(text.split())}",
                row=rules._differs(f"{text} text_version"),
            ),
        ),
        (letters, replace(letters, row=f"{letters.row} OR {rules._differs('message')}")),
    ]
