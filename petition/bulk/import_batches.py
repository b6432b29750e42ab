"""The batches of imported signatures: begun, continued, listed."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.audit.trail import record, write_line
from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused, NotFound
from petition.core.extensions import db, transaction
from petition.models import Campaign, ImportBatch, ImportProof, Organization
from petition.models.signatures.import_batch import ProofFile
from petition.models.signatures.signature import make_link_secret
from petition.models.slug_problems import SlugProblem

LARGEST_PROOF = 20_000_000  # bytes
LONGEST_SOURCE = 200
SUBJECT = "import"


@dataclass(frozen=True, slots=True)
class ConsentProof:
    """The file by which staff vouch for the people of a batch, as read from disk."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is imported: which file for which campaign, and on whose word.

    - ``sha256``: of the file. ``mapping``: the heading by field. ``source``: where the list comes
      from, in a few words. ``organization``: the slug of the group that brings it; empty for staff.
      ``proof``: None if everyone is asked by e-mail to confirm.
    """

    campaign: str
    sha256: str
    mapping: Mapping[str, str]
    source: str
    organization: str = ""
    proof: ConsentProof | None = None


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch as it is listed, in rows."""

    id: int
    campaign: str
    organization: str | None
    source: str
    vouched: bool
    uploaded: bool
    rows_done: int
    signed: int
    refused: int
    known: int
    withdrew: int
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None


def read_proof(path: Path) -> ConsentProof:
    """Return a proof from a file; raises ImportRefused for an empty or very large one."""
    size = path.stat().st_size
    if not 0 < size <= LARGEST_PROOF:
        raise ImportRefused(
            f"{path.name}: a proof has content, and at most {LARGEST_PROOF // 1_000_000} MB"
        )
    return ConsentProof(path.name[:100], path.read_bytes())


def begin_batch(order: ImportOrder, *, actor: str) -> int:
    """Return the batch of a file: a new one, or the one that was begun with the same bytes.

    - Raises NotFound, and ImportRefused where a batch of these bytes was begun with other columns
      or another proof: its rows would not be alike.
    """
    source = write_line(order.source)[:LONGEST_SOURCE]
    if not source:
        raise ImportRefused("source: say in a few words where the list comes from")
    with transaction() as session:
        campaign_id = _find(session, Campaign, order.campaign)
        group = _find(session, Organization, order.organization) if order.organization else None
        found = session.scalar(
            select(ImportBatch).where(
                ImportBatch.campaign_id == campaign_id,
                ImportBatch.sha256 == order.sha256,
                ImportBatch.undone_at.is_(None),
                ImportBatch.uploaded.is_(False),
            )
        )
        proof_sha256 = order.proof.sha256 if order.proof else None
        if found is not None:
            _check_alike(found, order, proof_sha256, group)
            return found.id
        batch = ImportBatch(
            campaign_id=campaign_id,
            organization_id=group,
            actor=actor,
            source=source,
            sha256=order.sha256,
            mapping=dict(order.mapping),
            vouched=order.proof is not None,
            proof_sha256=proof_sha256,
            started_at=utcnow(),
        )
        return store_batch(session, batch, order.proof)


def store_batch(session: Session, batch: ImportBatch, proof: ConsentProof | None) -> int:
    """Store a batch that begins, with its proof and its event; return its id."""
    session.add(batch)
    session.flush()
    if proof is not None:
        secret = make_link_secret()
        content = base64.b64encode(proof.content).decode()
        file = ProofFile(proof.name, content, secret)
        session.add(ImportProof(batch_id=batch.id, file=file, bound_to=secret))
    detail: dict[str, int | None] = {"campaign": batch.campaign_id, "vouched": batch.vouched}
    if batch.uploaded:
        detail["organization"] = batch.organization_id
    record(session, "import.started", SUBJECT, batch.id, actor=batch.actor, detail=detail)
    return batch.id


def get_batch(batch_id: int) -> BatchLine:
    """Return one batch; raises ImportRefused."""
    for line in list_batches(batch_id=batch_id):
        return line
    raise ImportRefused(
        f"{batch_id}: no such import; see them with `petition signatures imports list`"
    )


def list_batches(campaign: str | None = None, batch_id: int | None = None) -> list[BatchLine]:
    """Return the batches, of a campaign or of all, newest first; raises NotFound."""
    query = (
        select(ImportBatch, Campaign.slug, Organization.slug)
        .join(Campaign, Campaign.id == ImportBatch.campaign_id)
        .outerjoin(Organization, Organization.id == ImportBatch.organization_id)
        .order_by(ImportBatch.id.desc())
    )
    if campaign is not None:
        query = query.where(ImportBatch.campaign_id == _find(db.session(), Campaign, campaign))
    if batch_id is not None:
        query = query.where(ImportBatch.id == batch_id)
    return [
        BatchLine(
            batch.id,
            slug,
            group,
            batch.source,
            batch.vouched,
            batch.uploaded,
            batch.rows_done,
            batch.signed,
            batch.refused,
            batch.known,
            batch.withdrew,
            batch.started_at,
            batch.finished_at,
            batch.undone_at,
        )
        for batch, slug, group in db.session.execute(query)
    ]


def read_stored_proof(batch_id: int, *, actor: str) -> ConsentProof:
    """Return the proof of a batch, which is an event; raises ImportRefused if it has none."""
    with transaction() as session:
        row = session.get(ImportProof, batch_id)
        if row is None:
            raise ImportRefused(f"{batch_id}: nobody vouched for it, so it has no proof")
        proof = ConsentProof(row.file.name, base64.b64decode(row.file.content))
        record(session, "import.proof_viewed", SUBJECT, batch_id, actor=actor)
        return proof


def _check_alike(
    batch: ImportBatch, order: ImportOrder, proof_sha256: str | None, group: int | None
) -> None:
    if batch.mapping != dict(order.mapping):
        raise ImportRefused(
            f"import {batch.id} of this file was begun with other columns; undo it with "
            f"`petition signatures imports undo {batch.id}`, then import the file anew"
        )
    if (batch.proof_sha256, batch.organization_id) != (proof_sha256, group):
        raise ImportRefused(
            f"import {batch.id} of this file was begun with another proof or for another group; "
            "give the same, or undo it first"
        )


def _find(session: Session, kind: type[Organization] | type[Campaign], slug: str) -> int:
    found = session.scalar(select(kind.id).where(kind.slug == slug))
    if found is not None:
        return found
    if kind is Campaign:
        raise NotFound(CampaignProblem.NOT_FOUND)
    raise NotFound(SlugProblem.ORGANIZATION_UNKNOWN, slug=slug)
