"""Phrases of mail servers about the recipient's mailbox, its host, or reaching that host."""

from petition.mail.reports.refusal_kinds import About, CountsFrom, make_kind

_MAILBOX = r"(?:user|users|account|mailbox|mail box|recipient|addressee|address|alias|email|e-mail)"
_MISSING = (
    r"(?:unknown|not found|not known|invalid|no longer (?:valid|active|exists?|available|in use)"
    r"|does ?n[o']t exist|do not exist|doesnt exist|not exist|non-?existent|not valid"
    r"|(?:has been |is |was |been )?(?:disabled|deactivated|suspended|inactive|closed|terminated"
    r"|deleted|removed|discontinued|locked|expired|frozen)"
    r"|not (?:active|listed|registered|recogni[sz]ed|our (?:user|customer)|here|defined))"
)

# cPanel's router when no host accepts the mail: it lists possible reasons, of which this one
# counts.
GUESSED = make_kind(
    About.RECIPIENT,
    CountsFrom.NOW,
    "the account or domain is not known",
    r"account or domain may not exist",
)

# Exchange Online's edge (DBEB, "directory-based edge blocking") uses this for a missing mailbox, in
# reports and in SMTP; with another code the same words are a policy against our server.
EDGE = make_kind(
    About.RECIPIENT,
    CountsFrom.NOW,
    "there is no such mailbox",
    r"5\.4\.1\b.{0,80}recipient address rejected: access denied",
    r"recipient address rejected: access denied\W.{0,80}(?:as\(|protection\.outlook)",
)

