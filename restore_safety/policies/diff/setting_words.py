"""Where a setting's id runs words together: split only where every letter belongs to a word."""

from functools import cache

# What setting ids are commonly made of; a part that needs a word not listed stays as it is.
_COMMON = """
access account action active add addin addins address admin administrator age alert all allow
always and anonymous anti antivirus any app application apply approval apps archive area as
assistance attachments attack audit authentication auto autocomplete automatic background backup
bandwidth based basic before behavior behaviour binary bits block blocked boot both browser by
cache camera certificate change channel check client clients cloud code complexity configuration
configure connect connection consent console content control controlled controls cookies copy
create creating credential credentials custom customization data day days default defender delay
delete deny desktop detection developer device devices diagnostic diagnostics dialog directory
disable disabled disallow discovery display do documents does domain download downloads drag drive
driver drivers drives during edge email enable enabled encrypted encryption enforce enhanced
enterprise error errors event events excel exchange excluded exclusion exclusions executable
executables execution experience experiences expiration explorer export extension extensions
external feature features feedback file files filter firewall first fixed folder folders for
format formats frame from full game games group groups guard guest hardware hide history home host
hour hours idle ignore ignored images import in inbound include initialize install installation
integrity interactive internal internet interval intranet invocation is isolation it java key keys
knowledge label last launch legacy length level limit links list load local location lock lockout
log logged logon logs machine macro macros mail manage management manager manual max maximum
message method microsoft min minimum minutes mixed mode monitoring name navigate navigation net
network new no not notification notifications object objects of offer office on online only open
operating option optional options or outbound outlook override packets page parameter passport
password passwords path paths per performance period permission permissions persistence personal
picture pictures policies policy port power powerpoint powershell presentations prevent preview
previous print printer printers printing private process processes profile program project prompt
protect protected protection protocol provider proxy public publisher quality quarantine random
read realtime recovery reduction registry remote removable remove renderer report request requests
require required reset restart restrict restricted retention revocation root rule rules run
running safe sample samples save scan scanning schedule scheduled screen script scripts search
seconds secure security send sensitivity server service sessions settings setup share shared show
sidebar sign signature signatures single site sites size smart sniffing software source sources
spotlight standard start startup state status stealth storage store storing strong submission
success suggestions support surface switch sync system tab tailored tamper target task telemetry
template templates text third threat threats time timeout to toast toolbar transfer trust trusted
type unless unlock unsigned up update updates upload url usage use user users validation value
verify version view virtual visibility volume wake warning web when wifi window windows wizard
word work write xbox zone
"""
_ABBREVIATIONS = {
    short: short.upper() for short in ("asr", "dns", "pin", "pua", "smb", "tls", "ui", "usb", "vpn")
}
_WORDS = {word: word for word in _COMMON.split()} | _ABBREVIATIONS
_LONGEST = max(map(len, _WORDS))


@cache
def spaced(part: str) -> str:
    """The part of an id in words, the fewest that it is made of; else the part itself."""
    ways: list[tuple[str, ...] | None] = [(), *([None] * len(part))]
    for end in range(1, len(part) + 1):
        found = [
            (*before, _WORDS[word])
            for start in range(max(0, end - _LONGEST), end)
            if (before := ways[start]) is not None and (word := part[start:end]) in _WORDS
        ]
        ways[end] = min(found, key=len, default=None)
    return " ".join(ways[-1] or (part,))
