"""Keys that cannot be meant stop the start, by the name of their setting."""

import base64
import secrets

import pytest

from petition.core.errors import ConfigurationError
from petition.core.key_values import encode_key, read_keys
from tests.keys.turned import NEW, OLD

SECRET = "only-for-tests-0123456789-abcdefghijklmnop"
ONE, OTHER = encode_key(OLD), encode_key(NEW)


def read(**values: str) -> tuple[bytes, ...]:
    return read_keys({"SECRET_KEY": SECRET} | values).data_keys


def test_one_key_may_stand_in_either_setting() -> None:
    assert read(PETITION_DATA_KEY=ONE) == read(PETITION_DATA_KEYS=ONE) == (OLD,)


def test_several_keys_keep_their_order_and_blanks_count_for_nothing() -> None:
    assert read(PETITION_DATA_KEYS=f" {OTHER} , {ONE},") == (NEW, OLD)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "PETITION_DATA_KEY: is not set"),
        ({"PETITION_DATA_KEYS": " , "}, "PETITION_DATA_KEYS: contains no key"),
        (
            {"PETITION_DATA_KEYS": f"{ONE},{OTHER},{ONE}"},
            "PETITION_DATA_KEYS: contains the same key twice",
        ),
        ({"PETITION_DATA_KEY": ONE, "PETITION_DATA_KEYS": OTHER}, "are both set"),
        ({"PETITION_DATA_KEYS": f"{ONE},{OTHER[:-1]}"}, "PETITION_DATA_KEYS: is not base64"),
        ({"PETITION_DATA_KEYS": f"{ONE},{OTHER[:-4]}"}, "PETITION_DATA_KEYS: is too weak"),
        ({"PETITION_DATA_KEYS": f"{ONE} {OTHER}"}, "with commas between them"),
        ({"PETITION_DATA_KEYS": f"{ONE};{OTHER}"}, "with commas between them"),
        ({"PETITION_DATA_KEY": ONE, "PETITION_HASH_KEY": ONE[:20]}, "PETITION_HASH_KEY: is too"),
        ({"PETITION_DATA_KEY": ONE, "SECRET_KEY_FALLBACKS": "x"}, "SECRET_KEY_FALLBACKS: is too"),
    ],
)
def test_keys_that_cannot_be_meant_are_refused_by_name(values: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(**values)

    assert words in str(refused.value)
    assert ONE not in str(refused.value) and OTHER not in str(refused.value)


def test_no_key_is_in_the_words_of_the_settings() -> None:
    fallback = secrets.token_urlsafe(32)
    keys = read_keys(
        {
            "SECRET_KEY": SECRET,
            "SECRET_KEY_FALLBACKS": fallback,
            "PETITION_DATA_KEYS": f"{ONE},{OTHER}",
            "PETITION_HASH_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
    )

    assert repr(keys) == "Keys()"
