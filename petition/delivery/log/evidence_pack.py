"""The evidence of a delivery in one ZIP: its letter, its message, what happened, and hashes.

The bytes depend on what is recorded and stored, never on when or by whom the pack is taken.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from petition.core.content.stores import ContentStore
from petition.core.errors import Retryable, StorageCorrupt, StorageUnavailable
from petition.core.extensions import db
from petition.delivery.keeping import read_envelope
from petition.delivery.letter_message import build_message
from petition.delivery.log.delivery_log import get_delivery, read_log
from petition.delivery.log.evidence_timeline import (
    describe_attempt,
    describe_event,
    stamp,
    write_timeline,
)
from petition.delivery.log.log_pages import AttemptRow, DeliveryView
from petition.models import Event, Phase
from petition.models.outgoing.envelope import Envelope

# Whoever only looks adds nothing to what happened to a delivery.
LOOKED = ("letter.viewed", "milestone.evidence_taken")
NOT_KEPT = {
    "the report of a bounce or of a delivery": "only what it said is kept, in the timeline",
}
NO_ANSWER = "none came to the service; those to the organization's own mailbox are not kept here"
LOST_ANSWER = "their text has been erased, or does not open"
READINGS = 3  # of a log that changes while it is read
UNIX = 3  # the system that made a ZIP; it would differ from host to host
READABLE = 0o100644 << 16
EARLIEST = (1980, 1, 1, 0, 0, 0)  # in a ZIP


@dataclass(frozen=True, slots=True)
class PackedAnswer:
    """An answer of the office, its addresses masked; ``text`` None: it is not there any more."""

    received_at: datetime
    sender: str
    subject: str
    text: str | None


ReadAnswers = Callable[[int], list[PackedAnswer]]


@dataclass(frozen=True, slots=True)
class DeliveryEvidence:
    """What is recorded of a delivery; ``envelope`` None, with ``why``, where there is none."""

    view: DeliveryView
    events: list[Event]
    answers: list[PackedAnswer]
    envelope: Envelope | None
    why: str

    @property
    def dated(self) -> datetime:
        """When its last event was, or when it was planned."""
        return self.events[-1].at if self.events else self.view.row.created_at


@dataclass(slots=True)
class Parts:
    """The files of a pack by name, and why others are missing."""

    files: dict[str, bytes] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EvidencePack:
    """The bytes of a ZIP; ``letter_id``: the letter in it, None where it has none."""

    content: bytes
    letter_id: int | None
    milestone_id: int


def pack_evidence(
    delivery_id: int,
    store: ContentStore,
    tell: Callable[[Event], str],
    read_answers: ReadAnswers,
) -> EvidencePack:
    """Return the ZIP of a delivery: the same bytes for the same last event.

    - ``tell`` gives the sentence of an event, ``read_answers`` what the office answered. Once the
      text of an answer, or a server's words, are erased, the bytes are others.
    - What is not there is named in its manifest, with the reason.
    - Events of staff who opened the letter or took the pack are left out.
    - In memory at once: six to eight times the letter.
    - Raises NotFound, StorageUnavailable, and Retryable if the delivery changes all the while.
    """
    evidence = _gather(delivery_id, read_answers)
    db.session.rollback()  # nothing is open while the store is asked
    parts = Parts(missing=dict(NOT_KEPT))
    _add_letter(parts, evidence, store)
    parts.files["timeline.txt"] = write_timeline(
        evidence.view.row.id, evidence.events, evidence.view.attempts, tell
    ).encode()
    parts.files["timeline.json"] = _write_json(
        {
            "attempts": [describe_attempt(attempt) for attempt in evidence.view.attempts],
            "events": [describe_event(event) for event in evidence.events],
        }
    )
    _add_answers(parts, evidence.answers)
    _name_lost_words(parts, evidence.view.attempts)
    parts.files["manifest.json"] = _write_json(_describe_pack(evidence, parts))
    parts.files["SHA256SUMS"] = "".join(
        f"{_hash(content)}  {name}\n" for name, content in sorted(parts.files.items())
    ).encode()
    row = evidence.view.row
    letter_id = row.letter_id if "letter.pdf" in parts.files else None
    return EvidencePack(_zip(parts.files, evidence.dated), letter_id, row.milestone_id)


def _gather(delivery_id: int, read_answers: ReadAnswers) -> DeliveryEvidence:
    """Read the delivery between two equal readings of its log, so that the two agree."""
    events = _list_events(delivery_id)
    for _ in range(READINGS):
        view = get_delivery(delivery_id)
        envelope, why = _find_envelope(view)
        answers = read_answers(delivery_id)
        db.session.rollback()  # the log is read as it is now
        before, events = events, _list_events(delivery_id)
        if [event.id for event in before] == [event.id for event in events]:
            return DeliveryEvidence(view, events, answers, envelope, why)
    raise Retryable(f"delivery {delivery_id} changed while its evidence was read")


def _list_events(delivery_id: int) -> list[Event]:
    return [event for event in read_log(delivery_id) if event.action not in LOOKED]


def _find_envelope(view: DeliveryView) -> tuple[Envelope | None, str]:
    if view.row.sha256 is None:
        return None, "there is no letter"
    if any(one.outcome is None and one.phase == Phase.CLAIMED for one in view.attempts):
        return None, "an attempt is running; take the evidence again when it has ended"
    try:
        envelope = read_envelope(db.session(), view.row.id, view.row.sha256)
    except StorageCorrupt:
        return None, "what was kept of it does not open"
    return envelope, "" if envelope else "no attempt has made it"


def _add_letter(parts: Parts, evidence: DeliveryEvidence, store: ContentStore) -> None:
    pdf, why = _read_letter(evidence.view.row.sha256, store)
    if pdf is None:
        parts.missing["letter.pdf"] = why
        parts.missing["message.eml"] = evidence.why or "it needs letter.pdf"
        return
    parts.files["letter.pdf"] = pdf
    if evidence.envelope is None:
        parts.missing["message.eml"] = evidence.why
        return
    parts.files["message.eml"] = build_message(evidence.envelope, pdf)
    parts.missing["the list of signers who would like an answer"] = (
        "where the office got one with the message, it is left out of message.eml: it has "
        "addresses of signers, and is erased some time after"
    )


def _read_letter(sha256: str | None, store: ContentStore) -> tuple[bytes | None, str]:
    """Return the PDF, or why there is none; raises StorageUnavailable if the store is away."""
    if sha256 is None:
        return None, "there is no letter"
    try:
        return store.read(sha256), ""
    except StorageCorrupt:
        return None, f"the stored file is damaged: it is not {sha256}"
    except StorageUnavailable:
        if not _is_lost(sha256, store):
            raise
        return None, f"the file is no longer in the store: {sha256}"


def _is_lost(sha256: str, store: ContentStore) -> bool:
    """Return whether a store that answers has other letters and not this one.

    - A folder that is not mounted looks like an empty one, so an empty store is taken as away.
    """
    try:
        store.check()
        return not store.has(sha256) and next(store.list_content(), None) is not None
    except OSError:
        return False


def _add_answers(parts: Parts, answers: list[PackedAnswer]) -> None:
    if not answers:
        parts.missing["answers.json"] = NO_ANSWER
        return
    parts.files["answers.json"] = _write_json(
        {
            "answers": [
                {
                    "received": stamp(one.received_at),
                    "from": one.sender,
                    "subject": one.subject,
                    "text": one.text,
                }
                for one in answers
            ]
        }
    )
    lost = [str(number) for number, one in enumerate(answers, 1) if one.text is None]
    if lost:
        parts.missing["the text of answers"] = f"of number {', '.join(lost)}: {LOST_ANSWER}"


def _name_lost_words(parts: Parts, attempts: list[AttemptRow]) -> None:
    silent = [str(one.number) for one in attempts if one.outcome and not one.said]
    if silent:
        parts.missing["the server's words"] = (
            f"none for attempt {', '.join(silent)}: none were recorded, or they have been erased"
        )


def _describe_pack(evidence: DeliveryEvidence, parts: Parts) -> dict[str, Any]:
    view, row = evidence.view, evidence.view.row
    last = evidence.events[-1] if evidence.events else None
    return {
        "delivery": row.id,
        "campaign": row.campaign_slug,
        "division": row.division_id,
        "threshold": row.threshold,
        "channel": row.channel,
        "letter_code": row.code,
        "letter_sha256": row.sha256,
        "message_id": view.message_id,
        "planned": stamp(row.created_at),
        "handed_over_in_attempts": [
            one.number for one in view.attempts if one.phase == Phase.HANDOVER
        ],
        "last_event": {"id": last.id, "at": stamp(last.at), "action": last.action}
        if last
        else None,
        "files": {
            name: {"bytes": len(content), "sha256": _hash(content)}
            for name, content in parts.files.items()
        },
        "missing": parts.missing,
    }


def _write_json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _zip(files: Mapping[str, bytes], dated: datetime) -> bytes:
    """Return the files as a ZIP, uncompressed: versions of zlib compress differently."""
    moment = max(dated.astimezone(UTC).timetuple()[:6], EARLIEST)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, moment)
            entry.create_system = UNIX
            entry.external_attr = READABLE
            archive.writestr(entry, files[name])
    return packed.getvalue()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
