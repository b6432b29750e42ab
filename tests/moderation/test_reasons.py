"""What is found in words that people typed, and what is none: a sentence with figures in it."""

import codecs
import time

import pytest
from flask.ctx import AppContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from petition.moderation.judgement import ReadingReason, find_reason
from petition.moderation.text_folding import make_latin, make_plain, make_same

ORDINARY = (
    "I will be there at 5.30 p.m. on 12/3.",
    "Please support H.R. 1234 and S. 2123.",
    "H.R.1234 matters. So does S.1234.",
    "It costs $1000 a month, or $1,000,000,000 in all.",
    "I live in 02139, my mother in 02139-4307.",
    "ZIP codes 02139 02140 02141 are all affected.",
    "St. Louis deserves better. So does Ft. Worth.",
    "The library at 449 Broadway closes at 9 p.m. now.",
    "In 2020-2024 the U.S. lost 1.5 million jobs, e.g. in D.C. and N.Y.",
    "I agree.It is time to act.So vote.",
    "We need this now.Please act.My children too.",
    "I work 9-5, Mon.-Fri., and pay 3.5% more.",
    "Ordinance 123-2024 and Resolution 245-2019 say so.",
    "Dr. No and Mr. Smith vs. the County of Middlesex, No. 12-345.",
    "Between 1990 and 2024 we moved 3 times: 1990, 1998, 2007, 2015.",
    "My kids are 2, 4, 6 and 8 years old. One, two, three, four of them.",
    "Temperatures of 100.4 degrees, 98.6 F; 42.3601, -71.0589.",
    "I have lived here for 35 years and/or more.",
    "Call 911 and you wait 20 minutes.",
    "Call me old-fashioned, but I want a 2-1 vote on 3/4/2026.",
    "This bill will kill jobs. Don't kill our buses!",
    "Please hold a public hearing before anything is bought.",
    "I sat on a jury here. Trust is slow to build and quick to lose.",
    "My own face was mistaken for another person's at an airport.",
    "Meet @ 5 or at noon. We're 50/50 on it.",
    "Route 83 bus, line 1, 2 and 3, every 15-20 min.",
    "10,000 people; 1 in 4; 3/4 of us; 24/7.",
    "We pay $12.50/hour (up from $11.25).",
    "C'est la vie. ¿Por qué no? Necesitamos parques.",
    "I'm 67 years old, born 06/12/1958.",
    "P.S. Thank you. Ph.D. student, M.I.T.",
    "Sec. 1.2.3 of the code, Art. IV.",
    "The year 2023 2024 2025 were the hottest.",
    "I burned the toast. Executing your duties is a must.",
    "He was hit by a car on I-95 at exit 12.",
    "the dot on the map in Cambridge",
    "We need 1,200 - 1,500 units of housing by 2030.",
    "Bills like SB 1047, AB-1217, and HB 20-1234.",
    "I teach grade 3-4. Room 101-105.",
    "Line 6, 7, 8, 9 and 10 stop here: 6:15, 6:45, 7:15.",
    "Vote yes on 1, no on 2.",
    "The school has 1200 pupils, 80 teachers, 4 buses.",
    "Я живу здесь. Пожалуйста, помогите.",
    "今は公園が必要です。お願いします。",
    "We, the undersigned...please listen.",
    "She said \"no\".  He said 'yes'.",
    "It's a 501(c)(3). Apt. 3-4-5.",
    "Who knows where you live or work? The county should not.",
    "Come for dinner after you vote.",
    "People die on this street. They will die if nothing happens.",
    "My son died. I hope nobody dies here again.",
    "Section 8 of 12 U.S.C. 1234",
    "Between 5 and 6. In May. Be well.",
    "I am 5'4\" and weigh 120 lbs.",
)
EMAILS = (
    "write a@b.example",
    "joe at evil dot com",
    "joe (at) evil.com",
    "joe[at]evil[dot]com",
    "joe@evil",
    "joe @ evil . com",
    "joe＠evil.example",
    "joe at gmail",
    "joe {at} evil {dot} com",
)
LINKS = (
    "Buy at http://evil.example/x",
    "see https://evil.com",
    "www.evil.example",
    "evil.com",
    "Visit EVIL.COM now",
    "go to evil . com",
    "go to evil. com",
    "evil dot com",
    "evil (dot) com",
    "evil[.]com",
    "evil{dot}com",
    "hxxp://evil.example",
    "hxxps evil example",
    "h t t p : / / evil",
    "www . evil . com",
    "w w w evil com",
    "ｗｗｗ．ｅｖｉｌ．ｃｏｍ",
    "evil．com",
    "evil。com",
    "ev\u200bil.c\u200bom",
    "ht\xadtp://x",
    "t.me/x",
    "t.me/evilgroup",
    "t . me / x",
    "bit.ly/abc",
    "evil.co.uk/path",
    "EvilSite.Org.",
    "try foo.bar/baz",
    "192.168.1.1",
    "http:\\\\evil.example",
    "еvil.соm",
    "evil,com",
    "𝐰𝐰𝐰.𝐞𝐯𝐢𝐥.𝐜𝐨𝐦",
    "ⓦⓦⓦ.evil.com",
    "evil●dot●com",
    "join telegram @evilgroup",
    "//evil.example/x",
    "evil.example",
    "site: evil.ru",
    "evil-site.info",
    "evil_site.net",
    "(evil.org)",
    "xn--e1awd7f.com",
    "evil-dot-com",
    "evil d0t com",
    "evil punto com",
    "my page is evil .com",
    "evil.com.",
    "evil.com, and more",
    '"evil.com"',
    "evil.com:8080",
    "EVIL . COM",
    "sub.evil.example?x=1",
    "google evil.me",
    "evil.io",
    "a.ly",
    "evil.shop",
    "evil.xyz!",
    "see:evil.com",
    "снимите на сайт.рф",
)
PHONES = (
    "Call 617-555-0142",
    "(617) 555-0142",
    "617.555.0142",
    "617 555 0142",
    "6175550142",
    "+1 617 555 0142",
    "1-800-555-0142",
    "1 (617) 555 0142",
    "617/555/0142",
    "6 1 7 5 5 5 0 1 4 2",
    "6.1.7.5.5.5.0.1.4.2",
    "61 75 55 01 42",
    "６１７－５５５－０１４２",
    "٦١٧-٥٥٥-٠١٤٢",
    "six one seven five five five oh one four two",
    "617 five five five 0142",
    "6I7-555-OI42",
    "555-0142",
    "call me 5550142",
    "text STOP to 50409",
    "+44 20 7946 0958",
    "+49 (0)30 901820",
    "1-800-FLOWERS",
    "6⃣1⃣7⃣5⃣5⃣5⃣0⃣1⃣4⃣2⃣",
    "①②③④⑤⑥⑦⑧⑨⓪",
    "617–555–0142",
    "617‑555‑0142",
    "617 - 555 - 0142",
    "(617)5550142",
    "617_555_0142",
    "617\u200b555\u200b0142",
    "123-45-6789",
    "4111 1111 1111 1111",
)
THREATS = (
    "I will burn your house down",
    "I will kill you",
    "we'll k1ll you all",
    "k i l l you",
    "KILL  YOU",
    "kiiiilllll youuuu",
    "k.i.l.l you",
    "кill you",
    "we know where you live",
    "You should all die",
    "I hope you die",
    "put a bullet in your head",
    "te vamos a matar",
)
# Swearing, as rot13 writes it.
SWEARING = (
    "jr ner pbzvat sbe lbh",
    "s h p x guvf",
    "s.h.p.x",
    "shhhpx",
    "fu!g",
    "$uvg",
    "s*h*p*x",
    "s\u200bhpx",
    "ｆｕｃｋ",
    "süpx",
)
# What prints nothing, and what a font draws like a plain letter.
INVISIBLE = "\u00ad\u200b\u200c\u2060\ufe0f\u180e"
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@pytest.mark.parametrize("words", ORDINARY)
def test_an_ordinary_sentence_needs_nobody(context_once: AppContext, words: str) -> None:
    assert find_reason(words) is None


