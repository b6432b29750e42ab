"""Password strength: the length of a password when predictable parts count as one character.

- A password is split into parts: a common word, also in the usual disguise ("P@ssw0rd"), a run
  along the keyboard or the alphabet, a number, and one character repeated. Each part counts as one,
  and so does each other character. So the length of "password1234" or "Monkey-Monkey-2026" does not
  help, and that of four uncommon words does.
- The list contains the words that passwords in leaks are most often made of.
"""

import re
from functools import cache

# Words that are frequent in leaked passwords, and the words of this service.
_WORDS = frozenset(
    """
    password passwort passw0rd passwd passphrase pass word contrasena motdepasse secret geheim
    administrator administrateur admin root user username guest login logon signin default
    changeme change letmein welcome willkommen bienvenue hello hallo test testing tester temp
    temporary master access system server service support manager office staff operator viewer
    owner company qwerty qwertz azerty asdf zxcvbn zxcv qazwsx qwer iloveyou loveyou love lovely
    lover forever baby babygirl princess prince queen king angel angels sunshine sunny flower
    rainbow butterfly summer winter spring autumn monday tuesday wednesday thursday friday
    saturday sunday january february march april june july august september october november
    december monkey dragon tiger lion eagle falcon wolf bear horse dolphin panda kitty puppy
    buster ginger pepper cookie chocolate cheese orange banana apple cherry peanut coffee
    whiskey football baseball basketball soccer hockey liverpool chelsea arsenal barcelona
    yankees cowboys lakers jordan michael michelle jessica ashley daniel jennifer joshua matthew
    andrew thomas robert charlie george william nicole amanda hannah samantha anthony martin
    maggie buddy jackson taylor hunter harley shadow killer superman batman spiderman pokemon
    starwars matrix trustno trust computer internet google facebook twitter microsoft windows
    samsung iphone android linkedin dropbox adobe photoshop mustang ferrari porsche mercedes
    corvette camaro freedom liberty america american united states usa england london newyork
    boston texas california florida chicago paris berlin family friends mother father sister
    brother jesus christ heaven blessed faith grace god money lucky diamond silver golden purple
    yellow green black white blue red music guitar rock star star123 ninja ranger warrior
    soldier wizard magic phoenix thunder lightning storm ocean hammer whatever nothing something
    please thankyou thanks goodbye correcthorsebatterystaple thisis this that is my the and for
    you me mine our your best top super mega new old first last one two three four five six
    seven eight nine ten zero hundred hundredth petition letter letters campaign signature
    district lawmaker senator senate congress council mayor county state government politics
    vote voter election abc in it am are be by to of name names key keys open sesame opensesame
    hidden private personal elizabeth christopher alexander benjamin nicholas victoria patricia
    stephanie jonathan katherine catherine margaret barbara richard joseph charles brandon
    justin tyler dylan ethan madison olivia sophia isabella emily sarah rachel rebecca laura
    linda maria carlos antonio francisco alejandro david james john mary anna peter paul mark
    luke steven kevin brian jason eric adam henry oliver tennis golf player gamer gaming
    minecraft fortnite roblox naruto pikachu zelda mario snoopy scooby disney mickey minnie
    tigger simba nirvana metallica slipknot eminem beatles asshole fuckyou fuck bitch sexy
    hotdog pizza taco burger beer vodka cat dog fish bird cats dogs kitten doggy horses tigers
    lions eagles steelers packers redsox
    """.split()
)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaqxswcdevfrbgtnhymjukilop",
    "147258369",
    "!@#$%^&*()",
    '!"§$%&/()=',
)
_SHORTEST_RUN = 3
_LONGEST_WORD = max(map(len, _WORDS))
_DISGUISES = str.maketrans("@4301!|$57+8", "aaeoiiisstt" + "b")
_REPEATED = re.compile(r"(.)\1+")
_NUMBER = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\s_.,;:/\\-]+")


def count_own(password: str, names: tuple[str, ...] = ()) -> int:
    """Return the fewest parts and single characters that a password can be split into.

    - ``names``: further predictable words, such as those of the account's e-mail address.
    """
    plain = password.casefold()
    known = _WORDS | {name.casefold() for name in names if len(name) >= _SHORTEST_RUN}
    known |= {word[::-1] for word in known}
    longest = max(_LONGEST_WORD, *(len(name) for name in known))
    texts = (plain, plain.translate(_DISGUISES))
    fewest = [0] * (len(plain) + 1)
    for start in range(len(plain) - 1, -1, -1):
        ends = _find_ends(plain, texts, start, known, longest)
        fewest[start] = 1 + min(fewest[end] for end in (start + 1, *ends))
        if _BETWEEN.match(plain[start]):  # separators between parts do not count
            fewest[start] = min(fewest[start], fewest[start + 1])
    return fewest[0]


def _find_ends(
    plain: str, texts: tuple[str, str], start: int, known: frozenset[str], longest: int
) -> set[int]:
    """Return the possible ends of a part that starts at ``start``."""
    ends = {
        end
        for text in texts
        for end in range(start + 2, min(len(text), start + longest) + 1)
        if text[start:end] in known
    }
    for pattern in (_REPEATED, _NUMBER):
        found = pattern.match(plain, start)
        if found:
            ends.update(range(start + 1, found.end() + 1))
    end = start + _SHORTEST_RUN
    while end <= len(plain) and plain[start:end] in _list_runs():
        ends.add(end)
        end += 1
    return ends


@cache
def _list_runs() -> frozenset[str]:
    """Return every substring of a run, in both directions, of at least _SHORTEST_RUN characters."""
    return frozenset(
        run[start:end]
        for row in _RUNS
        for run in (row, row[::-1])
        for start in range(len(run))
        for end in range(start + _SHORTEST_RUN, len(run) + 1)
    )
