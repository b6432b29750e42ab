"""Signatures as the standard's own verifier, and a library of cryptography, accept them."""

import base64
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from petition.models import WebhookSigning
from petition.partners.webhooks.signing import HookSigner, describe_key, make_key, sign

BODY = b'{"type":"consent.given","timestamp":"2026-11-30T06:00:00.000001Z","data":{"number":1}}'
NAME = "evt_abc"


def make_signer(signing: WebhookSigning) -> HookSigner:
    return HookSigner(signing, make_key(signing))


def write_headers(signers: list[HookSigner], body: bytes = BODY) -> dict[str, str]:
    now = int(time.time())
    return {
        "webhook-id": NAME,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(signers, NAME, now, body),
    }


def test_the_standards_own_verifier_accepts_it() -> None:
    signer = make_signer(WebhookSigning.SYMMETRIC)

    found = Webhook(describe_key(signer)).verify(BODY, write_headers([signer]))

    assert found["data"] == {"number": 1}
    assert 24 <= len(base64.b64decode(describe_key(signer).removeprefix("whsec_"))) <= 64


def test_while_a_secret_rotates_both_verify_and_another_one_does_not() -> None:
    new, old, other = (make_signer(WebhookSigning.SYMMETRIC) for _ in range(3))
    headers = write_headers([new, old])

    for signer in (new, old):
        Webhook(describe_key(signer)).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(describe_key(other)).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(describe_key(new)).verify(BODY + b" ", headers)
    assert headers["webhook-signature"].count("v1,") == 2
    assert headers["webhook-signature"].count(" ") == 1


def test_ed25519_is_verified_with_the_public_key_alone() -> None:
    signer = make_signer(WebhookSigning.ED25519)
    headers = write_headers([signer])

    public = describe_key(signer)
    assert public.startswith("whpk_")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    version, _, made = headers["webhook-signature"].partition(",")
    signed = f"{NAME}.{headers['webhook-timestamp']}.".encode() + BODY

    assert version == "v1a"
    key.verify(base64.b64decode(made), signed)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(made), signed + b" ")
    assert signer.key not in public


def test_a_key_is_not_in_what_is_logged() -> None:
    signer = make_signer(WebhookSigning.SYMMETRIC)

    assert signer.key not in repr(signer)
