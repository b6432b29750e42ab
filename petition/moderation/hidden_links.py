"""Detects links and e-mail addresses in comments, also disguised ones.

A person reads each match, so doubtful cases count as matches; but a missing space between two
sentences, a time of day, a bill's number or an abbreviation does not match.
"""

import re

# Top-level domains: all country codes, and the most common generic ones (IANA's root zone).
_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs "
    "bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee "
    "eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm "
    "hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb "
    "lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz "
    "na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs "
    "ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl "
    "tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
).split()
_GENERIC = (
    "com net org edu gov mil int info biz name pro mobi app dev xyz online site shop store blog "
    "club top live life link click cloud news media website space tech page vip win work world "
    "today email digital agency art asia bet bid buzz cam casino cash chat church city company "
    "cool country date deals design directory download earth fun fund game games gift global group "
    "help host icu loan lol ltd market men mom money movie ninja one party photo photos pics "
    "press promo pub pw racing red rent review reviews rip rocks run sale science sex porn xxx "
    "social solutions stream studio style support systems team tel tips tools trade travel tube "
    "uno video vote watch web wiki wtf zip zone foundation support family center community "
    "network institute academy events expert health law legal onion arpa example test invalid "
    "localhost local lan рф 中国 中國"
).split()
# TLDs that are also words: a sentence may start with one after a full stop without a space.
_WORDS = frozenset(
    "it in is so my me to no at be as us am do by re one work world today help life live news men "
    "money people watch vote law health family support community name art city church team mom "
    "win top cool fun red earth date review run sale science social web pro page link space media "
    "company country design group host party press rent store style tips tools trade travel video "
    "la les si se de net info local test example legal events center".split()
)
# TLDs that do not occur in sentences: these match even with a spaced or spelled-out dot.
_SURE = (
    "com org net edu gov info biz xyz online site shop store blog club top live link click app dev "
    "io ru cn co uk ly tk ml ga gq cf cc tv eu ca example onion"
).split()
_ALONE = "com org edu gov biz xyz io ru cn ly tk ml gq onion example".split()
_TLD = "|".join(sorted({*_COUNTRIES, *_GENERIC}, key=len, reverse=True))
_SURE_TLD, _ALONE_TLD = "|".join(_SURE), "|".join(_ALONE)
_OPEN, _CLOSE = r"[(\[{<|]\s?", r"\s?[)\]}>|]"
_DOT = r"(?:dot|d0t|punto|punkt)"

_DOMAIN = re.compile(
    rf"(?<![\w.@-])(?P<name>[^\W_](?:[\w-]{{0,62}}))(?:\.[\w-]{{1,63}}){{0,4}}?"
    rf"\.(?P<tld>{_TLD})(?P<more>[/:?#]\S|\.?(?![\w.-]))",
    re.IGNORECASE,
)
_LINKS = tuple(
    re.compile(pattern)
    for pattern in (
        r":\s?/\s?/",
        r"\bh\s?[tx*]\s?[tx*]\s?p\s?s?\b",
        r"(?<![a-z])(?:w\s?\.?\s?w\s?\.?\s?w|vvww|wvvw)(?:\d?(?![a-z])|\.)",
        r"\bxn--",
        r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])",
        r"[a-z0-9]\.[a-z]{2,24}/\w",
        rf"\w\s?{_OPEN}(?:{_DOT}|\.){_CLOSE}\s?\w",
        rf"\w[\W_]{{1,3}}{_DOT}[\W_]{{1,3}}(?:{_SURE_TLD}|me)\b",
        rf"[a-z0-9-]\s{{1,3}}\.\s{{0,3}}(?:(?:{_SURE_TLD})\b|me\s?/)",
        rf"[a-z0-9-]\.\s{{1,3}}(?:{_ALONE_TLD})\b(?!\.)",
        rf"[a-z]{{2}},(?:{_ALONE_TLD}|net)\b",
        r"(?<![\w@.])@[a-z][\w.]{2,}",
        r"\b(?:mailto|tel|javascript|data):",
    )
)
_EMAILS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\w.+-]\s?@\s?\w[\w-]*\s?\.\s?[a-z]{2,}",
        r"\w@[a-z]\w",
        rf"\w\s?{_OPEN}(?:at|a|@|arroba){_CLOSE}\s?\w",
        r"\w[\s_*~-]{1,3}(?:at|arroba)[\s_*~-]{1,3}(?:g\s?mail|hotmail|proton\s?mail)\b",
        rf"\w[\s_*~-]{{1,3}}(?:at|arroba)[\s_*~-]{{1,3}}[\w-]+[\s_*~-]{{1,3}}{_DOT}\b",
    )
)


def find_email(latin: str) -> bool:
    """Return whether there is an e-mail address in text returned by ``make_latin``."""
    return any(pattern.search(latin) for pattern in _EMAILS)


def find_link(plain: str, latin: str) -> bool:
    """Return whether there is a link, an internet address or an account name in a text.

    - ``plain`` and ``latin``: the text as returned by ``make_plain`` and ``make_latin``.
    """
    if any(pattern.search(latin) for pattern in _LINKS):
        return True
    if "." not in plain:
        return False
    return any(map(_is_domain, _DOMAIN.finditer(plain))) or (
        plain.lower() != latin and _DOMAIN.search(latin) is not None
    )


def _is_domain(found: re.Match[str]) -> bool:
    """Return whether a match is a domain, and not a missing space between two sentences."""
    name, tld = found["name"], found["tld"]
    if found["more"] not in ("", "."):
        return True
    if name.isdigit():
        return tld.lower() in _SURE and tld.lower() not in _WORDS
    begins = tld[:1].isupper() and tld[1:].islower()
    return not (begins and tld.lower() in _WORDS)