# RFC 6522's example, Google's NoSuchUser, Yahoo's "dd", and phrases of Domino, qmail and vpopmail.
NO_MAILBOX = make_kind(
    About.RECIPIENT,
    CountsFrom.NOW,
    "there is no such mailbox",
    rf"\b{_MAILBOX}(?:'s)?(?: \(?\S{{0,100}}\)?)? ?(?:is |was |has |are |may |does |specified "
    rf"|given |in |\"\" |'' |name |id |account |address |mailbox |e-?mail |status |:|\.{{1,10}} "
    rf"|- ){{0,8}}{_MISSING}",
    rf"{_MISSING} (?:or illegal |remote |local |destination |e-?mail |mail |final delivery "
    rf"|delivery )?"
    rf"(?:{_MAILBOX}|userid|user id|local part|name)",
    r"no (?:such |valid |matching )?(?:local |virtual |active |remote |destination )?"
    rf"(?:{_MAILBOX}|person|one|recipients?|member|subscriber|local part|user_?name)s?\b"
    r"(?! (?:reputation|full|limit|authenticat))",
    r"nosuchuser|disableduser|recipnotfound|recipientnotfound|unknownrecipient|invalid_?recipient"
    r"|nonexistentuser|user_?unknown|bad_?mailbox|not_?found_?recipient|mailbox_?not_?found",
    r"(?:account|mailbox|address) (?:that )?(?:you tried to reach )?(?:does|is|has) "
    r"(?:not|in|dis|over)\w{0,40}(?<!overquota)",
    r"(?:bad|illegal|incorrect|wrong|undeliverable|unrout(?:e)?able|unresolvable|ambiguous) "
    r"(?:destination |recipient |mailbox |e-?mail |mail |local ){0,4}(?:address|mailbox"
    r"|recipient|user)",
    r"doesn'?t have an? \S{1,100} account|does not have an? (?:\S{1,100} )?account"
    r"|this user doesn'?t have",
    r"(?:address|recipient|user|account|mailbox)\b.{0,60}(?:couldn'?t|could not|can ?not"
    r"|cannot|can't"
    r"|wasn'?t|was not) (?:be )?(?:found|resolved|verified|located)",
    r"recipient address rejected:? (?:undeliverable|user|unknown|address"
    r"|no such|domain not found)|recipient (?:not|un)(?:known| found| exist)",
    r"address rejected(?!.{0,60}(?:polic|spam|block|grey|gray|rate|spf|from|access|full"
    r"|quota|length"
    r"|limit|size|not accept|unavailable))|address unknown",
    r"not (?:listed|found|present|exist) in (?:\w{1,40} )?(?:public |domino |active )?"
    r"(?:name & address|directory|address ?book|name and address|the list|virtual|local"
    r"|table|user)",
    r"(?:unknown|no|not) (?:in|a member of|user of|our) (?:local|virtual|relay|user)",
    r"(?:isn't|is not|not|n't) (?:an? )?(?:our|my|known|valid|existing|current) (?:local )?"
    r"(?:user|customer|recipient|account|address|mailbox|member|domain)",
    r"(?:has|have) (?:moved|left)|no longer (?:works?|employed|with (?:us|the)|here"
    r"|on (?:server|this)"
    r"|using|accept|monitored|in service)|forwarding address|(?:not our|non-local) user"
    r"|user not local",
    r"mailbox (?:name )?(?:not allowed|not local)|mailbox .{0,20}does not accept|no mailbox here",
    r"(?:account|mailbox|user|recipient)\b.{0,30}\b(?:is|has been|was|been|currently) "
    r"(?:temporarily |permanently |administratively )?(?:inactive|disabled|suspended"
    r"|closed|blocked"
    r"|locked|deactivated|terminated|frozen|deleted|removed|cancell?ed|on hold)",
    r"delivery to (?:\S{1,100} )?(?:this|that) (?:address|user|mailbox) (?:is )?(?:not possible"
    r"|disabled)",
    r"invalid final delivery|not a valid (?:mailbox|recipient|user|address|e-?mail)",
    r"(?:inactive|disabled|suspended|closed|deactivated|dormant|expired|retired) (?:user|account"
    r"|mailbox|e-?mail)|(?:unknown|invalid|no such) local[- ]part",
    r"(?:user|account|mailbox|address|recipient)\b.{0,20}(?:marked (?:as )?(?:invalid|inactive)"
    r"|does(?: not|n't) live)",
    r"(?:message )?could not be delivered to (?:the )?mobile|unknown subscriber"
    r"|number not in service",
    # French, Spanish, German, Portuguese, Italian, Dutch, Russian and Japanese hosts.
    r"(?:utilisateur|destinataire|adresse|bo[iî]te)\b.{0,40}(?:inconnue?|invalide|introuvable"
    r"|inexistante?|n'existe pas|d[ée]sactiv[ée]e?|suspendue?)|est introuvable",
    r"(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n)\b.{0,40}(?:desconocid[oa]|no existe"
    r"|inv[aá]lid[oa]|no (?:se )?(?:ha )?(?:encontr|disponible)|inexistente|desactivad[oa])",
    r"(?:unbekannte[rs]?|ung[uü]ltige[rs]?) (?:empf|benutzer|adress|mailbox)"
    r"|(?:empf[aä]nger|benutzer|adresse|postfach)\b.{0,40}(?:unbekannt|existiert nicht"
    r"|nicht gefunden"
    r"|ung[uü]ltig|deaktiviert|gesperrt)",
    r"(?:usu[aá]rio|destinat[aá]rio|endere[cç]o|conta)\b.{0,40}(?:desconhecid[oa]|n[aã]o existe"
    r"|inexistente|n[aã]o encontrad[oa])|(?:utente|indirizzo|casella)\b.{0,40}(?:sconosciut"
    r"|inesistente|non esiste|non trovat)",
    r"(?:gebruiker|geadresseerde|ontvanger)\b.{0,30}(?:onbekend|niet gevonden|bestaat niet)",
    r"(?:пользовател|получател|адрес|ящик).{0,50}(?:не найден|не существует|неизвестен|отключ)",
    r"(?:宛先|あて先|アドレス|ユーザ)[^。]{0,30}(?:見つかりません|存在しません|不明|ありません)",
)

# RFC 7505 (null MX), RFC 7504 (521, 556), DNS errors as MTAs quote them.
NO_HOST = make_kind(
    About.RECIPIENT,
    CountsFrom.NOW,
    "there is no such host, or it accepts no e-mail",
    r"(?:host|domain|hostname|domain name)(?: or domain)?(?: name)? (?:\S{1,100} )?(?:is |was "
    r"|does |could )?"
    r"(?:not (?:be )?(?:found|exist|resolved?|known|valid)|unknown|doesn'?t exist|invalid"
    r"|not exist)"
    r"(?!,? ?(?:please )?try again)",
    r"(?:unknown|no such|invalid|illegal|bad destination|nonexistent|unresolvable) "
    r"(?:mail |destination |e-?mail |host/)?(?:host|domain|system)",
    r"couldn'?t find any host|no (?:such )?host|nxdomain|null ?mx|nullmx"
    r"|does ?n[o']t (?:accept|receive)"
    r" (?:any )?(?:e-?mail|mail)|(?:host|system|server|domain) (?:not accepting|accepts no"
    r"|does not accept)"
    r" (?:network |any |e-?)?(?:mail|messages)|never accepts mail|not accepting network",
    r"domain .{0,60}(?:couldn'?t be found|doesn'?t exist|does not exist|not found"
    r"|is not reachable)",
    r"all relevant mx records point to non-?exist|no (?:mx|mail) (?:record|host"
    r"|server)s? (?:found|for)"
    r"|(?:no|without) (?:a )?valid mx|mx records? .{0,20}(?:not|no)|unrouteable (?:mail )?domain",
    r"domain (?:of (?:the )?recipient )?(?:has|have) no (?:mx|mail)\b",
    r"name service error.{0,60}(?:not found|nodata|type=mx)(?!,? try again)|(?:dns"
    r"|host) lookup fail",
    r"domain (?:is )?(?:disabled|expired|suspended|not (?:hosted|local|configured|in service))"
    r"|mail (?:for|to) this domain (?:is )?(?:not|no longer)|not a (?:local|hosted|valid) domain",
)

