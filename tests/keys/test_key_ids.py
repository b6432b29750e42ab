"""A sealed value names its key, each key of the settings opens it, and hashes do not change."""

from hashlib import sha256

import pytest

from petition.core.errors import ConfigurationError, KeyMissing, SealBroken
from petition.core.sealing import LOOSE, Sealer, derive_hash_key, read_key_id
from tests.keys.turned import NEW, NEW_ID, OLD, OLD_ID

ROW = bytes(16)
# What the release before there were several keys has sealed under OLD, and its digest.
BOUND_BEFORE = bytes.fromhex(
    "02622fc0e6644f1935cfb1d0f7d18e65a5c8535f0489a793855655a98c44037620b87c05"
)
LOOSE_BEFORE = bytes.fromhex("019a7a7561982c92d384ecfcd262f4bb2e4f3831b0da6c671d5298ce7ae8d35f")
DIGEST_BEFORE = "94681bc88e85fb6bf1c3a834d774ba23e875f5cccdbba77d0e8f76b81348daa1"


@pytest.mark.parametrize("keys", [(OLD,), (OLD, NEW), (NEW, OLD)])
@pytest.mark.parametrize(("sealed", "row"), [(BOUND_BEFORE, ROW), (LOOSE_BEFORE, b"")])
def test_what_was_sealed_before_opens_wherever_its_key_stands(
    keys: tuple[bytes, ...], sealed: bytes, row: bytes
) -> None:
    assert Sealer(*keys).open(sealed, "p", row) == b"Ada"


def test_a_value_carries_the_id_of_the_first_key() -> None:
    assert read_key_id(Sealer(OLD).seal(b"Ada", "p", ROW)) == OLD_ID == read_key_id(BOUND_BEFORE)
    assert read_key_id(Sealer(NEW, OLD).seal(b"Ada", "p", ROW)) == NEW_ID


def test_a_value_that_is_bound_to_no_row_opens_with_any_key() -> None:
    token = Sealer(OLD, NEW).seal(b"02139", "place square")

    assert token.startswith(LOOSE)
    assert Sealer(NEW, OLD).open(token, "place square") == b"02139"
    with pytest.raises(SealBroken):
        Sealer(NEW).open(token, "place square")


def test_an_id_that_no_key_has_is_an_error_that_names_the_setting_and_the_id() -> None:
    with pytest.raises(KeyMissing, match=f"PETITION_DATA_KEYS: lacks the key {OLD_ID.hex()}"):
        Sealer(NEW).open(BOUND_BEFORE, "p", ROW)


def test_an_id_that_is_cut_short_is_damage_and_no_key() -> None:
    with pytest.raises(SealBroken) as refused:
        Sealer(OLD).open(BOUND_BEFORE[:4], "p", ROW)

    assert not isinstance(refused.value, KeyMissing)


def test_two_keys_with_one_id_are_refused() -> None:
    one, other = (sha256(b"%d" % number).digest() for number in (76794, 83122))

    with pytest.raises(ConfigurationError, match="two keys with the same id"):
        Sealer(one, other)


def test_hashes_stay_with_the_hash_key_and_change_with_the_first_key_alone() -> None:
    def digest(sealer: Sealer) -> str:
        return sealer.digest("ada@people.example", "email").hex()

    assert digest(Sealer(OLD)) == digest(Sealer(OLD, NEW)) == DIGEST_BEFORE
    assert digest(Sealer(NEW, hash_key=derive_hash_key(OLD))) == DIGEST_BEFORE
    assert digest(Sealer(NEW, OLD)) != DIGEST_BEFORE
