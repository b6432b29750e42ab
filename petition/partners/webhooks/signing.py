"""Signs what is sent by Standard Webhooks 1.0, and writes its keys as the standard does."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from petition.models import WebhookSigning

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class HookSigner:
    """One key that signs; ``key``: in base64, as it is stored."""

    signing: WebhookSigning
    key: str = field(repr=False)


def make_key(signing: WebhookSigning) -> str:
    """Return a new random key in base64; of ed25519 the private one."""
    # The private key of ed25519 (RFC 8032) is 32 random bytes as well.
    return base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def describe_key(signer: HookSigner) -> str:
    """Return what the receiver verifies with: ``whsec_``, a secret, or ``whpk_``, which is none."""
    if signer.signing is WebhookSigning.SYMMETRIC:
        return f"whsec_{signer.key}"
    public = _open_private(signer.key).public_key().public_bytes_raw()
    return f"whpk_{base64.b64encode(public).decode()}"


def sign(signers: Sequence[HookSigner], name: str, timestamp: int, body: bytes) -> str:
    """Return the header ``webhook-signature``: a signature of each key, with spaces between.

    - ``name``: the header ``webhook-id``, without a full stop; ``timestamp``: Unix seconds.
    """
    signed = f"{name}.{timestamp}.".encode() + body
    return " ".join(_sign(signer, signed) for signer in signers)


def _sign(signer: HookSigner, signed: bytes) -> str:
    if signer.signing is WebhookSigning.SYMMETRIC:
        made = hmac.digest(base64.b64decode(signer.key), signed, "sha256")
        return f"v1,{base64.b64encode(made).decode()}"
    made = _open_private(signer.key).sign(signed)
    return f"v1a,{base64.b64encode(made).decode()}"


def _open_private(key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(key))
