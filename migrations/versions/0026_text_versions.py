"""What an operator's mending must not break: the text that people sign, and one mail of letters.

- ``mails.told_with``: with which row's mail a letter is told; one such mail at a time to a signer.
- ``text_version`` of campaigns and signatures: a slip is mended while nobody has signed, and whoever
  read the text of before signs nothing. Two triggers hold it. On PostgreSQL each takes the
  campaign's row in a way that waits for the other: without that, a signature that is not committed
  yet would be seen by no mending, nor a mending by that signature.

Plain ADD COLUMN: SQLite would otherwise make the table anew, which drops its triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

SIGN, MEND = "signatures_refuse_other_text", "campaigns_refuse_mending_signed"
SIGNED_WORDS = "what people have signed is not changed"
OTHER_WORDS = "the text of the campaign is another by now"
# What people read before they sign, and what their signatures are counted by.
TEXT = (
    "title",
    "letter",
    "opening",
    "closing",
    "topic",
    "language",
    "organization",
    "message",
    "bill_number",
    "bill_title",
    "layers",
    "recipients",
    "step",
)
OF = f"BEFORE UPDATE OF text_version, {', '.join(TEXT)} ON campaigns FOR EACH ROW"
# An index each has those who live and those who ended.
HAS_SIGNERS = " OR ".join(
    f"EXISTS (SELECT 1 FROM signatures WHERE campaign_id = OLD.id AND ended_at IS {which})"
    for which in ("NULL", "NOT NULL")
)
UNNAMED = "OLD.state <> 'draft' AND NEW.text_version <= OLD.text_version"


def upgrade() -> None:
    op.add_column(
        "mails",
        sa.Column("told_with", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_mails_one_telling ON mails (signature_id)"
        " WHERE told_with = id AND due_at IS NOT NULL"
    )
    for table in ("campaigns", "signatures"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN text_version INTEGER DEFAULT 1 NOT NULL")
    if _is_sqlite():
        _hold_on_sqlite()
    else:
        _hold_on_postgresql()


def downgrade() -> None:
    for name, table in ((SIGN, "signatures"), (MEND, "campaigns")):
        op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else f" ON {table}"))
        if not _is_sqlite():
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("campaigns", "signatures"):
        op.drop_column(table, "text_version")
    op.drop_index("uq_mails_one_telling", table_name="mails")
    op.drop_column("mails", "told_with")


def _hold_on_sqlite() -> None:
    """SQLite writes one transaction after the other, so nothing has to wait for anything."""
    other = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in TEXT)
    op.execute(
        f"CREATE TRIGGER {MEND} {OF} WHEN ({other} OR NEW.text_version <> OLD.text_version)"
        f" AND ({HAS_SIGNERS} OR {UNNAMED}) BEGIN SELECT RAISE(ABORT, '{SIGNED_WORDS}'); END"
    )
    op.execute(
        f"CREATE TRIGGER {SIGN} BEFORE INSERT ON signatures FOR EACH ROW WHEN NEW.text_version <>"
        " (SELECT text_version FROM campaigns WHERE id = NEW.campaign_id)"
        f" BEGIN SELECT RAISE(ABORT, '{OTHER_WORDS}'); END"
    )


def _hold_on_postgresql() -> None:
    other = " OR ".join(
        f"NEW.{name}::text IS DISTINCT FROM OLD.{name}::text" for name in (*TEXT, "text_version")
    )
    _make_trigger(
        MEND,
        f"{OF} WHEN ({other})",
        # Whoever is signing now holds the row by its foreign key, and is waited for.
        "PERFORM 1 FROM campaigns WHERE id = OLD.id FOR UPDATE;"
        f" IF {HAS_SIGNERS} OR ({UNNAMED}) THEN",
        SIGNED_WORDS,
    )
    _make_trigger(
        SIGN,
        "BEFORE INSERT ON signatures FOR EACH ROW",
        # Waits for a mending, and keeps the next one waiting until this signature is there.
        "PERFORM 1 FROM campaigns WHERE id = NEW.campaign_id"
        " AND text_version = NEW.text_version FOR KEY SHARE; IF NOT FOUND THEN",
        OTHER_WORDS,
    )


def _make_trigger(name: str, when: str, condition: str, words: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {condition}"
        f" RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
