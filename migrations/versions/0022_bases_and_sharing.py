"""Bases of organizations, reach by districts; members in the boxes; consents by own link.

- The base of before is the first, approved with its organization; one that waited as a change waits
  as a base. Going down keeps the first base in use, or the first that waits of a group that was not
  approved.
- An offer that an umbrella group shows now gets no names: the next change of its members writes the
  first wording that has them. Going down, wordings keep the names that are in them.
"""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLE = "organization_bases"
MOMENT = sa.DateTime(timezone=True)
PLACE = ("locality", "latitude", "longitude")
IN_USE = sa.text("ended_at IS NULL AND (decision IS NULL OR decision = 'approved')")
WAITING = sa.text("decision IS NULL AND ended_at IS NULL")
DECIDED_WHOLE = (
    "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)"
)
FIRST = (
    "SELECT b.{0} FROM organization_bases b WHERE b.organization_id = organizations.id"
    " AND b.ended_at IS NULL AND (b.decision = 'approved' OR (b.decision IS NULL"
    " AND organizations.state IN ('applied', 'refused'))) ORDER BY b.id LIMIT 1"
)
TWO_REACHES = "NEW.reach_km IS NOT NULL AND CAST(NEW.reach_divisions AS text) <> '[]'"

WORDING = "id campaign_id organization_id purpose wording"
ENDING = (
    "ending VARCHAR DEFAULT '' NOT NULL CONSTRAINT ck_consent_offers_ending_last"
    " CHECK (substr(wording, length(wording) - length(ending) + 1) = ending)"
)
OTHER_LINK = (
    "EXISTS (SELECT 1 FROM campaigns k JOIN organizations o ON o.id = NEW.organization_id"
    " WHERE k.id = NEW.campaign_id AND k.sharing = 'own-link'"
    " AND coalesce(NEW.source, '') <> 'link:' || o.slug)"
)


def upgrade() -> None:
    _make_bases()
    _fill_bases()
    _move_changes()
    for name in ("latitude", "longitude"):
        op.drop_column("organizations", name)
    op.execute(
        "UPDATE organizations SET reach_km = NULL"
        " WHERE reach_km IS NOT NULL AND CAST(reach_divisions AS text) <> '[]'"
    )
    rules = _load_rules()
    rules.drop(_keep_wording(rules, WORDING))
    op.execute(f"ALTER TABLE consent_offers ADD COLUMN {ENDING}")
    op.execute("ALTER TABLE consent_offers ADD COLUMN members JSON DEFAULT '[]' NOT NULL")
    rules.create(_keep_wording(rules, f"{WORDING} ending members"))
    for rule in (*_list_rules(rules), *_list_sharing_rules(rules)):
        rules.create(rule)


def downgrade() -> None:
    rules = _load_rules()
    for rule in reversed((*_list_rules(rules), *_list_sharing_rules(rules))):
        rules.drop(rule)
    rules.drop(_keep_wording(rules, f"{WORDING} ending members"))
    for name in ("members", "ending"):
        op.drop_column("consent_offers", name)
    rules.create(_keep_wording(rules, WORDING))
    for name in ("latitude", "longitude"):
        op.add_column("organizations", sa.Column(name, sa.Double(), nullable=True))
        op.execute(f"UPDATE organizations SET {name} = ({FIRST.format(name)})")  # noqa: S608
    op.drop_table(TABLE)


