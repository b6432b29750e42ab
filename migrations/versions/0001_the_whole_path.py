"""the whole path."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "boundary_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(length=8), nullable=False),
        sa.Column("scope", sa.String(length=2), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("in_force_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('loaded', 'active', 'retired')", name=op.f("ck_boundary_sets_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundary_sets")),
    )
    with op.batch_alter_table("boundary_sets", schema=None) as batch_op:
        batch_op.create_index(
            "uq_boundary_sets_one_active",
            ["layer", "scope"],
            unique=True,
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        )

    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("layers", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("opening", sa.String(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("closing", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("bill_number", sa.String(), nullable=True),
        sa.Column("bill_title", sa.String(), nullable=True),
        sa.Column("bill_url", sa.String(), nullable=True),
        sa.Column("organization", sa.String(), nullable=False),
        sa.Column("organization_address", sa.JSON(), nullable=False),
        sa.Column("organization_email", sa.String(), nullable=True),
        sa.Column("confirm_email", sa.Boolean(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'closed')", name=op.f("ck_campaigns_state_known")
        ),
        sa.CheckConstraint("step >= 1", name=op.f("ck_campaigns_step_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaigns_slug")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_subject", ["subject", "subject_id", "id"], unique=False)

    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "officials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officials")),
        sa.UniqueConstraint("source_id", name=op.f("uq_officials_source_id")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organizations_slug")),
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("division_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("salutation", sa.String(), nullable=False),
        sa.Column("is_body", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("division_id", "key", name=op.f("uq_posts_division_id_key")),
    )
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.create_index("ix_posts_division_id", ["division_id"], unique=False)

    op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
    )
    op.create_table(
        "consent_offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_consent_offers_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_consent_offers_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_offers")),
    )
    with op.batch_alter_table("consent_offers", schema=None) as batch_op:
        batch_op.create_index(
            "uq_consent_offers_one_shown",
            ["campaign_id", "organization_id", "purpose"],
            unique=True,
            sqlite_where=sa.text("retired_at IS NULL"),
            postgresql_where=sa.text("retired_at IS NULL"),
        )

    op.create_table(
        "districts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("boundary_set_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(length=8), nullable=False),
        sa.Column("division_id", sa.String(), nullable=False),
        sa.Column("geoid", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["boundary_set_id"], ["boundary_sets.id"], name=op.f("fk_districts_boundary_set_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint(
            "boundary_set_id", "division_id", name=op.f("uq_districts_boundary_set_id_division_id")
        ),
        sa.UniqueConstraint(
            "boundary_set_id", "geoid", name=op.f("uq_districts_boundary_set_id_geoid")
        ),
    )
    with op.batch_alter_table("districts", schema=None) as batch_op:
        batch_op.create_index("ix_districts_division_id", ["division_id"], unique=False)

    op.create_table(
        "offices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("official_id", sa.Integer(), nullable=True),
        sa.Column("classification", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("voice", sa.String(), nullable=True),
        sa.Column("fax", sa.String(), nullable=True),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(post_id IS NULL) <> (official_id IS NULL)", name=op.f("ck_offices_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_offices_official_id")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_offices_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offices")),
    )
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offices_official_id"), ["official_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offices_post_id"), ["post_id"], unique=False)

    op.create_table(
        "roles_users",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_roles_users_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_roles_users_user_id")),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_roles_users")),
    )
    op.create_table(
        "signatures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("email_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("publish_comment", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("precision", sa.String(length=10), nullable=True),
        sa.Column("geocoder", sa.String(length=20), nullable=True),
        sa.Column("cell", sa.String(length=15), nullable=True),
        sa.Column("review_reason", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(state = 'erased') OR person IS NOT NULL", name=op.f("ck_signatures_kept_until_erased")
        ),
        sa.CheckConstraint(
            "(state IN ('withdrawn', 'rejected', 'expired', 'erased')) = (ended_at IS NOT NULL)",
            name=op.f("ck_signatures_ended_has_its_moment"),
        ),
        sa.CheckConstraint(
            "NOT (state = 'erased') OR person IS NULL", name=op.f("ck_signatures_erased_is_empty")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'confirmed', 'located', 'review', 'counted', 'withdrawn', 'rejected', 'expired', 'erased')",
            name=op.f("ck_signatures_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_signatures_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
    )
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        batch_op.create_index(
            "ix_signatures_due",
            ["state", "due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_signatures_uncounted",
            ["campaign_id", "state", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'counted'"),
            postgresql_where=sa.text("state <> 'counted'"),
        )
        batch_op.create_index(
            "uq_signatures_one_live",
            ["campaign_id", "email_digest"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("official_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_terms_official_id")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_terms_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint(
            "post_id",
            "official_id",
            "starts_on",
            name=op.f("uq_terms_post_id_official_id_starts_on"),
        ),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "signature_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["consent_offers.id"], name=op.f("fk_consents_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signatures.id"], name=op.f("fk_consents_signature_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint(
            "signature_id", "offer_id", name=op.f("uq_consents_signature_id_offer_id")
        ),
    )
    op.create_table(
        "district_shapes",
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("wkb", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_district_shapes_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_district_shapes")),
    )
    op.create_table(
        "milestones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("follows", sa.Integer(), nullable=True),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(number = 1 AND follows IS NULL) OR (number > 1 AND follows = number - 1)",
            name=op.f("ck_milestones_in_order"),
        ),
        sa.CheckConstraint(
            "threshold % number = 0", name=op.f("ck_milestones_threshold_is_a_multiple")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "district_id", "follows"],
            ["milestones.campaign_id", "milestones.district_id", "milestones.number"],
            name=op.f("fk_milestones_campaign_id_district_id_follows"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_milestones_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_milestones_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
        sa.UniqueConstraint(
            "campaign_id",
            "district_id",
            "number",
            name=op.f("uq_milestones_campaign_id_district_id_number"),
        ),
        sa.UniqueConstraint("code", name=op.f("uq_milestones_code")),
    )
    op.create_table(
        "placements",
        sa.Column(
            "signature_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("layer", sa.String(length=8), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("found_by", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_placements_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signatures.id"], name=op.f("fk_placements_signature_id")
        ),
        sa.PrimaryKeyConstraint("signature_id", "layer", name=op.f("pk_placements")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("names", sa.Integer(), nullable=False),
        sa.Column("addressee", sa.JSON(), nullable=False),
        sa.Column("rendered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_letters_sha256_is_hex")),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestones.id"], name=op.f("fk_letters_milestone_id")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_letters_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letters_sha256"), ["sha256"], unique=False)
        batch_op.create_index(
            "uq_letters_one_current",
            ["milestone_id", "post_id"],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "tallies",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "live < (coalesce(reached, 0) + 1) * step", name=op.f("ck_tallies_no_hundred_missed")
        ),
        sa.CheckConstraint(
            "live >= 0 AND live <= joined", name=op.f("ck_tallies_live_within_joined")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "district_id", "reached"],
            ["milestones.campaign_id", "milestones.district_id", "milestones.number"],
            name=op.f("fk_tallies_campaign_id_district_id_reached"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_tallies_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_tallies_district_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "district_id", name=op.f("pk_tallies")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'held', 'cancelled') OR letter_id IS NOT NULL",
            name=op.f("ck_deliveries_letter_when_sent"),
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'rendered', 'sending', 'accepted', 'delivered', 'retry_wait', 'failed', 'bounced', 'unknown', 'held', 'cancelled')",
            name=op.f("ck_deliveries_state_known"),
        ),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_deliveries_attempt_counts_up")),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_deliveries_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestones.id"], name=op.f("fk_deliveries_milestone_id")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_deliveries_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("message_id", name=op.f("uq_deliveries_message_id")),
        sa.UniqueConstraint(
            "milestone_id",
            "post_id",
            "channel",
            name=op.f("uq_deliveries_milestone_id_post_id_channel"),
        ),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_due",
            ["state", "due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.create_table(
        "ledger",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column(
            "signature_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("layer", sa.String(length=8), nullable=False),
        sa.Column("carried_by", sa.Integer(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ordinal >= 1", name=op.f("ck_ledger_ordinal_positive")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "district_id", "carried_by"],
            ["milestones.campaign_id", "milestones.district_id", "milestones.number"],
            name=op.f("fk_ledger_campaign_id_district_id_carried_by"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "district_id"],
            ["tallies.campaign_id", "tallies.district_id"],
            name=op.f("fk_ledger_campaign_id_district_id"),
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signatures.id"], name=op.f("fk_ledger_signature_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "district_id", "ordinal", name=op.f("pk_ledger")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ledger_carried",
            ["campaign_id", "district_id", "carried_by", "ordinal"],
            unique=False,
        )
        batch_op.create_index(
            "uq_ledger_one_live",
            ["signature_id", "layer"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "attempts",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("detail", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_attempts_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_attempts")),
    )


def downgrade() -> None:

    op.drop_table("attempts")
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_ledger_one_live",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index("ix_ledger_carried")

    op.drop_table("ledger")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_due",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.drop_table("deliveries")
    op.drop_table("tallies")
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_letters_one_current",
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_letters_sha256"))

    op.drop_table("letters")
    op.drop_table("placements")
    op.drop_table("milestones")
    op.drop_table("district_shapes")
    op.drop_table("consents")
    op.drop_table("terms")
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_signatures_one_live",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_signatures_uncounted",
            sqlite_where=sa.text("state <> 'counted'"),
            postgresql_where=sa.text("state <> 'counted'"),
        )
        batch_op.drop_index(
            "ix_signatures_due",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.drop_table("signatures")
    op.drop_table("roles_users")
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offices_post_id"))
        batch_op.drop_index(batch_op.f("ix_offices_official_id"))

    op.drop_table("offices")
    with op.batch_alter_table("districts", schema=None) as batch_op:
        batch_op.drop_index("ix_districts_division_id")

    op.drop_table("districts")
    with op.batch_alter_table("consent_offers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_consent_offers_one_shown",
            sqlite_where=sa.text("retired_at IS NULL"),
            postgresql_where=sa.text("retired_at IS NULL"),
        )

    op.drop_table("consent_offers")
    op.drop_table("users")
    op.drop_table("roles")
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_index("ix_posts_division_id")

    op.drop_table("posts")
    op.drop_table("organizations")
    op.drop_table("officials")
    op.drop_table("heartbeats")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_subject")

    op.drop_table("events")
    op.drop_table("campaigns")
    with op.batch_alter_table("boundary_sets", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_boundary_sets_one_active",
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        )

    op.drop_table("boundary_sets")
