"""Keys of tests, and the settings of an installation at each step of turning one."""

from hashlib import sha256

from petition.core.key_values import encode_key
from petition.core.sealing import derive_hash_key, make_key_id
from tests.conftest import ENVIRONMENT

OLD = bytes(range(32))
NEW = sha256(b"the next data key of the tests").digest()
OLD_ID, NEW_ID = make_key_id(OLD), make_key_id(NEW)
HASH_KEY = encode_key(derive_hash_key(OLD))

assert encode_key(OLD) == ENVIRONMENT["PETITION_DATA_KEY"]


def set_keys(*keys: bytes, hash_key: str = HASH_KEY) -> dict[str, str]:
    """Return the settings of data keys, the first one of which seals."""
    return {
        "PETITION_DATA_KEY": "",
        "PETITION_DATA_KEYS": ",".join(map(encode_key, keys)),
        "PETITION_HASH_KEY": hash_key,
    }
