"""Merge fields: a whitelist, put in as text, and nothing is ever evaluated."""

import pytest

from petition.campaigns.problem_codes import DefinitionProblem
from petition.error_messages.description import describe_error
from petition.letters.markup import render_markdown
from petition.letters.merge import MergeFieldRefused, check_merge_fields, fill_merge_fields

QUOTES = "“”‘’"


def test_a_known_field_is_replaced_whatever_its_spacing() -> None:
    values = {"district.name": "Middlesex County", "count": "100"}

    text = fill_merge_fields("{{count}} in {{  district.name }}", values)

    assert text == "100 in Middlesex County"


@pytest.mark.parametrize(
    "text",
    [
        "{{ signer.email }}",
        "{{ 7 * 7 }}",
        "{{ config }}",
        "{{ ''.__class__ }}",
        "{{ }}",
        "{{ district.name | upper }}",
        "{{ district.name",
        "district.name }}",
    ],
)
def test_anything_else_in_double_braces_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(MergeFieldRefused) as refused:
        check_merge_fields(f"Hello {text}")

    named = text.strip("{} ")
    assert named in describe_error(refused.value)


def test_a_value_is_never_read_again() -> None:
    values = {"count": "{{ total }}", "total": "9"}

    assert fill_merge_fields("{{ count }}", values) == "{{ total }}"
    assert "{{ total }}" in render_markdown("{{ count }}", values, QUOTES)


def test_a_value_is_text_and_not_markdown_or_html() -> None:
    values = {"count": "**bold** <img src=x> [a](https://b.example) _x_"}

    html = render_markdown("So: *{{ count }}*.", values, QUOTES)

    assert html == ("<p>So: <em>**bold** &lt;img src=x&gt; [a](https://b.example) _x_</em>.</p>\n")


def test_quotes_turn_the_right_way_beside_a_field() -> None:
    html = render_markdown("""The "{{ count }}" weren't 'few'.""", {"count": "100"}, QUOTES)

    assert html == "<p>The “100” weren’t ‘few’.</p>\n"


@pytest.mark.parametrize(
    "text", ["[here](https://x.example/{{count}})", "<https://x.example/{{count}}>", "\\{{count}}"]
)
def test_a_field_where_markdown_reads_none_is_refused_when_the_campaign_is_made(text: str) -> None:
    with pytest.raises(MergeFieldRefused, match=DefinitionProblem.MERGE_FIELD_MISPLACED):
        check_merge_fields(text)


def test_a_link_prints_its_address_once() -> None:
    html = render_markdown(
        "[us](https://x.example/a) <https://y.example/> [mail](mailto:a@z.example)", {}, QUOTES
    )

    assert html == (
        '<p><a href="https://x.example/a">us (https://x.example/a)</a> '
        '<a href="https://y.example/">https://y.example/</a> '
        '<a href="mailto:a@z.example">mail (a@z.example)</a></p>\n'
    )


@pytest.mark.parametrize("address", ["#top", "page.html", "//x.example/", "ftp://x.example/"])
def test_what_leads_nowhere_from_paper_is_no_link(address: str) -> None:
    assert "href" not in render_markdown(f"[here]({address})", {}, QUOTES)


def test_headings_start_below_the_letters_title_and_skip_no_level() -> None:
    html = render_markdown("# One\n\n### Three\n\n# One again", {}, QUOTES)

    assert html == "<h2>One</h2>\n<h3>Three</h3>\n<h2>One again</h2>\n"


def test_raw_html_code_and_images_print_as_text() -> None:
    html = render_markdown("<b>x</b> `{% if %}` ![y](https://z.example/y.png)", {}, QUOTES)

    assert "<b>" not in html
    assert "<img" not in html
    assert "{% if %}" in html
