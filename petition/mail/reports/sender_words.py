"""Phrases of mail servers about our server, account, rate or mail, or about their own failures."""

from petition.mail.reports.refusal_kinds import About, CountsFrom, make_kind

_REFUSED = (
    r"(?:reject\w{0,40}|denied|invalid|unknown|refused|blocked|unverif\w{0,40}|unresolvable"
    r"|unacceptable|bad"
    r"|does ?n[o']t (?:exist|resolve)|not (?:exist|found|accepted|allowed|valid|verified)|illegal"
    r"|restricted|banned|unrouteable)"
)

# RFC 5321 3.6.2 and 7.1; phrases of Exim, Postfix, Exchange and cPanel.
RELAYING = make_kind(
    About.OURS,
    CountsFrom.NEVER,
    "a relay does not accept e-mail from us",
    r"relay(?:ing)? (?:access )?(?:is |was )?(?:not (?:permitted|allowed|authori[sz]ed)|denied)",
    r"relay(?:ing)? (?:mail )?(?:prohibited|disallowed|refused|rejected)",
    r"not (?:permitted|allowed|authori[sz]ed|able) to (?:send |be )?(?:relay|forward)",
    r"unable to relay|cannot relay|can't relay|won't relay|do(?:es)? not relay|no relaying"
    r"|not relay",
    r"(?:we do not|refus\w{1,40} to) relay|open relay|relay restriction",
    r"rcpthosts|not a (?:valid|local) (?:mail )?gateway",
    r"smtp[ -]?auth|authenticat\w{1,40} (?:is )?(?:required|needed|failed)|must authenticate",
    r"requires? authentication|not logged in|check (?:for )?(?:new )?mail (?:first|before)",
    r"(?:log ?in|authenticate) (?:before|first)|(?:no|without) (?:user )?authentication",
    r"invalid (?:login|credentials)",
    r"not (?:permitted|allowed|authori[sz]ed) to send",
    r"(?:from|for) sending\b|outgoing|outbound|sending (?:is |was |has been )?(?:disabled"
    r"|suspended)",
    r"\byour (?:\S{1,100} ){0,2}(?:account|mailbox|user|subscription)\b[^.]{0,40}(?:disabled"
    r"|suspended"
    r"|blocked|locked|expired|restricted|terminated)",
)

# RFC 7372, RFC 7489, RFC 7208; Google's "email sender guidelines"; Microsoft's 5.7.5xx codes.
AUTHENTICATION = make_kind(
    About.OURS,
    CountsFrom.NEVER,
    "our domain's SPF, DKIM or DMARC is not accepted",
    r"\bdmarc\b|\bdkim\b|\bspf\b|domainkeys|sender[ -]?id\b|purported responsible",
    r"unauthenticated (?:e-?mail|sender|mail)|not authenticated|authentication (?:checks?|level)",
    r"authentication (?:information|results?|requirements?)|sender policy framework",
    r"fail\w{0,40} (?:\w{1,40} ){0,3}(?:authentication|alignment)|envelope (?:blocked|rejected)",
    r"spoof|impersonat|forged|forgery",
)

# RFC 1912 2.1; phrases of AOL, Comcast, Google and MagicMail about a missing PTR record.
REVERSE_NAME = make_kind(
    About.OURS,
    CountsFrom.NEVER,
    "our server's name or address is not accepted",
    r"reverse[ -]?(?:dns|hostname|host|name|lookup|ip|entry|address|mapping)|\bptr\b|\brdns\b",
    r"(?:hostname|host name|ip name|name) (?:lookup|possibly forged)"
    r"|client host (?:name )?rejected",
    r"cannot find your (?:reverse )?host|your (?:reverse )?host ?name|unresolv\w{1,40} client",
    r"no (?:valid )?(?:dns )?(?:a|mx|a or mx) record (?:found )?for (?:the )?(?:sender|your)",
    r"fix reverse|does not resolve to|in-addr\.arpa|fcrdns|forward[- ]confirmed",
    r"\b(?:helo|ehlo)\b|need fully[- ]qualified hostname|dynamic(?:ally)? (?:ip|allocated"
    r"|assigned)"
    r"|dial-?up|dynamic/generic|generic (?:hostname|reverse)|residential|not (?:a )?static",
    r"valid (?:host|fqdn)|(?:no|without|lacks?|missing) (?:a )?(?:valid )?(?:mx"
    r"|dns) (?:for|record)"
    r" (?:for|of) (?:the )?(?:sender|client)",
)

