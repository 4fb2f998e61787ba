"""Name what an export holds of types this product does not restore."""

import re

from restore_safety.backups.formats import Document
from tenants.graph import schema
from tenants.graph.payloads import type_of

_BY_TYPE = {
    "applePushNotificationCertificate": "Apple push notification certificate",
    "authorizationPolicy": "Authorization policy",
    "hardwareConfiguration": "BIOS configuration",
    "importedWindowsAutopilotDeviceIdentity": "Autopilot device",
    "vppToken": "Apple volume purchase token",
    "windowsAutopilotDeviceIdentity": "Autopilot device",
}
_BY_ENDING = {
    "AuthenticationMethodConfiguration": "Authentication methods policy",
    "MobileThreatDefenseConnector": "Mobile threat defense connector",
}
_BY_FOLDER = {
    "activation lock bypass codes": "Activation lock bypass code",
    "apple push notification": "Apple push notification certificate",
    "apple vpp tokens": "Apple volume purchase token",
    "authentication methods": "Authentication methods policy",
    "autopilot devices": "Autopilot device",
    "azurebranding": "Company branding of Entra",
    "bios": "BIOS configuration",
    "hardwareconfigurations": "BIOS configuration",
    "inventorypolicies": "Inventory policy",
    "managed google play": "Managed Google Play connection",
}
_BY_PARENT = {
    "entra": "Entra settings",
    "partner connections": "Partner connection",
}
_WORDS = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+")
_NAME = re.compile(r"\w{1,100}")


def name_of_type(document: Document, type_name: str = "") -> str:
    """Return what people call an object of no supported type; "" when nothing says what it is."""
    stated = type_name or schema.bare(type_of(document.members))
    if stated and _NAME.fullmatch(stated):
        return _of_type(stated)
    if entity_set := _entity_set(document.context):
        return _in_words(entity_set)
    return _of_folder(document.folder)


def _of_type(name: str) -> str:
    if label := _BY_TYPE.get(name):
        return label
    for ending, label in _BY_ENDING.items():
        if name.casefold().endswith(ending.casefold()):
            return label
    return _in_words(name)


def _of_folder(folder: str) -> str:
    parts = [part for part in folder.casefold().split("/") if part]
    if not parts:
        return ""
    return _BY_FOLDER.get(parts[-1]) or next(
        (_BY_PARENT[part] for part in reversed(parts) if part in _BY_PARENT), ""
    )


def _entity_set(context: str) -> str:
    """The last part of the entity set a context is about."""
    fragment = context.partition("#")[2]
    parts = [part for part in re.split(r"[/(]", fragment) if _NAME.fullmatch(part)]
    return parts[-1] if parts else ""


def _in_words(name: str) -> str:
    """`vppToken` in words: Vpp token."""
    words = " ".join(_WORDS.findall(name)) or name
    return words[:1].upper() + words[1:].lower()
