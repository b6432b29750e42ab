"""The authenticator app of the demonstration's admin, which exists for a moment only."""

import json

from flask_security.totp import Totp

from petition.accounts.second_factors import ISSUER


def make_code(key: str) -> str:
    """Return the code that an app with this key, in groups of base32, shows now."""
    source = json.dumps({"v": 1, "type": "totp", "key": key.replace(" ", "")})
    return str(Totp({"1": "none"}, ISSUER).generate_totp_password(source))