# The blocklists that mail hosts query (from the lists' own pages), and phrases for a listed
# address.
BLOCKLIST = make_kind(
    About.OURS,
    CountsFrom.NEVER,
    "our server is on a blocklist or has a poor reputation",
    r"black[ -]?(?:list|hol)|block[ -]?list|deny[ -]?list|\bdnsbl|\brbls?\b|\bsbl\b"
    r"|\bxbl\b|\bpbl\b",
    r"spamhaus|spamcop|sorbs|barracuda|cloudmark|proofpoint|senderscore|sender ?base|uceprotect"
    r"|\babuseat\b|invaluement|spamrats|mailspike|truncate\.gbudb|surbl|uribl|abusix|njabl"
    r"|senderbase"
    r"|symantec\.com|trustedsource|mimecast (?:rbl|ip)|ironport|return ?path\.(?:com|net)",
    r"\b(?:is|are|was|been|currently|address|domain|ip|server|host) (?:\S{1,100} )?listed (?:at"
    r"|in|on|by)",
    r"(?:on|in) our (?:block|black|local|deny) ?list|listed (?:at|in|by) \S{1,100}\.\S",
    r"reputation|(?:banned|bad|blocked|suspicious) (?:sending )?(?:ip|host|server|sender"
    r"|domain)\b",
    r"\b(?:ips?|ip address|server|network|netblock|range|subnet|client|(?<!mailbox )access|sender)"
    r"\b[^.;]{0,60}"
    r"\b(?:blocked|banned|blacklisted|blocklisted|rejected|denied|refused|prohibited|restricted)\b"
    r"(?! (?:by )?(?:the |this )?(?:recipient|user|address|request))",
    r"\b(?:host|domain|connections?)\b (?:\S{1,100} ){0,3}(?:is |was |been )?(?:blocked|banned"
    r"|rejected"
    r"|denied|prohibited|restricted)\b",
    r"\b(?:blocked|banned|rejected|refused|denied) (?:for|due to|because of|by) "
    r"(?:\S{1,100} ){0,3}(?:abuse|ip\b|ldap|policy|reputation|list|filter|admin|content|rules?)",
    r"you (?:are|were|have been) (?:\w{1,40} )?(?:blocked|banned|rejected|listed)",
    r"you are not (?:allowed|permitted|authori[sz]ed|welcome)|not accept(?:ing"
    r"|ed)? (?:mail|e-?mail"
    r"|messages?|connections?) from|refus\w{1,40} (?:mail|connections?|messages?) from",
    r"(?:no|not) (?:accept|receiv)\w{0,40} (?:\w{1,40} ){0,3}from (?:your|this|that|you)\b",
    r"remov(?:al|ed) from (?:this|the|our) list|delist|unblock request|request removal",
    r"\bblocked\b.{0,40}\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
    r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\W{0,3} (?:is |was |has been )?(?:not allowed"
    r"|blocked|banned)",
    r"\btss\d\d\b|\bts0\d\b|\bph0\d\b|\bcs0\d\b|\brl0\d{1,10}\b|\brp-\d\b|\bibe?\d{3}\b"
    r"|\bcxc?nct\b",
    r"\bs3140\b|\bs3150\b|\baup#|\bofr_?(?!4\d\d\b)\d{1,10}|poor (?:sender|ip)|complaints?\b"
    r"|trust(?:ed)? network",
    r"\((?:con|dns|rly|hvu|hvip|dyn|rtr|sec|rls):\w{1,40}\)|\bsnt\d{3}\b|\bou-0\d\d\b|\[cs\]",
)

# RFC 6647 (greylisting), hourly limits of cPanel and Exim, rate limits of Gmail, Yahoo and Tencent.
RATE = make_kind(
    About.OURS,
    CountsFrom.NEVER,
    "we sent too much at once",
    r"at a rate|rate[ -]?(?:limit|control)|limit(?:ed)? (?:the )?rate|throttl|too (?:fast"
    r"|quickly|frequent)",
    r"too many (?:\S{1,100} ){0,4}(?:connections?|messages?|mails?|e-?mails?|sessions?|recipients?"
    r"|concurrent|errors?|transactions?|requests?|deferred|failures?|bad|from|per|sent|rcpt)",
    r"(?:frequency|connection|connections|messages?|emails?|mails?|sending|volume|hourly|daily"
    r"|outbound) (?:\S{1,100} ){0,4}(?:limit|exceed)\w{0,40}",
    r"exceed\w{0,40} (?:\S{1,100} ){0,6}(?:per|an?) (?:hour|day|minute|session|connection)",
    r"max(?:imum)? (?:defers|emails?|messages?|connections?|sessions?)|limit on the number",
    r"(?:emails?|mails?|messages?) (?:per|an?|in an?) (?:hour|day|minute)",
    r"unusual (?:rate|volume|traffic|number)|grey-?list|gray-?list|temporarily (?:deferred|rate)",
    r"suspicious (?:activity|rate)|mail flood|resources? (?:temporarily )?(?:restricted"
    r"|exhausted)",
    r"daily (?:user )?sending (?:limit|quota)|sending (?:quota|limits?)|out of (?:quota|credits)",
)

# About the sender's address: RFC 3463 x.1.7 and x.1.8, and hosts that verify it by a callback.
SENDER = make_kind(
    About.OURS,
    CountsFrom.NEVER,
    "the sender's address is not accepted",
    rf"\b(?:sender|originator|mailfrom|mail from|reverse[- ]path|return[- ]path|from address"
    rf"|envelope (?:from|sender)|sender'?s?(?: e-?mail| mail)? (?:address|domain|host|id|ip"
    rf"|user))\b"
    rf"[^.;]{{0,60}}?\b{_REFUSED}",
    rf"\b{_REFUSED} (?:e-?mail )?(?:envelope )?(?:sender|mail from|return[- ]path|from address"
    r"|originator)",
    r"sender (?:verify|verification|callout|domain|denied|restricted)|verif\w{1,40} (?:the )?sender"
    r"|sender'?s (?:domain|server|system|ip|host)",
    r"domain of sender|(?:mail ?from|from:|sending|your|sender) domain\b|for sender\b",
    r"access denied, sending|sending (?:server|ip|mta|domain|host|system)",
)

# About the content of the mail: phrases of Google, Microsoft, SpamAssassin, ClamAV and Postfix.
CONTENT = make_kind(
    About.OURS,
    CountsFrom.NEVER,
    "the message itself is not accepted",
    r"\bspam(?!cop)|\bjunk\b|\bphish|unsolicited|\buce\b|\bube\b|bulk (?:mail|e-?mail|sender)",
    r"virus|malware|trojan|infect|potentially (?:harmful|dangerous)|dangerous attachment",
    r"(?:message|mail|e-?mail|content|body|header|headers|attachment|subject|text|data|url"
    r"|link)s? "
    r"(?:\w{1,40} ){0,4}(?:rejected|refused|denied|blocked|discarded|prohibited|not (?:accepted"
    r"|allowed"
    r"|permitted)|unacceptable|quarantined|filtered)",
    r"(?:prohibited|banned|illegal|suspicious|bad|missing|invalid|duplicate|malformed) "
    r"(?:\w{1,40} )?(?:content|header|attachment|file|url|subject|message)",
    r"header error|content (?:filter|restrict|scan|presents|violat)|rejected (?:by|for|due to)"
    r"(?: \w{1,40})? (?:policy|content|filter|security|virus|administrative)",
    r"polic(?:y|ies)|reject\w{0,40} by (?:the |a |our )?(?:\w{1,40} )?(?:gateway|filter"
    r"|rules?)\b|not rfc"
    r"|rfc ?(?:2822|5322|822|5321|2821)\b(?!;)|administrative(?:ly)? (?:prohibit|reject"
    r"|den)|compliance",
    r"(?:message|mail|size|length|attachment)\b[^.;]{0,40}(?:too (?:large|big|long)|exceed)",
    r"(?:exceeds?|over|larger than) (?:\w{1,40} ){0,5}(?:message size|size limit"
    r"|maximum (?:message )?size)",
    r"too (?:large|big) (?:a )?(?:message|mail)|(?:message|mail) (?:file )?too (?:big|large)",
    r"hop ?count|too many hops|routing loop|mail loop|loops? back|loop detected|looping"
    r"|forwarding loop|too many received",
)

# Failures of a server on the route or at the host: phrases of Sendmail, Exchange, qmail, Postfix.
SYSTEM = make_kind(
    About.OURS,
    CountsFrom.NEVER,
    "a server on the way does not work, or not with ours",
    r"internal (?:system |server )?error|system (?:config(?:uration)?|error|problem|failure)",
    r"insufficient (?:system )?(?:storage|permission|resources|disk)"
    r"|local (?:configuration )?error",
    r"config(?:uration)? error|mail server (?:configuration|error)|unable to contact ldap"
    r"|ldap server",
    r"service (?:currently |temporarily |is )?(?:unavailable|refuse\w{0,40}|not available)"
    r"|try (?:again )?"
    r"later|temporar(?:y|ily) (?:failure|error|problem|local|system|unavailable|rejected)",
    r"protocol (?:error|violation)|syntax error|command (?:not (?:implemented|recogni[sz]ed)|unrec"
    r"|rejected|out of)|bad sequence|command time|improper (?:use|command)"
    r"|unrecogni[sz]ed command",
    r"\btls\b|\bssl\b|starttls|certificate|encryption (?:required|needed)|ipv6",
    r"smtputf8|8bit|non-ascii|unimplemented|pipelin|access denied(?!.{0,3}as\()",
    r"not (?:deliverable|accept\w{1,40}) (?:\w{1,40} )?at this time|disk (?:is )?full"
    r"|no space left",
)
