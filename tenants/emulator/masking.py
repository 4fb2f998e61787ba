"""What Graph makes of stored values when it answers them: computed, masked, reordered."""

import base64
from dataclasses import dataclass
from typing import Any

from tenants.emulator import schema
from tenants.emulator.catalogue import Collection
from tenants.emulator.catalogue.administration import NOTIFICATIONS, SCOPE_TAGS
from tenants.emulator.refusals import Json
from tenants.emulator.schema import MemberKind
from tenants.emulator.state import StoredObject
from tenants.emulator.tenancy import Behaviours
from tenants.emulator.wellknown import ZERO

# Keys and passwords the service takes and never answers.
SECRETS = frozenset(
    {
        "adminAccountPassword",
        "advancedThreatProtectionOffboardingBlob",
        "advancedThreatProtectionOnboardingBlob",
        "preSharedKey",
        "productKey",
        "sharedSecret",
        "wifiPassword",
    }
)
_MASKED_OMA = {
    "omaSettingString": "****",
    "omaSettingBase64": "****",
    "omaSettingStringXml": "PGEvPg==",
}
_SETTING_COLLECTIONS = frozenset(
    {
        "choiceSettingCollectionValue",
        "groupSettingCollectionValue",
        "simpleSettingCollectionValue",
    }
)


@dataclass(frozen=True, slots=True)
class Mask:
    behaviours: Behaviours
    path: str

    @property
    def added(self) -> Json:
        return dict(self.behaviours.added_members.get(self.path, {}))

    def computed(self, collection: Collection, stored: StoredObject, runtime: str) -> Json:
        """What the service works out itself."""
        known = schema.properties(runtime)
        values: Json = {"id": stored.id}
        if "settingCount" in known:
            values["settingCount"] = len(stored.body.get("settings", []))
        if "isAssigned" in known and collection.is_assignable:
            values["isAssigned"] = bool(stored.assignments)
        if collection.path == SCOPE_TAGS:
            values["isBuiltIn"] = stored.id == "0"
        if collection.path == NOTIFICATIONS:
            values |= _default_locale(stored.body)
        for base, names in schema.SHADOW_NULL.items():
            if schema.derives(runtime, base):
                values |= {name: stored.body.get(name) for name in names}
        return values

    def applied(self, values: Json, type_name: str) -> Json:
        """The members of an object as they are answered, at any depth."""
        known = schema.members(type_name)
        shown: Json = {}
        for key, value in values.items():
            member = known.get(key)
            held = member.type if member else ""
            shown[key] = self._member(key, self._nested(value, held))
            if member and member.kind is MemberKind.FLAGS and self.behaviours.reorders:
                shown[key] = _turned_flags(shown[key])
        if type_name == "conditionalAccessConditionSet":
            shown |= {name: values.get(name) for name in schema.SHADOW_NULL[type_name]}
        return self._masked_oma(shown, type_name)

    def ordered(self, name: str, entries: list[Json]) -> list[Json]:
        turns = self.behaviours.reorders and name == "assignments"
        return list(reversed(entries)) if turns else entries

    def _nested(self, value: Any, declared: str) -> Any:
        if isinstance(value, list):
            turned = self.behaviours.reorders and all(isinstance(one, str) for one in value)
            shown = [self._nested(one, declared) for one in value]
            return list(reversed(shown)) if turned else shown
        if not isinstance(value, dict):
            return value
        return self.applied(value, schema.bare(str(value.get("@odata.type", declared))))

    def _member(self, key: str, value: Any) -> Any:
        if key == "notificationTemplateId" and not value:
            return ZERO
        if key == "ruleName" and self.behaviours.forgets_rule_names:
            return None
        if key in SECRETS and self.behaviours.masks_secrets:
            return None
        if key in _SETTING_COLLECTIONS and self.behaviours.reorders and isinstance(value, list):
            return list(reversed(value))
        return value

    def _masked_oma(self, values: Json, type_name: str) -> Json:
        kind = schema.bare(str(values.get("@odata.type", type_name)))
        if not self.behaviours.masks_oma_settings or kind not in _MASKED_OMA:
            return values
        return values | {
            "value": _MASKED_OMA[kind],
            "isEncrypted": True,
            "secretReferenceValueId": secret_reference(values),
        }


def secret_reference(setting: Json) -> str:
    """The name under which the plain text of an OMA-URI setting is asked for."""
    return f"{setting.get('omaUri', '')}".strip("./").replace("/", "_") or "setting"


def plain_text(setting: Json) -> str:
    """The value itself; XML is answered as text although it is written as base64."""
    value = str(setting.get("value") or "")
    kind = schema.bare(str(setting.get("@odata.type", "")))
    if kind != "omaSettingStringXml":
        return value
    return base64.b64decode(value).decode("utf-8", errors="replace")


def _default_locale(body: Json) -> Json:
    messages = body.get("localizedNotificationMessages") or []
    found = [one.get("locale") for one in messages if one.get("isDefault")]
    return {"defaultLocale": found[0]} if found else {}


def _turned_flags(value: Any) -> Any:
    return ",".join(reversed(value.split(","))) if isinstance(value, str) else value
