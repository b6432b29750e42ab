"""ImportBatch: a file of signatures, and how far it was imported."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import ROW_SECRET_BYTES, BigId, PrimaryKey, Sealed, partial_index
from petition.core.database import Base

PREFIX = "import-"


class ImportBatch(Base):
    """One file of signatures for one campaign; its signatures have ``name`` in ``batch``.

    - 1, no row twice: ``uq_import_batches_one_live`` allows one batch for the bytes of a file that
      is not undone, so that importing it again continues it; of files that organizations
      ``uploaded``, ``uq_import_batches_one_upload`` allows one for each organization: none learns
      what another has. ``rows_done`` is read and raised in
      the transaction that stores the rows, so of two processes one stores them.
    - 1, no row lost: ``ck_import_batches_all_told``: each row that was read was taken, refused or
      known already.
    - 9, nobody is vouched for without a proof: ``ck_import_batches_vouched_with_proof``; nor by an
      organization: ``ck_import_batches_uploads_of_groups``.

    ``sha256``: of the file. ``mapping``: the heading that each field is read from. ``source``: what
    staff typed of where it comes from. ``signed``: rows stored as signatures. ``known``: rows whose
    address has signed already, or twice in the file. ``withdrew``: rows of an address that
    withdrew from the campaign.
    ``report_bytes``: the length of the file of refused rows after the last stored row.
    """

    __tablename__ = "import_batches"
    __table_args__ = (
        CheckConstraint("rows_done = signed + refused + known + withdrew", name="all_told"),
        CheckConstraint("vouched = (proof_sha256 IS NOT NULL)", name="vouched_with_proof"),
        CheckConstraint("undone_at IS NULL OR undone_at >= started_at", name="undone_later"),
        CheckConstraint(
            "NOT uploaded OR (organization_id IS NOT NULL AND NOT vouched)",
            name="uploads_of_groups",
        ),
        partial_index(
            "uq_import_batches_one_live",
            "campaign_id",
            "sha256",
            where="undone_at IS NULL AND NOT uploaded",
            unique=True,
        ),
        partial_index(
            "uq_import_batches_one_upload",
            "campaign_id",
            "organization_id",
            "sha256",
            where="undone_at IS NULL AND uploaded",
            unique=True,
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    actor: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON)
    vouched: Mapped[bool]
    uploaded: Mapped[bool] = mapped_column(default=False, server_default=false())
    proof_sha256: Mapped[str | None] = mapped_column(String(64))
    rows_done: Mapped[int] = mapped_column(default=0)
    signed: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    withdrew: Mapped[int] = mapped_column(default=0)
    report_bytes: Mapped[int] = mapped_column(BigId, default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """The name that its signatures have."""
        return name_batch(self.id)


def name_batch(batch_id: int) -> str:
    """Return the name that the signatures of a batch have."""
    return f"{PREFIX}{batch_id}"


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A proof of consent, such as a scanned list; stored only sealed.

    - ``content``: its bytes in base64. ``bound_to``: the secret of its row.
    """

    name: str
    content: str
    bound_to: bytes = field(default=b"", repr=False, compare=False)


BROKEN_PROOF = ProofFile("", "")


class ImportProof(Base):
    """The file by which staff vouch for the people of a batch; deleted when the batch is undone."""

    __tablename__ = "import_proofs"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), primary_key=True)
    file: Mapped[ProofFile] = mapped_column(
        Sealed(ProofFile, "import_proof.file", BROKEN_PROOF, ("bound_to",)), deferred=True
    )
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(ROW_SECRET_BYTES), deferred=True)