# RFC 3463 x.2.2; phrases of Exchange, Google, Yahoo, Domino and maildrop.
FULL_MAILBOX = make_kind(
    About.FULL,
    CountsFrom.SECOND,
    "the mailbox is full",
    r"(?:mailbox|inbox|mail box|mail folder|account|maildir|quota|user|recipient)\b[^.]{0,60}"
    r"(?:\bfull\b|over (?:the )?(?:its |their )?(?:allowed )?(?:quota|limit|storage)|overquota"
    r"|quota (?:has been )?(?:exceed|reach)|exceed\w{0,40} (?:\S{1,100} ){0,4}(?:quota|storage"
    r"|limit|size))",
    r"over ?quota|overquota|quota (?:has been )?exceeded|exceed\w{0,40}"
    r" (?:\S{1,100} ){0,3}(?:quota|storage)",
    r"out of storage|insufficient (?:disk )?space|not enough (?:\w{1,40} ){0,2}(?:space|room"
    r"|storage)",
    r"quotaexceeded|mailbox_?full|full mailbox|too much mail|storage (?:limit|space|quota)",
    r"disk quota|has run out of|bo[iî]te .{0,30}pleine|buz[oó]n .{0,30}llen|postfach .{0,20}voll"
    r"|переполнен|容量",
)

# A name server that does not answer now does not mean that the host is gone.
NO_NAME_SERVER = make_kind(
    About.GAVE_UP,
    CountsFrom.SECOND,
    "no name server answered as long as it was tried",
    r"(?:name service error|host|domain|name server|lookup)\b.{0,80}(?:try again|temporar"
    r"|servfail)",
    r"(?:dns|name server|mx|host name lookup)\b.{0,40}(?:timeout|timed out|servfail|failure)",
)

# Exim, Postfix, qmail, Sendmail and Exchange when the retry period has ended.
NO_ANSWER = make_kind(
    About.GAVE_UP,
    CountsFrom.SECOND,
    "no server answered as long as it was tried",
    r"connect(?:ion|ing)?\b[^.;]{0,60}(?:timed? ?out|refused|reset|lost|closed|dropped"
    r"|failed|abort)",
    r"(?:timed? ?out|no route to host|network (?:is )?unreachable|host (?:is )?unreachable"
    r"|host is down)",
    r"retry (?:timeout|time) (?:exceeded|not)|(?:too long|days|hours) (?:in|on) (?:the )?queue"
    r"|(?:been )?in the queue too long|message expired|delivery (?:time )?expired"
    r"|queue (?:time|life)",
    r"could not be delivered (?:for|within|in) (?:\S{1,100} )?\d{1,10}|(?:unable|not able|cannot"
    r"|couldn'?t|failed)"
    r" to (?:connect|establish|reach|contact)|did ?n[o']t accept our requests to connect",
    r"(?:giving|gave|given) up (?:on|after)|no (?:answer|response) from|not respond|unreachable",
    r"host name lookup failure|try again|name server.{0,20}(?:fail|timeout)|(?:message"
    r"|mail) timed",
    r"deferred",
)

# Outlook.com uses this for a missing mailbox and for a block; other hosts give no reason at all.
DOUBTFUL = make_kind(
    About.UNSURE,
    CountsFrom.SECOND,
    "the mailbox is called unavailable, which some hosts also say about a block",
    r"(?:mailbox|mail box|user|recipient|account)\b.{0,20}\bunavailable"
    r"|(?:mailbox|account|recipient|user) (?:is )?not available",
    r"(?:cannot|can't|unable to) (?:deliver|accept) (?:\w{1,40} )?(?:to|for) (?:this|that|the) "
    r"(?:address|mailbox|recipient|user)|recipient (?:address )?(?:was )?(?:rejected|refused)",
    r"requested action (?:not taken|aborted)|not accept(?:ed|ing) (?:mail )?(?:for"
    r"|by) (?:this|the)",
    r"mail(?:box)? (?:is )?(?:not|un)deliverable|no valid recipients",
)