def _make_bases() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("because", sa.String(), server_default="", nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        _check("decision_known", "decision IN ('approved', 'refused')"),
        _check("decided_whole", DECIDED_WHOLE),
        _check("refused_because", "decision <> 'refused' OR because <> ''"),
        _check("on_earth", "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f(f"fk_{TABLE}_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        f"uq_{TABLE}_point",
        TABLE,
        ["organization_id", "latitude", "longitude"],
        unique=True,
        sqlite_where=IN_USE,
        postgresql_where=IN_USE,
    )
    op.create_index(
        f"ix_{TABLE}_waiting",
        TABLE,
        ["asked_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def _fill_bases() -> None:
    approved = "state IN ('approved', 'suspended')"
    op.get_bind().execute(
        sa.text(
            f"INSERT INTO {TABLE} (organization_id, name, latitude, longitude, asked_by, asked_at,"  # noqa: S608
            " decision, decided_at, decided_by) SELECT id, locality, latitude, longitude, 'system',"
            f" :now, CASE WHEN {approved} THEN 'approved' END, CASE WHEN {approved} THEN :now END,"
            f" CASE WHEN {approved} THEN 'system' END FROM organizations"
            " WHERE latitude IS NOT NULL AND longitude IS NOT NULL"
        ).bindparams(sa.bindparam("now", datetime.now(UTC), MOMENT))
    )


def _move_changes() -> None:
    """Make a base that waits of each change that waits and has one."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.text(
            'SELECT id, organization_id, "values" AS told, made_by FROM organization_changes'
            " WHERE decision IS NULL"
        )
    ).all()
    for row in rows:
        told = json.loads(row.told) if isinstance(row.told, str) else dict(row.told)
        if "latitude" in told and "longitude" in told:
            bind.execute(
                sa.text(
                    f"INSERT INTO {TABLE} (organization_id, name, latitude, longitude, asked_by,"  # noqa: S608
                    " asked_at) SELECT :whose, coalesce(:locality, ''), :latitude, :longitude,"
                    f" :by, :now WHERE NOT EXISTS (SELECT 1 FROM {TABLE} b WHERE"
                    " b.organization_id = :whose AND b.latitude = :latitude"
                    " AND b.longitude = :longitude)"
                ).bindparams(
                    sa.bindparam("whose", row.organization_id, sa.Integer()),
                    sa.bindparam("locality", told.get("locality"), sa.String()),
                    sa.bindparam("latitude", told["latitude"], sa.Double()),
                    sa.bindparam("longitude", told["longitude"], sa.Double()),
                    sa.bindparam("by", row.made_by, sa.String()),
                    sa.bindparam("now", datetime.now(UTC), MOMENT),
                )
            )
        rest = {name: value for name, value in told.items() if name not in PLACE}
        if not rest:
            bind.execute(sa.text("DELETE FROM organization_changes WHERE id = :id"), {"id": row.id})
        elif rest != told:
            bind.execute(
                sa.text('UPDATE organization_changes SET "values" = :told WHERE id = :id'),
                {"told": json.dumps(rest), "id": row.id},
            )


def _list_rules(rules: Any) -> list[Any]:
    rule, differs = rules.Rule, rules._differs
    return [
        rule(
            "organization_bases_refuse_delete",
            "DELETE",
            TABLE,
            "a base is given up, never deleted",
        ),
        rule(
            "organization_bases_refuse_rewrite",
            "UPDATE",
            TABLE,
            "a base never moves, and is decided once",
            row=differs("id organization_id name latitude longitude asked_by asked_at")
            + " OR (OLD.decision IS NOT NULL AND ("
            + differs("decision decided_at decided_by because")
            + ")) OR (OLD.ended_at IS NOT NULL AND ("
            + differs("ended_at decision")
            + "))",
        ),
        rule(
            "organization_bases_refuse_many",
            "INSERT",
            TABLE,
            "an organization has ten bases at most",
            found=f"(SELECT count(*) FROM {TABLE} b WHERE b.organization_id = NEW.organization_id"
            " AND b.ended_at IS NULL AND (b.decision IS NULL OR b.decision = 'approved')) >= 10",
            waits="PERFORM 1 FROM organizations WHERE id = NEW.organization_id FOR NO KEY UPDATE;",
        ),
        rule(
            "organizations_refuse_two_reaches",
            "UPDATE OF reach_km, reach_divisions",
            "organizations",
            "a reach is kilometers or districts",
            row=TWO_REACHES,
        ),
        rule(
            "organizations_refuse_two_reaches_at_once",
            "INSERT",
            "organizations",
            "a reach is kilometers or districts",
            row=TWO_REACHES,
        ),
    ]


def _keep_wording(rules: Any, columns: str) -> Any:
    return rules.Rule(
        "consent_offers_refuse_rewrite",
        "UPDATE",
        "consent_offers",
        "a wording is never edited",
        row=rules._differs(columns),
    )


def _list_sharing_rules(rules: Any) -> list[Any]:
    rule, differs = rules.Rule, rules._differs
    own_link = "a consent is given by the link of its organization"
    return [
        rule(
            "consent_offers_refuse_other_members",
            "INSERT",
            "consent_offers",
            "an offer names the members of its organization",
            row="NEW.retired_at IS NULL",
            found="NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = NEW.organization_id"
            " AND CAST(o.members AS text) = CAST(NEW.members AS text))",
            waits="PERFORM 1 FROM organizations WHERE id = NEW.organization_id FOR SHARE;",
        ),
        rule(
            "consent_offers_refuse_return",
            "UPDATE OF retired_at",
            "consent_offers",
            "a wording that was retired stays so",
            row="OLD.retired_at IS NOT NULL AND NEW.retired_at IS NULL",
        ),
        rule(
            "organizations_refuse_unnamed_members",
            "UPDATE OF members",
            "organizations",
            "an offer that is shown names the members",
            row=differs("members"),
            found="EXISTS (SELECT 1 FROM consent_offers f WHERE f.organization_id = NEW.id"
            " AND f.retired_at IS NULL)",
        ),
        # 7, no consent, no data: of those who came by its own link.
        rule(
            "consents_refuse_other_link", "INSERT", "consents", own_link, row=None, found=OTHER_LINK
        ),
        rule(
            "consents_refuse_other_link_again",
            "UPDATE OF withdrawn_at, source",
            "consents",
            own_link,
            row="NEW.withdrawn_at IS NULL AND (OLD.withdrawn_at IS NOT NULL"
            " OR coalesce(OLD.source, '') <> coalesce(NEW.source, ''))",
            found=OTHER_LINK,
        ),
    ]


def _load_rules() -> Any:
    return op.get_context().script.get_revision("0002").module


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))
