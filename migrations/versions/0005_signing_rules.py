"""Rules of signatures: on PostgreSQL one expression holds all ten, and one lock the campaign.

A signing is one INSERT, which is a transaction of its own: PostgreSQL prepares each check of the
table, and each expression of a trigger's function, anew for it. Measured in time of its backend,
67 microseconds went to six questions of one function and 33 to the four checks that were left. The
foreign key to the campaign took another 17, to lock the row that ``signatures_refuse_other_text``
has locked before it.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATES = (
    "'pending', 'confirmed', 'located', 'review', 'counted', 'withdrawn', 'rejected', 'expired',"
    " 'erased'"
)
ENDED = "'withdrawn', 'rejected', 'expired', 'erased'"
# By the name of the check, as in petition/models/signatures/signature.py; those of 0002 come first.
RULES = {
    "ck_signatures_seat_known": "{0}seat IN (1, 2)",
    "ck_signatures_seat_once_confirmed": (
        "{0}ended_at IS NOT NULL OR ({0}state = 'pending') = ({0}seat IS NULL)"
    ),
    "ck_signatures_name_changes_few": "{0}name_changes BETWEEN 0 AND 3",
    "ck_signatures_comment_state_known": "{0}comment_state IN ('waiting', 'allowed', 'struck')",
    "ck_signatures_comment_to_publish": (
        "{0}comment_state IS NULL OR {0}comment_state = 'struck' OR {0}publish_comment"
    ),
    "ck_signatures_comment_decided": (
        "({0}comment_decided_at IS NULL"
        " OR coalesce({0}comment_state, '') IN ('allowed', 'struck'))"
        " AND ({0}comment_decided_at IS NOT NULL OR coalesce({0}comment_state, '') <> 'struck')"
    ),
}
LATER = {
    "ck_signatures_state_known": f"{{0}}state IN ({STATES})",
    "ck_signatures_ended_has_its_moment": (
        f"({{0}}state IN ({ENDED})) = ({{0}}ended_at IS NOT NULL)"
    ),
    "ck_signatures_erased_is_empty": "NOT ({0}state = 'erased') OR {0}person IS NULL",
    "ck_signatures_kept_until_erased": "({0}state = 'erased') OR {0}person IS NOT NULL",
}
FUNCTION = "signatures_keep_rules"
CAMPAIGN = "fk_signatures_campaign_id"
HELD = "campaigns_refuse_delete"


def upgrade() -> None:
    if _is_sqlite():
        return
    op.execute(_write_function(RULES | LATER, at_once=True))
    _replace_update(RULES | LATER)
    for name in LATER:
        op.execute(f"ALTER TABLE signatures DROP CONSTRAINT {name}")
    op.execute(
        f"CREATE FUNCTION {HELD}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF EXISTS (SELECT 1 FROM signatures WHERE campaign_id = OLD.id) THEN"
        f" RAISE EXCEPTION 'delete of a campaign with signatures breaks {CAMPAIGN}'"
        f" USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{CAMPAIGN}';"
        " END IF; RETURN OLD; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {HELD} BEFORE DELETE ON campaigns FOR EACH ROW EXECUTE FUNCTION {HELD}()"
    )
    op.execute(
        "CREATE TRIGGER campaigns_refuse_other_key BEFORE UPDATE OF id ON campaigns FOR EACH ROW"
        " WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION refuse('what a row is about never changes')"
    )
    op.execute(f"ALTER TABLE signatures DROP CONSTRAINT {CAMPAIGN}")


def downgrade() -> None:
    if _is_sqlite():
        return
    op.execute(
        f"ALTER TABLE signatures ADD CONSTRAINT {CAMPAIGN}"
        " FOREIGN KEY (campaign_id) REFERENCES campaigns (id)"
    )
    op.execute("DROP TRIGGER campaigns_refuse_other_key ON campaigns")
    op.execute(f"DROP TRIGGER {HELD} ON campaigns")
    op.execute(f"DROP FUNCTION {HELD}()")
    for name, rule in LATER.items():
        op.execute(f"ALTER TABLE signatures ADD CONSTRAINT {name} CHECK ({rule.format('')})")
    _replace_update(RULES)
    op.execute(_write_function(RULES, at_once=False))


def _write_function(rules: dict[str, str], *, at_once: bool) -> str:
    """Return the function that refuses a row; ``at_once``: which rule it breaks is asked after."""
    # As with a check, what is neither true nor false is let through.
    refusals = "".join(
        f" IF NOT ({rule.format('NEW.')}) THEN"
        f" RAISE EXCEPTION 'new row for signatures breaks {name}'"
        f" USING ERRCODE = 'check_violation', TABLE = 'signatures', CONSTRAINT = '{name}'; END IF;"
        for name, rule in rules.items()
    )
    body = f" IF NOT ({_join(rules)}) THEN{refusals} END IF;" if at_once else refusals
    return (
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN{body} RETURN NEW; END $$"
    )


def _replace_update(rules: dict[str, str]) -> None:
    # An UPDATE is of many rows: its condition is read once, and the function is not called.
    op.execute(f"DROP TRIGGER {FUNCTION}_at_update ON signatures")
    op.execute(
        f"CREATE TRIGGER {FUNCTION}_at_update BEFORE UPDATE ON signatures"
        f" FOR EACH ROW WHEN (NOT ({_join(rules)})) EXECUTE FUNCTION {FUNCTION}()"
    )


def _join(rules: dict[str, str]) -> str:
    return " AND ".join(f"({rule.format('NEW.')})" for rule in rules.values())


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
