"""Deliveries that staff hold and release: two more changes of state, and who may release."""

from dataclasses import replace
from typing import Any

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ADDED = "retry_wait>held held>retry_wait"
LEAVES = "OLD.state = 'held' AND NEW.state IN ('queued', 'retry_wait')"
STAYS = "OLD.state = 'held' AND NEW.state = 'held'"
BY_STAFF = "coalesce(OLD.reason, '') = 'held-by-staff'"


def upgrade() -> None:
    rules = op.get_context().script.get_revision("0002").module
    rules.drop(_find_change(rules))
    rules.create(_allow_more(rules))
    rules.create(_refuse_release(rules))


def downgrade() -> None:
    rules = op.get_context().script.get_revision("0002").module
    rules.drop(_refuse_release(rules))
    rules.drop(_allow_more(rules))
    rules.create(_find_change(rules))


def _find_change(rules: Any) -> Any:
    (found,) = [rule for rule in rules.RULES if rule.name == "deliveries_refuse_change"]
    return found


def _allow_more(rules: Any) -> Any:
    unlisted = rules._unlisted(f"{rules.DELIVERY_CHANGES} {ADDED}")
    return replace(_find_change(rules), row=f"OLD.state <> NEW.state AND {unlisted}")


def _refuse_release(rules: Any) -> Any:
    # 5, one letter to one post: what was tried goes on with its letter, and nothing else does. What
    # staff hold is released by staff alone, and is held for no other reason meanwhile.
    return rules.Rule(
        "deliveries_refuse_release",
        "UPDATE OF state, reason",
        "deliveries",
        "a held delivery goes on as it was, and one that staff hold by staff",
        row=f"({LEAVES} AND (OLD.attempt > 0) <> (NEW.state = 'retry_wait'))"
        f" OR ({LEAVES} AND {BY_STAFF} AND coalesce(NEW.reason, '') <> 'released')"
        f" OR ({STAYS} AND {BY_STAFF} AND coalesce(NEW.reason, '') <> 'held-by-staff')"
        " OR (OLD.state = 'retry_wait' AND NEW.state = 'held'"
        " AND coalesce(NEW.reason, '') <> 'held-by-staff')",
    )
