"""Invented signers: names combined at random, addresses that can never receive mail.

``.example`` is reserved (RFC 2606). The same seed yields the same people, so that a demo can be
repeated. Some names are in other scripts, as in real data.
"""

import random
from collections.abc import Iterator, Sequence

GIVEN = (
    "Ada Alma Amara Amir Ana Anh Asha Beatriz Ben Bo Caleb Carmen Chidi Clara Dalia Dario Deb "
    "Diego Edith Elif Emeka Esther Farah Felix Fatima Gia Grace Hana Hector Ida Imani Ines "
    "Ivan Jamal Jana Joao Jo Kai Karim Kenji Lena Leo Lucia Luz Maeve Malik Mara Mei Mina "
    "Nadia Nils Noor Omar Opal Pavel Petra Quinn Rafael Ravi Rosa Ruth Sami Sana Sora Talia "
    "Tariq Tess Uma Vera Viktor Wren Ximena Yara Yusuf Zoe Zora "
).split()
FAMILY = (
    "Abbott Adeyemi Aguilar Alder Amsel Baptiste Barros Bellamy Birch Brandt Castellan "
    "Chandra Cho Cordero Dahl Delacroix Demir Dorsey Eastman Ekholm Eze Farrow Fontaine "
    "Fujita Garrido Grady Haddad Hale Hoang Holloway Ibarra Iyer Jansen Juarez Kapoor Keane "
    "Kimura Kowal Lacey Lindqvist Lozano Mbeki Mercer Moreau Nakai Navarro Novak Oakes Okafor "
    "Oliveira Pardo Petrov Quigley Rahal Reyes Rowan Saito Santoro Seward Silva Tanaka Thorne "
    "Tran Ueda Vance Vega Weiss Wolde Xu Yilmaz Zamora Ziegler "
).split()
OTHER_SCRIPTS = (
    ("美玲", "陳"),
    ("Ольга", "Лебедева"),
    ("يوسف", "حداد"),
    ("आशा", "कपूर"),
    ("지우", "한"),
    ("Δάφνη", "Νικολάου"),
    ("มาลี", "ใจดี"),
    ("נועה", "לוין"),
    ("さくら", "上田"),
)
# The domains before ``.example`` in their addresses: about as many as the signers of a town use.
MAIL_DOMAINS = (
    "acorn alder amber anchor ash aspen basalt beacon birch brook canal cedar clover cobalt copper "
    "coral cove creek delta ember fern fjord flint garnet glade grove harbor hazel heron hollow "
    "indigo ivy juniper kelp lagoon larch linen lupine maple marble meadow mesa moss north oak "
    "orchard pebble pine plum prairie quarry quartz reed ridge river sage sandbar slate sorrel "
    "spruce summit tidal timber tundra umber valley walnut willow yarrow"
).split()
COMMENTS = (
    "I want my children to walk to school without being scanned.",
    "I sat on a jury here. Trust is slow to build and quick to lose.",
    "Please hold a public hearing before anything is bought.",
    "My own face was mistaken for another person's at an airport. It took a day to fix.",
    "Spend the money on the library's opening hours.",
    "Our county should not keep a map of where each of us goes.",
)


def invent_forms(count: int, postal_codes: Sequence[str], seed: int) -> Iterator[dict[str, str]]:
    """Yield ``count`` filled-in forms, each of a different person, with ZIPs chosen at random.

    - A serial number makes the addresses of one seed unique.
    """
    chance = random.Random(seed)  # noqa: S311  invented people need no secrecy
    for number in range(1, count + 1):
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        if chance.random() < 0.03:
            given, family = chance.choice(OTHER_SCRIPTS)
        form = {
            "given_name": given,
            "family_name": family,
            "email": f"signer-{seed}-{number}@{chance.choice(MAIL_DOMAINS)}.example",
            "postal_code": chance.choice(postal_codes),
        }
        if chance.random() < 0.06:
            form |= {"comment": chance.choice(COMMENTS), "publish_comment": "1"}
        yield form
