"""Each deletion outside of petition/retention heeds a legal hold, or it is said here why not."""

import ast
from collections.abc import Iterator
from pathlib import Path

import petition

ROOT = Path(petition.__file__).parent
# What shows that a function heeds a hold.
HEEDS = {"LegalHold", "refuse_held", "find_hold"}

# They have neither people nor evidence of a campaign: the service's own state, and accounts.
OTHERS = {
    "AccountMail",
    "AccountPlace",
    "AccountSession",
    "ApiWrite",
    "AreaCount",
    "AttentionDigest",
    "BrakeLimit",
    "DeliveryCount",
    "ExportPage",
    "HashCheck",
    "Heartbeat",
    "NearCount",
    "OrganizationApplication",
    "PostalDistrict",
    "Process",
    "RecoveryCode",
    "RoleGrant",
    "RosterPiece",
    "RosterUpload",
    "SavedView",
    "SecondFactor",
    "UsedChallenge",
    "WebhookKey",
}
# Deletions of other tables, by file and what is deleted.
BECAUSE = {
    "locating/review_decisions.py table": "candidates are replaced by what a reviewer decided",
    "locating/placement_store.py PLACEMENTS": "replaced by the same places of newer boundaries",
    "locating/placement_store.py CANDIDATES": "replaced by the same places of newer boundaries",
    "letters/removals.py row": "a note of files to delete; it goes when they are deleted",
    "letters/removals.py ContentRemoval": "a note of files to delete; the file is needed again",
    "signers/withdraw.py Candidate": "the signer's own erasure; staff are refused before",
    "bulk/uploads/upload_pieces.py UploadPiece": "called at an import's end, which heeds a hold",
    "audit/event_archives.py Event": "the archive has the same events",
    "notifications/mailbox_limits.py MailboxMail": "an e-mail not sent, or a signer's own erasure",
    "notifications/mailbox_limits.py Ask": "the signer's own erasure",
    "notifications/refusals.py RefusedMail": "the refusal is replaced by the e-mail that was sent",
    "notifications/link_requests.py Ask": "what was asked for was sent: it is in handovers.log",
    "partners/profile/organization_edits.py before": "a change replaced before anyone decided it",
    "partners/relay/drafts.py RelayAttempt": "tests of a draft, which was sent to no signer",
    "partners/relay/drafts.py RelaySend": "tests of a draft, which was sent to no signer",
    "partners/relay/drafts.py RelayMessage": "a draft, which was sent to no signer",
    "partners/consents/accesses.py AccessPerson": "the signer's own erasure or withdrawal",
    "partners/webhooks/endpoint_keys.py key": "a key that signs nothing any more",
    "officials/rosters/holders.py office": "replaced by newer data; letters have their own",
    "campaigns/campaign_pictures.py CampaignPicture": "replaced by staff; letters have their own",
    "campaigns/versions/edits.py CampaignDraft": "a draft that is published or discarded",
    "counting/network_spread.py NetworkBucket": "256 numbers that are computed anew",
}


def list_deletions() -> Iterator[tuple[str, str, bool]]:
    """Yield (file, what is deleted, whether its function heeds a hold)."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("retention/"):
            continue  # tests/retention/test_legal_holds.py holds each of its kinds
        tree = ast.parse(path.read_text())
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if _deletes(call.func) and call.args:
                    yield name, ast.unparse(call.args[0]), bool(HEEDS & names)


def _deletes(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id == "delete"
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "delete"
        and ast.unparse(called.value) in ("session", "db.session", "writing")
    )


def test_each_deletion_of_people_or_evidence_heeds_a_hold() -> None:
    found = list(list_deletions())
    assert len(found) > 40

    heedless = {f"{file} {what}" for file, what, heeds in found if not heeds and what not in OTHERS}

    assert heedless == set(BECAUSE)
    heeding = {f"{file} {what}" for file, what, heeds in found if heeds}
    assert {
        "bulk/import_undo.py ImportProof",
        "bulk/uploads/upload_requests.py UploadPiece",
        "partners/webhooks/webhook_log.py WebhookDelivery",
        "signers/named_record.py NamedMailbox",
    } <= heeding


def test_no_statement_deletes_by_itself() -> None:
    """Nothing is deleted by words that the test above would not see."""
    for path in ROOT.rglob("*.py"):
        assert "DELETE FROM" not in path.read_text(), path


def test_the_tables_named_here_are_deleted_from() -> None:
    assert {what for _, what, _ in list_deletions()} >= OTHERS
