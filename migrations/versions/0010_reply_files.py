"""Answers of offices: who would like one, and the file of their addresses beside a letter.

A file is made when its letter begins to go and not before. A letter keeps which file is its own.
Going down keeps every letter and drops the files and the consents.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

IDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reply_consents",
        sa.Column("signature_id", IDS, autoincrement=False, nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signatures.id"], name=op.f("fk_reply_consents_signature_id")
        ),
        sa.PrimaryKeyConstraint("signature_id", name=op.f("pk_reply_consents")),
    )
    op.create_table(
        "reply_files",
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_reply_files_not_empty")),
        sa.CheckConstraint("length(mark) = 64", name=op.f("ck_reply_files_mark_is_hex")),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestones.id"], name=op.f("fk_reply_files_milestone_id")
        ),
        sa.PrimaryKeyConstraint("milestone_id", "mark", name=op.f("pk_reply_files")),
    )
    op.add_column("letters", sa.Column("replies", sa.String(length=64), nullable=True))
    rules = _load_rules()
    for rule in _list_rules(rules):
        rules.create(rule)


def downgrade() -> None:
    rules = _load_rules()
    for rule in reversed(_list_rules(rules)):
        rules.drop(rule)
    op.drop_column("letters", "replies")
    op.drop_table("reply_files")
    op.drop_table("reply_consents")


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _list_rules(rules: Any) -> list[Any]:
    return [
        # 6, old letters never change.
        rules.Rule(
            "letters_refuse_other_replies",
            "UPDATE OF replies",
            "letters",
            "a letter never changes",
            row="coalesce(OLD.replies, '') <> coalesce(NEW.replies, '')",
        ),
        # 7, no consent, no data: it may be taken back until the letter begins to go.
        rules.Rule(
            "reply_files_refuse_unsealed",
            "INSERT",
            "reply_files",
            "addresses go with a letter that has begun to go",
            found="EXISTS (SELECT 1 FROM milestones m"
            " WHERE m.id = NEW.milestone_id AND m.sealed_at IS NULL)",
        ),
    ]
