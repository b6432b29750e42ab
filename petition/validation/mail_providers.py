"""The large mail providers, and how each lets one mailbox have many addresses.

Only what a provider says of its own mailboxes stands here, so that no two people are made one by a
guess. Of a domain that is not named a ``+`` opens a tag (RFC 5233), and nothing else is known.
Left out on purpose:

- Dots at Outlook and at companies' own domains, also those that Google hosts: there they tell
  people apart (support.google.com/mail/answer/7436150).
- outlook.com, hotmail.com and live.com, and Yahoo's domains among each other: one name at two of
  them is two people's.
- Addresses that a forwarding service makes up: whose they are only the service knows.
"""

import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from publicsuffixlist import PublicSuffixList

from petition.validation.mail_domains import spell_domain

# Characters; a form may bring more than any address has, and what is remembered must stay small.
LONGEST_TYPED = 320
_DOMAINS_REMEMBERED = 4_000


class Provider(NamedTuple):
    """What holds for a provider's mailboxes.

    - ``domains``: separated by blanks. ``one_name``: a name is the same mailbox at all of them, and
      the first stands for it.
    - ``ignored``: signs of a name that count for nothing. ``alike``: signs that count as the first.
    - ``keyword``: the sign that opens a keyword behind the name, beside ``+``.
    - ``subdomains``: whoever@jane.host is jane@host. ``owned_subdomains``: it is one person's.
    """

    source: str
    domains: str
    one_name: bool = False
    ignored: str = ""
    alike: str = ""
    keyword: str = ""
    subdomains: bool = False
    owned_subdomains: bool = False


YAHOO = """
    yahoo.com yahoo.at yahoo.be yahoo.bg yahoo.ca yahoo.ch yahoo.cl yahoo.co.id yahoo.co.il
    yahoo.co.in yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com.ar
    yahoo.com.au yahoo.com.br yahoo.com.co yahoo.com.hk yahoo.com.hr yahoo.com.mx yahoo.com.my
    yahoo.com.pe yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.ua yahoo.com.ve
    yahoo.com.vn yahoo.cz yahoo.de yahoo.dk yahoo.ee yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hr
    yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.lt yahoo.lv yahoo.nl yahoo.no yahoo.pl yahoo.pt
    yahoo.ro yahoo.rs yahoo.se yahoo.si yahoo.sk
"""
FASTMAIL = """
    fastmail.com 123mail.org 150mail.com 150ml.com 16mail.com 2-mail.com 4email.net 50mail.com
    airpost.net allmail.net bestmail.us cluemail.com elitemail.org emailcorner.net emailengine.net
    emailengine.org emailgroups.net emailplus.org emailuser.net eml.cc f-m.fm fast-email.com
    fast-mail.org fastem.com fastemail.us fastemailer.com fastest.cc fastimap.com fastmail.cn
    fastmail.co.uk fastmail.com.au fastmail.de fastmail.es fastmail.fm fastmail.fr fastmail.im
    fastmail.in fastmail.jp fastmail.mx fastmail.net fastmail.nl fastmail.org fastmail.se
    fastmail.to fastmail.tw fastmail.uk fastmail.us fastmailbox.net fastmessaging.com fea.st
    fmail.co.uk fmailbox.com fmgirl.com fmguy.com ftml.net h-mail.us hailmail.net imap-mail.com
    imap.cc imapmail.org inoutbox.com internet-e-mail.com internet-mail.org internetemails.net
    internetmailing.net jetemail.net justemail.net letterboxes.org mail-central.com mail-page.com
    mailandftp.com mailas.com mailbolt.com mailc.net mailcan.com mailforce.net mailftp.com
    mailhaven.com mailingaddress.org mailite.com mailmight.com mailnew.com mailsent.net
    mailservice.ms mailup.net mailworks.org ml1.net mm.st myfastmail.com mymacmail.com
    nospammail.net ownmail.net petml.com postinbox.com postpro.net proinbox.com promessage.com
    realemail.net reallyfast.biz reallyfast.info rushpost.com sent.as sent.at sent.com speedpost.net
    speedymail.org ssl-mail.com swift-mail.com the-fastest.net the-quickest.com theinternetemail.com
    veryfast.biz veryspeedy.net warpmail.net xsmail.com yepmail.net your-mail.com
"""
PROVIDERS = (
    Provider(
        "Gmail: dots do not matter (support.google.com/mail/answer/7436150); googlemail.com is the "
        "same mailbox (answer/10313)",
        "gmail.com googlemail.com",
        one_name=True,
        ignored=".",
    ),
    Provider(
        "Proton: dots, hyphens and underscores are transparent (proton.me/support/change-username)"
        "; a name is its owner's at all domains (proton.me/support/addresses-and-aliases)",
        "proton.me protonmail.com protonmail.ch pm.me",
        one_name=True,
        ignored=".-_",
    ),
    Provider(
        "iCloud: who has me.com or mac.com has icloud.com too (support.apple.com/118230)",
        "icloud.com me.com mac.com",
        one_name=True,
    ),
    Provider(
        "Yandex: a login is linked on all of Yandex's domains "
        "(yandex.com/support/id/authorization/email.html); a dot in it is a hyphen",
        "yandex.ru ya.ru yandex.com yandex.by yandex.kz yandex.ua narod.ru yandex.az yandex.co.il "
        "yandex.com.am yandex.com.ge yandex.com.tr yandex.ee yandex.fr yandex.kg yandex.lt "
        "yandex.lv yandex.md yandex.tj yandex.tm yandex.uz",
        one_name=True,
        alike="-.",
    ),
    # A Yahoo ID has letters, digits, dots and underscores, so what has a hyphen is a disposable
    # address: base-keyword. A base is given out once, where it is free; each domain's names are its
    # own, and ymail.com and rocketmail.com are others' mailboxes.
    Provider(
        "Yahoo: disposable addresses are base-keyword (help.yahoo.com; US patent application "
        "2006/0041621: the dash is preserved for them)",
        YAHOO,
        keyword="-",
    ),
    # No name at these domains has a hyphen; in a sub-domain it stands for an underscore.
    Provider(
        "Fastmail: sub-domain addressing (fastmail.help/hc/en-us/articles/360060591053; hyphens: "
        "fastmail.com/blog/two-address-resolving-additions and articles/360060590533)",
        FASTMAIL,
        subdomains=True,
    ),
    Provider(
        "Firefox Relay: an account has one sub-domain, and every name there is its own "
        "(support.mozilla.org/kb/general-questions-about-relay-email-domains); addy.io: "
        "addy.io/help/terminology, standard alias",
        "mozmail.com anonaddy.com anonaddy.me",
        owned_subdomains=True,
    ),
)

