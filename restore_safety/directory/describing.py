"""What is kept of an object of the directory, in words."""

import re

from restore_safety.models import DirectoryKind, DirectoryObject, ObjectDetail

_WORD = re.compile("macOS|iOS|[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_NAMES = {
    "android": "Android",
    "ios": "iOS",
    "ip": "IP",
    "lob": "line-of-business",
    "macos": "macOS",
    "pfx": "PFX",
    "pkcs": "PKCS",
    "scep": "SCEP",
    "win32": "Win32",
    "windows": "Windows",
    "windows10": "Windows 10",
    "windows81": "Windows 8.1",
}
_GROUPS = {
    "security": "Security group",
    "mail_enabled_security": "Mail-enabled security group",
    "microsoft365": "Microsoft 365 group",
    "distribution": "Distribution list",
}


def described(row: DirectoryObject) -> str:
    """The facts of the object in one line; "" where nothing more is known than its name."""
    facts = row.facts
    if row.kind == DirectoryKind.GROUP:
        parts = _of_group(facts)
    else:
        parts = [spelt(facts.platform), spelt(facts.type), facts.user_principal_name]
        parts += ["Built in"] if facts.is_built_in else []
        parts += ["Trusted"] if facts.is_trusted else []
    return ", ".join(part for part in parts if part)


def spelt(name: str) -> str:
    """A name of Graph's in words: `windows10AndLater` is “Windows 10 and later”."""
    words = " ".join(_NAMES.get(word.lower(), word.lower()) for word in _WORD.findall(name))
    return words if words.startswith(("iOS", "macOS")) else words[:1].upper() + words[1:]


def _of_group(facts: ObjectDetail) -> list[str]:
    parts = [_GROUPS.get(facts.type, "Group")]
    if facts.is_dynamic:
        parts.append("dynamic membership")
    if facts.members is None:
        parts.append("number of members not known")
    else:
        parts.append("1 member" if facts.members == 1 else f"{facts.members:,} members")
    return parts
