"""Creates, updates, replacements and removals, refused where Graph refuses them."""

import re
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tenants.emulator import rules, schema
from tenants.emulator.catalogue import Collection
from tenants.emulator.catalogue.access import CONDITIONAL_ACCESS, CONTEXTS, DELETED
from tenants.emulator.catalogue.administration import SCOPE_TAGS
from tenants.emulator.catalogue.configuration import TEMPLATE_NONE
from tenants.emulator.catalogue.enrollment import APPLE, ENROLLMENT
from tenants.emulator.clock import graph_time
from tenants.emulator.defaults import with_defaults
from tenants.emulator.entities import has_part, with_ids
from tenants.emulator.links import Linker
from tenants.emulator.payloads import Payload, read_payload
from tenants.emulator.refusals import Json, RefusedError, bad_request, invalid_model
from tenants.emulator.schema import PREFIX
from tenants.emulator.state import State, StoredObject
from tenants.emulator.tenancy import Tenancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write: whose, on what, when, and which properties a fault makes the server ignore."""

    state: State
    tenant: str
    collection: Collection
    version: str
    at: datetime
    host: str = ""
    ignored: frozenset[str] = field(default_factory=frozenset)

    @property
    def tenancy(self) -> Tenancy:
        return Tenancy(self.state, self.tenant)

    @property
    def linker(self) -> Linker:
        return Linker(tenancy=self.tenancy, host=self.host)

    def create(
        self, body: Json, *, visible_at: float = 0.0, key: str = "", given: Json | None = None
    ) -> StoredObject:
        """A new object; `given` is what the server itself puts into it."""
        payload = self._read(body)
        self._require(payload.values)
        self._judge(payload, payload.values, is_new=True)
        self._settle_secrets(payload.values, known=())
        values = self._kept(payload.values) | self._counted(payload.type) | (given or {})
        stored = StoredObject(
            id=key or self.next_id(payload.type),
            body=self.new_body(values, payload.type),
            visible_at=visible_at,
        )
        self.save(stored)
        return stored

    def update(self, stored: StoredObject, body: Json) -> None:
        self._refuse_builtin(stored)
        payload = self._read(body, updating=True)
        self._check_same_type(stored, payload)
        self._check_partial(payload.values)
        kept = self._kept(payload.values)
        known = schema.properties(payload.type)
        merged = {key: self._merged(stored.body.get(key), kept[key]) for key in kept}
        self._judge(payload, stored.body | merged)
        defaults = with_defaults(merged, payload.type, self.collection)
        stored.body |= {key: defaults[key] if key in known else merged[key] for key in merged}
        self.touch(stored)

    def replace(self, stored: StoredObject, body: Json) -> None:
        payload = self._read(body)
        self._require(payload.values)
        self._judge(payload, payload.values)
        self._check_unchanged(stored, payload.values)
        self._settle_secrets(payload.values, known=_secrets(stored.body))
        before = stored.body
        names = {part.name for part in self.collection.parts} - payload.values.keys()
        values = {name: before[name] for name in names & before.keys()} | payload.values
        stored.body = self.new_body(self._kept(values), payload.type)
        kept = self.ignored | {"createdDateTime", "version"}
        stored.body |= {key: before[key] for key in kept & before.keys()}
        self.touch(stored)

    def remove(self, stored: StoredObject) -> None:
        self._refuse_builtin(stored)
        if is_default(self.collection, stored):
            raise bad_request("A default object cannot be removed.", wrapped=True)
        self.discard(stored)

    def discard(self, stored: StoredObject) -> None:
        """Take the object away; conditional access remembers it."""
        self.state.remove_object(self.tenant, self.collection.path, stored.id)
        remembered_at = DELETED.get(self.collection.path)
        if remembered_at:
            body = stored.body | {"deletedDateTime": graph_time(self.at)}
            self.state.save_object(self.tenant, remembered_at, replace(stored, body=body))

    def new_body(self, values: Json, runtime: str) -> Json:
        moment = graph_time(self.at)
        known = schema.properties(runtime) or schema.properties(self.collection.declared_type)
        whole = with_defaults({**self.collection.defaults, **values}, runtime, self.collection)
        stamps = {
            "createdDateTime": moment,
            "lastModifiedDateTime": moment,
            "modifiedDateTime": None,
            "version": 1,
        }
        whole |= {key: one for key, one in stamps.items() if key in known}
        whole |= self.collection.server_values
        for part in self.collection.parts:
            if has_part(self.collection, {"@odata.type": runtime}, part):
                whole[part.name] = with_ids(part, whole.get(part.name) or [])
        tags = self.collection.tags_property
        if tags and not whole.get(tags):
            whole[tags] = ["0"]
        if whole.get("templateReference", "") is None:
            whole["templateReference"] = TEMPLATE_NONE
        whole.pop("disableEntraGroupPolicyAssignment", None)
        whole |= {k: values[k] for k in ("disableEntraGroupPolicyAssignment",) if k in values}
        is_marked = self.collection.polymorphic or runtime != self.collection.declared_type
        mark = {"@odata.type": PREFIX + runtime} if is_marked else {}
        return {**mark, **whole}

    def touch(
        self, stored: StoredObject, *, new_version: bool = True, given: Any = frozenset()
    ) -> None:
        modified = self.collection.modified_property
        if modified and modified not in given:
            stored.body[modified] = graph_time(self.at)
        version = stored.body.get("version")
        if new_version and isinstance(version, int) and "version" not in given:
            stored.body["version"] = version + 1
        self.save(stored)

    def save(self, stored: StoredObject) -> None:
        self.state.save_object(self.tenant, self.collection.path, stored)

    def _read(self, body: Json, *, updating: bool = False) -> Payload:
        payload = read_payload(self.collection, body, version=self.version, updating=updating)
        return Payload(payload.type, self.linker.settled(payload.values, payload.type))

    def _judge(self, payload: Payload, whole: Json, *, is_new: bool = False) -> None:
        rules.check(
            rules.Write(
                tenancy=self.tenancy,
                collection=self.collection,
                type=payload.type,
                sent=payload.values,
                whole=whole,
                is_new=is_new,
            )
        )

    def _merged(self, before: Any, sent: Any) -> Any:
        """Conditional access keeps the nested members that an update does not name."""
        if not (self.collection.merges and isinstance(before, dict) and isinstance(sent, dict)):
            return sent
        return before | {key: self._merged(before.get(key), one) for key, one in sent.items()}

    def _counted(self, runtime: str) -> Json:
        """A new enrollment object comes after the others of its kind."""
        if self.collection.path not in (APPLE, ENROLLMENT):
            return {}
        taken = [
            one.body.get("priority") or 0
            for one in self.tenancy.objects(self.collection.path)
            if self.type_of(one) == runtime
        ]
        return {"priority": max(taken, default=0) + 1}

    def _kept(self, values: Json) -> Json:
        return {key: one for key, one in values.items() if key not in self.ignored}

    def type_of(self, stored: StoredObject) -> str:
        return schema.bare(str(stored.body.get("@odata.type", self.collection.declared_type)))

    def next_id(self, runtime: str) -> str:
        if self.collection.path != SCOPE_TAGS:
            return self.collection.id_form.format(guid=uuid.uuid4(), kind=_kind(runtime))
        taken = self.state.ids(self.tenant, SCOPE_TAGS)
        return str(max((int(one) for one in taken if one.isdigit()), default=0) + 1)

    def _refuse_builtin(self, stored: StoredObject) -> None:
        if self.collection.path == SCOPE_TAGS and stored.id == "0":
            raise bad_request("The built-in scope tag cannot be changed or removed.", wrapped=True)
        if stored.body.get("isBuiltIn") is True:
            raise bad_request("A built-in role cannot be changed or removed.", wrapped=True)
        if stored.body.get("policyType") == "builtIn":
            raise bad_request("A built-in authentication strength cannot be changed.")

    def _require(self, values: Json) -> None:
        for name in self.collection.required:
            if values.get(name) in (None, ""):
                raise self._refusal(f"Property '{name}' is required and must not be null or empty.")

    def _refusal(self, message: str) -> RefusedError:
        if self.collection.path == CONDITIONAL_ACCESS:
            return bad_request(f"1002: {message}")
        return bad_request(message, wrapped=True)

    def _check_same_type(self, stored: StoredObject, payload: Payload) -> None:
        if self.type_of(stored) != payload.type:
            raise bad_request("The type of an existing object cannot be changed.", wrapped=True)

    def _check_partial(self, values: Json) -> None:
        for name in self.collection.required:
            if name in values and values[name] in (None, ""):
                raise self._refusal(f"Property '{name}' must not be null or empty.")
        patchable = self.collection.patchable
        if patchable is not None and values.keys() - patchable:
            raise bad_request(
                f"Only {', '.join(sorted(patchable))} can be updated with PATCH.", wrapped=True
            )

    def _check_unchanged(self, stored: StoredObject, values: Json) -> None:
        names = ("platforms", "technologies", "settingDefinitionId")
        fixed = {name: (stored.body.get(name), values[name]) for name in names if name in values}
        if "templateReference" in stored.body:
            before = stored.body["templateReference"] or TEMPLATE_NONE
            after = values.get("templateReference") or TEMPLATE_NONE
            fixed["templateReference"] = (before["templateId"], after.get("templateId", ""))
        for name, (old, new) in fixed.items():
            if _flags(old) != _flags(new):
                raise bad_request(f"Property '{name}' cannot be changed.", wrapped=True)

    def _settle_secrets(self, values: Json, known: tuple[str, ...]) -> None:
        """A written secret is kept as a token of this tenant; a foreign token says nothing here."""
        for secret in _secret_values(values):
            if secret.get("valueState") == "encryptedValueToken":
                if secret.get("value") not in known:
                    raise bad_request("The encrypted value token is not valid.", wrapped=True)
                continue
            secret |= {"value": str(uuid.uuid4()), "valueState": "encryptedValueToken"}


def is_default(collection: Collection, stored: StoredObject) -> bool:
    """Whether the enrollment object came with the tenant: updated only, never assigned."""
    return collection.path == ENROLLMENT and stored.body.get("priority") == 0


def context_key(collection: Collection, key: str) -> str:
    """The id under which a PATCH creates an authentication context."""
    if collection.path == CONTEXTS and re.fullmatch(r"c([1-9]|[1-9]\d)", key):
        return key
    raise invalid_model(f"'{key}' is not the id of an authentication context.")


def _kind(runtime: str) -> str:
    return runtime.removeprefix("deviceEnrollment").removesuffix("Configuration") or runtime


def _flags(value: Any) -> Any:
    return sorted(value.split(",")) if isinstance(value, str) else value


def _secret_values(value: Any) -> list[Json]:
    if isinstance(value, list):
        return [found for one in value for found in _secret_values(one)]
    if not isinstance(value, dict):
        return []
    if str(value.get("@odata.type", "")).endswith("SecretSettingValue"):
        return [value]
    return [found for one in value.values() for found in _secret_values(one)]


def _secrets(body: Json) -> tuple[str, ...]:
    return tuple(str(secret.get("value")) for secret in _secret_values(body))