# Others that anybody may have a mailbox at, and forwarding services: a crowd of one of these is no
# sign of one hand. Mostly by the number of their users in the United States; ISPs' too.
_LARGE = """
    outlook.com hotmail.com live.com msn.com windowslive.com
    outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.nz outlook.co.th
    outlook.com.ar outlook.com.au outlook.com.br outlook.com.gr outlook.com.pe outlook.com.tr
    outlook.com.vn outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie
    outlook.in outlook.it outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt
    outlook.sa outlook.sg outlook.sk
    hotmail.at hotmail.be hotmail.ca hotmail.ch hotmail.cl hotmail.co.id hotmail.co.il
    hotmail.co.in hotmail.co.jp hotmail.co.kr hotmail.co.nz hotmail.co.th hotmail.co.uk
    hotmail.co.za hotmail.com.ar hotmail.com.au hotmail.com.br hotmail.com.hk hotmail.com.mx
    hotmail.com.tr hotmail.com.tw hotmail.com.vn hotmail.cz hotmail.de hotmail.dk hotmail.es
    hotmail.fi hotmail.fr hotmail.gr hotmail.hu hotmail.it hotmail.lt hotmail.lv hotmail.my
    hotmail.nl hotmail.no hotmail.ph hotmail.pt hotmail.rs hotmail.se hotmail.sg hotmail.sk
    live.at live.be live.ca live.ch live.cl live.cn live.co.kr live.co.uk live.co.za live.com.ar
    live.com.au live.com.mx live.com.my live.com.ph live.com.pt live.com.sg live.de live.dk live.fi
    live.fr live.hk live.ie live.in live.it live.jp live.nl live.no live.ru live.se
    ymail.com rocketmail.com myyahoo.com yahoo.co.jp
    aol.com aim.com aol.co.uk aol.de aol.fr aol.it love.com verizon.net wow.com games.com
    comcast.net att.net sbcglobal.net bellsouth.net pacbell.net ameritech.net swbell.net
    nvbell.net snet.net flash.net prodigy.net currently.com
    cox.net charter.net spectrum.net rr.com roadrunner.com twc.com brighthouse.com
    earthlink.net mindspring.com peoplepc.com netzero.net netzero.com juno.com
    optonline.net optimum.net suddenlink.net cableone.net windstream.net frontier.com
    frontiernet.net centurylink.net centurytel.net embarqmail.com q.com qwest.net qwestoffice.net
    tds.net fairpoint.net myfairpoint.net rcn.com wowway.com mediacombb.net mchsi.com hughes.net
    fuse.net gci.net alaska.net hawaiiantel.net midco.net metrocast.net atlanticbb.net
    zoominternet.net ptd.net sonic.net insightbb.com knology.net
    gmx.com gmx.net gmx.de gmx.at gmx.ch gmx.us gmx.co.uk gmx.fr gmx.es gmx.it web.de
    mail.com email.com usa.com post.com consultant.com engineer.com europe.com asia.com myself.com
    dr.com techie.com writeme.com accountant.com iname.com cheerful.com workmail.com contractor.net
    activist.com lawyer.com teachers.org musician.org graduate.org inorbit.com
    zoho.com zohomail.com zohomail.eu hey.com pobox.com hushmail.com hush.com riseup.net
    tutanota.com tutanota.de tutamail.com tuta.com tuta.io keemail.me posteo.de posteo.net
    mailbox.org startmail.com mailfence.com runbox.com lycos.com excite.com usa.net
    shaw.ca rogers.com sympatico.ca bell.net telus.net videotron.ca cogeco.ca eastlink.ca
    btinternet.com talktalk.net sky.com virginmedia.com ntlworld.com blueyonder.co.uk
    t-online.de freenet.de arcor.de orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr
    libero.it virgilio.it tiscali.it alice.it tim.it telefonica.net
    bigpond.com bigpond.net.au optusnet.com.au xtra.co.nz
    naver.com hanmail.net daum.net kakao.com nate.com qq.com foxmail.com 163.com 126.com yeah.net
    sina.com sina.cn sohu.com aliyun.com 139.com 189.cn rediffmail.com
    mail.ru bk.ru inbox.ru list.ru internet.ru rambler.ru ukr.net i.ua seznam.cz wp.pl o2.pl onet.pl
    interia.pl uol.com.br bol.com.br terra.com.br ig.com.br globo.com prodigy.net.mx
    privaterelay.appleid.com relay.firefox.com duck.com simplelogin.com simplelogin.co
    simplelogin.fr aleeas.com slmail.me 8alias.com 8shield.net dralias.com passmail.net passmail.com
    passinbox.com passfwd.com addy.io addymail.com addy.biz 4wrd.cc mailer.me
    simplelogin.io slmails.com silomails.com
"""
# Small ones that forward an account's own mail for as long as it wants: people's, but one account
# makes up as many addresses as it likes, so their domains are counted as anybody's are.
_FORWARDERS = """
    opayq.com e4ward.com spamex.com 33mail.com erine.email sneakemail.com gishpuppy.com emailias.com
    spammotel.com zoemail.org zoemail.net despammed.com kasmail.com notsharingmy.info
    inboxalias.com altmails.com mailshell.com soodonims.com cloaked.id manyme.com
    spamgourmet.com spamgourmet.net spamgourmet.org spamcowboy.com spamcowboy.net spamcowboy.org
    antichef.com antichef.net recursor.net xoxy.net mamber.net neverbox.com dfgh.net 0sg.net
    spamcannon.com spamcannon.net
"""
BY_DOMAIN = {domain: provider for provider in PROVIDERS for domain in provider.domains.split()}
LARGE = frozenset(_LARGE.split()) | BY_DOMAIN.keys()
FORWARDERS = frozenset(_FORWARDERS.split())


def find_small_domain(email: str) -> str | None:
    """Return the domain that somebody had to buy or be given to make this address.

    - ``ada@a.people.example`` and ``ada@b.people.example`` are both people.example's: who has a
      domain has all below it. Two schools below ``k12.ma.us`` stay two.
    - None for a large provider's or a forwarding service's, and for what has no domain.
    - The free names of others' domains (a.eu.org, dynamic DNS) are the other's domain.
    """
    if len(email) > LONGEST_TYPED:
        return None
    text = email if email.isascii() else unicodedata.normalize("NFKC", email)
    _, at, domain = text.rpartition("@")
    return _find_small(domain.strip()) if at else None


@lru_cache(_DOMAINS_REMEMBERED)
def _find_small(typed: str) -> str | None:
    domain = spell_domain(typed)
    if not domain or domain in LARGE:
        return None
    bought = read_suffixes().privatesuffix(domain) or domain
    return None if bought in LARGE else bought


@cache
def read_suffixes() -> PublicSuffixList:
    """Return the part of publicsuffix.org's list that is about registries.

    - Behind a name in the other part, hosts of free sub-domains, anybody has as many as they like.
    """
    return PublicSuffixList(only_icann=True)