@pytest.mark.parametrize("words", EMAILS)
def test_an_email_address_is_found(context_once: AppContext, words: str) -> None:
    assert find_reason(f"Hello, {words} please") is ReadingReason.EMAIL


@pytest.mark.parametrize("words", LINKS)
def test_a_link_is_found_however_it_is_disguised(context_once: AppContext, words: str) -> None:
    assert find_reason(words) is ReadingReason.LINK
    assert find_reason(f"I live here\n{words}\nand vote.") is ReadingReason.LINK


@pytest.mark.parametrize("words", PHONES)
def test_a_telephone_number_is_found_however_it_is_written(
    context_once: AppContext, words: str
) -> None:
    assert find_reason(words) is ReadingReason.PHONE


@pytest.mark.parametrize("words", [*THREATS, *(codecs.decode(word, "rot13") for word in SWEARING)])
def test_a_listed_word_is_found_however_it_is_spelled(context_once: AppContext, words: str) -> None:
    assert find_reason(words) is ReadingReason.WORD


@given(
    st.sampled_from(("https://evil.example/x", "www.evil.example", "617-555-0142", "a@b.example")),
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(INVISIBLE)), max_size=6),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_nobody_sees_hides_nothing(
    context_once: AppContext, words: str, marks: list[tuple[int, str]], wide: bool, loud: bool
) -> None:
    words = words.upper() if loud else words
    words = words.translate(WIDE) if wide else words
    for place, mark in marks:
        words = words[:place] + mark + words[place:]

    assert find_reason(f"Read this: {words}") is not None


@given(st.text(max_size=1000))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_judged(context_once: AppContext, text: str) -> None:
    find_reason(text)

    assert make_same(text) == make_same(f" {text.replace(' ', '  ')}\n")


@pytest.mark.parametrize(
    "piece",
    ["a.", "1 ", "a@", "w ", "1-", "@a.", "one ", "kill ", "you ", "$a", "a:/", "(", "+1 ", "ilo1"],
)
def test_no_words_take_long_to_judge(context_once: AppContext, piece: str) -> None:
    started = time.process_time()

    find_reason((piece * 1000)[:1000])

    assert time.process_time() - started < 0.5


def test_look_alikes_become_the_same() -> None:
    assert make_plain("ｗｗｗ。ｅ\u200bｖｉｌ") == "www.evil"
    assert make_latin("éVIL") == "evil"
    assert make_same("I agree!") == make_same("i  AGREE") == "iagree"
    assert make_same("👍 👍") == "👍👍"
