"""E-mails to accounts and to people who are invited: ids only."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigPrimaryKey, one_of, partial_index
from petition.core.database import Base
from petition.models.accounts.account_session import PortalName
from petition.models.outgoing.dispatched import Leased


class AccountMailKind(StrEnum):
    """The subject of an e-mail to an account."""

    INVITATION = "invitation"
    RESET = "reset"  # a link to choose another password
    NEW_PLACE = "new-place"  # a sign-in from a network that is new for the account
    PASSWORD = "password"  # the password was changed  # noqa: S105
    RECOVERY = "recovery"  # a recovery code was used
    FACTOR_RESET = "factor-reset"  # an admin removed the second factor
    APPLICATION = "application"  # the link that proves an applying organization's address
    REFUSAL = "refusal"  # staff refused an application, with the reason that they wrote
    EXPORT = "export"  # a list that its recipient asked for is ready
    DIGEST = "digest"  # once a day: what waits for a person
    ALERT = "alert"  # at once: what cannot wait
    WEBHOOK = "webhook"  # a webhook of the organization was switched off


class AccountMail(Leased, Base):
    """One e-mail to one account or one invited address, due or sent; it contains no address.

    - ``user_id``: None for an invitation, an application or its refusal, and for a reset that was
      asked for an address without an account: that row is written all the same, and dropped by the
      worker.
    - ``secret``: of the link of a reset; ``spent_at``: when that link was used.
    """

    __tablename__ = "account_mails"
    __table_args__ = (
        one_of("kind", AccountMailKind),
        one_of("portal", PortalName),
        CheckConstraint(
            "(kind = 'invitation') = (invitation_id IS NOT NULL)", name="invitation_named"
        ),
        CheckConstraint(
            "(kind IN ('application', 'refusal')) = (application_id IS NOT NULL)",
            name="application_named",
        ),
        CheckConstraint("(kind = 'export') = (export_id IS NOT NULL)", name="export_named"),
        CheckConstraint("(kind = 'alert') = (cause_id IS NOT NULL)", name="cause_named"),
        CheckConstraint("(kind = 'webhook') = (endpoint_id IS NOT NULL)", name="endpoint_named"),
        CheckConstraint("(kind = 'reset') = (secret IS NOT NULL)", name="reset_has_secret"),
        partial_index("ix_account_mails_due", "due_at", where="due_at IS NOT NULL"),
    )

    id: Mapped[BigPrimaryKey]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("organization_applications.id"))
    export_id: Mapped[int | None] = mapped_column(ForeignKey("partner_exports.id"))
    cause_id: Mapped[int | None] = mapped_column(ForeignKey("attention_causes.id"))
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("webhook_endpoints.id"))
    kind: Mapped[str] = mapped_column(String(12))
    portal: Mapped[str] = mapped_column(String(7))
    secret: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    spent_at: Mapped[datetime | None]
