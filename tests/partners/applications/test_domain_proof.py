"""Which addresses prove a web page, and which pages are none."""

import pytest

from petition.partners.applications.domain_proof import find_shared_domain, read_web_page


@pytest.mark.parametrize(
    ("email", "url", "shared"),
    [
        ("ada@riders.example", "https://riders.example", "riders.example"),
        ("ada@mail.riders.example", "https://www.riders.example/x?y", "riders.example"),
        ("ada@RIDERS.example", "HTTPS://Riders.Example:443/", "riders.example"),
        # One owner for both spellings of a domain.
        ("ada@b\u00fccher.example", "https://xn--bcher-kva.example", "b\u00fccher.example"),
        # Another's, however alike it looks.
        ("ada@riders.example", "https://r\u0456ders.example", None),
        ("ada@riders.example", "https://ridersXexample.example", None),
        ("ada@evilriders.example", "https://riders.example", None),
        ("ada@riders.example.evil.example", "https://riders.example", None),
        ("ada@riders.example", "https://riders.example.evil.example", None),
        # A public suffix is nobody's, and neither is a host of free pages.
        ("ada@co.uk", "https://co.uk", None),
        ("ada@a.co.uk", "https://b.co.uk", None),
        ("ada@k12.ma.us", "https://springfield.k12.ma.us", None),
        ("ada@one.github.io", "https://two.github.io", None),
        # Anybody has an address there.
        ("ada@gmail.com", "https://gmail.com", None),
        ("ada@gmail.com", "https://sites.google.com/riders", None),
        ("ada@33mail.com", "https://33mail.com", None),
        ("ada@x.33mail.com", "https://33mail.com", None),
        # No domain at all.
        ("ada@[127.0.0.1]", "http://127.0.0.1/", None),
        ("ada", "https://riders.example", None),
        ("ada@riders.example", "https://[::1", None),
        ("ada@riders.example", "", None),
    ],
)
def test_an_address_proves_the_page_of_its_own_domain_alone(
    email: str, url: str, shared: str | None
) -> None:
    assert find_shared_domain(email, url) == shared


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "javascript:alert(1)",
        "ftp://riders.example",
        "https://good.example@evil.example",
        "https://good.example\\@evil.example",
        "https://localhost/",
        "http://127.0.0.1/",
        "http://[::1]/",
        'https://riders.example/"onmouseover=x',
        "https://riders.example/<b>",
        "https://riders.example:99999/",
        "https://" + "a" * 600 + ".example",
        "https://riders.exa\u202emple",
    ],
)
def test_what_is_no_web_page_is_refused(typed: str) -> None:
    assert read_web_page(typed) is None


def test_a_page_may_be_typed_without_its_scheme() -> None:
    assert read_web_page(" riders.example/x ") == "https://riders.example/x"
