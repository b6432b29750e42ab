"""A mail server's own words, as staff may read them: no address, one line, not too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petition.mail.reply_masking import LONGEST_WORDS, MASK, mask_words


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"5.1.1 <clerk@county.example> User unknown", f"5.1.1 <{MASK}> User unknown"),
        (b"Recipient clerk@county.example rejected", f"Recipient {MASK} rejected"),
        (b"@relay.example:clerk@county.example no", f"@relay.example:{MASK} no"),
        (b"verp clerk=40county.example", f"verp {MASK}"),
        (b"2.0.0 Ok: queued\r\nas 4ABC", "2.0.0 Ok: queued as 4ABC"),
        ("jos\u00e9@county.example".encode(), MASK),
        (b"\xff\x00bad", "bad"),
    ],
)
def test_addresses_are_masked_and_the_rest_is_kept(said: bytes, kept: str) -> None:
    assert mask_words(said).endswith(kept)


@given(st.text(max_size=400), st.text(max_size=400))
def test_no_words_bring_an_address_through(before: str, after: str) -> None:
    kept = mask_words(f"{before} clerk@county.example {after}")

    assert "clerk@county" not in kept
    assert len(kept) <= LONGEST_WORDS and "\n" not in kept
