"""Graph itself: one authenticated call in, one answer out."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from tenants.emulator import actions, approvals
from tenants.emulator.assigning import Assigner
from tenants.emulator.bodies import UnreadableBodyError, read_object
from tenants.emulator.catalogue import COLLECTIONS, Assigning, Collection, collection_at
from tenants.emulator.catalogue.access import CONDITIONAL_ACCESS, GROUPS
from tenants.emulator.catalogue.administration import APPROVAL_REQUESTS
from tenants.emulator.catalogue.configuration import DEVICE_CONFIGURATIONS, SETTING_DEFINITIONS
from tenants.emulator.changes import Change, context_key
from tenants.emulator.clock import now
from tenants.emulator.denials import forbidden, missing, not_allowed
from tenants.emulator.directory import Directory
from tenants.emulator.linking import Link
from tenants.emulator.login import Identity
from tenants.emulator.masking import plain_text, secret_reference
from tenants.emulator.paths import Answer, Call
from tenants.emulator.presentation import Presenter, is_preview, metadata_of
from tenants.emulator.queries import Query, with_marks
from tenants.emulator.reading import Reading
from tenants.emulator.refusals import Json, RefusedError, bad_request, unknown_segment
from tenants.emulator.state import State, StoredObject
from tenants.emulator.tenancy import Tenancy

type Verbs = Mapping[str, Callable[..., Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    state: State
    identity: Identity
    call: Call
    ignored: frozenset[str] = frozenset()
    hidden_for: float = 0.0

    def answer(self) -> Answer:
        segments = self.call.segments()
        directory = Directory(tenancy=self.tenancy, identity=self.identity, call=self._marked)
        if special := directory.answer(segments):
            return special
        found = collection_at(segments)
        if found is None:
            raise unknown_segment(segments[0] if segments else self.call.path)
        collection, rest = found
        if self.call.version not in collection.versions:
            raise unknown_segment(collection.name)
        return self._in_collection(collection, rest)

    @property
    def tenancy(self) -> Tenancy:
        return Tenancy(self.state, self.identity.tenant)

    @property
    def _marked(self) -> Call:
        return replace(self.call, options=with_marks(self.call.options, self.call.version))

    @property
    def _presenter(self) -> Presenter:
        return Presenter(
            base=self.call.base,
            version=self.call.version,
            level=metadata_of(self.call.headers.get("accept", "")),
            tenancy=self.tenancy,
        )

    def _reading(self, collection: Collection) -> Reading:
        return Reading(
            tenancy=self.tenancy,
            collection=collection,
            call=self._marked,
            presenter=self._presenter,
        )

    def _in_collection(self, collection: Collection, rest: list[str]) -> Answer:
        self._check_roles(collection)
        reading = self._reading(collection)
        if not rest:
            verbs: dict[str, Callable[..., Answer]] = {"GET": reading.listed}
            if collection.can_create:
                verbs["POST"] = lambda: self._create(collection)
            return self._on_verb(collection, verbs)
        if rest == ["$count"]:
            return self._on_verb(collection, {"GET": reading.counted})
        stored = self._find(collection, rest[0])
        if stored is None and collection.created_by_patch and self.call.method == "PATCH":
            return self._create_at(collection, rest[0])
        if stored is None:
            raise missing(collection, rest[0])
        if len(rest) == 1:
            return self._on_item(collection, stored)
        return self._below_item(collection, stored, rest[1:])

    def _on_item(self, collection: Collection, stored: StoredObject) -> Answer:
        verbs: dict[str, Callable[..., Answer]] = {
            "GET": lambda: self._reading(collection).item(stored),
            "PATCH": lambda: self._update(collection, stored),
            "DELETE": lambda: self._remove(collection, stored),
        }
        if collection.can_replace:
            verbs["PUT"] = lambda: self._replace(collection, stored)
        return self._on_verb(collection, verbs)

    def _below_item(self, collection: Collection, stored: StoredObject, rest: list[str]) -> Answer:
        bound = self._bound(collection, stored, rest)
        if bound:
            return self._on_verb(collection, bound)
        if rest[0] == "assignments" and collection.assigning is Assigning.EACH:
            return self._on_assignments(collection, stored, rest[1:])
        if rest[-1] == "$ref":
            return self._on_reference(collection, stored, rest)
        return self._on_part(collection, stored, rest)

    def _bound(self, collection: Collection, stored: StoredObject, rest: list[str]) -> Verbs:
        """The actions and functions of the item, by the one verb each has."""
        name = rest[0]
        if name == "assign" and collection.assigning is Assigning.ACTION:
            return {"POST": lambda: self._assign(collection, stored)}
        if name in collection.actions:
            return {"POST": lambda: self._act(collection, stored, name)}
        if name == "getOmaSettingPlainTextValue" and collection.path == DEVICE_CONFIGURATIONS:
            return {"GET": lambda: self._plain_text(collection, stored, rest[1:])}
        if rest == ["transitiveMembers", "$count"] and collection.path == GROUPS:
            return {"GET": lambda: self._reading(collection).member_count(stored)}
        return {}

    def _on_part(self, collection: Collection, stored: StoredObject, rest: list[str]) -> Answer:
        name, part = rest[0], collection.part(rest[0])
        reading = self._reading(collection)
        verbs: dict[str, Callable[..., Answer]] = {"GET": lambda: reading.part(stored, rest)}
        if part and part.each and len(rest) == 1:
            verbs["POST"] = lambda: self._add_entity(collection, stored, name)
        elif part and part.each and len(rest) == 2:  # noqa: PLR2004 -- the part and a key
            verbs["PATCH"] = lambda: self._change_entity(collection, stored, name, rest[1])
            verbs["DELETE"] = lambda: self._drop_entity(collection, stored, name, rest[1])
        return self._on_verb(collection, verbs)

    def _on_assignments(
        self, collection: Collection, stored: StoredObject, rest: list[str]
    ) -> Answer:
        reading = self._reading(collection)
        verbs: dict[str, Callable[..., Answer]] = {
            "GET": lambda: reading.part(stored, ["assignments", *rest])
        }
        if not rest:
            verbs["POST"] = lambda: self._add_assignment(collection, stored)
        else:
            verbs["DELETE"] = lambda: self._drop_assignment(collection, stored, rest[0])
        return self._on_verb(collection, verbs)

    def _on_verb(self, collection: Collection, verbs: Verbs) -> Answer:
        method = self.call.method
        if method in verbs and (method == "GET" or bool(collection.write_roles)):
            return verbs[method]()
        raise not_allowed(collection, method, self.call.path)

    def _check_roles(self, collection: Collection) -> None:
        granted = self.identity.roles
        writes = collection.write_roles
        if self.call.method == "GET" or not writes:
            reads = (*collection.read_roles, *(r for r in writes if "ReadWrite" in r))
            if not granted.intersection(reads):
                raise forbidden(collection.family, reads)
        elif not granted.issuperset(writes):
            raise forbidden(collection.family, writes)

    def _find(self, collection: Collection, key: str) -> StoredObject | None:
        stored = self._held(collection, key)
        if stored is None or (not stored.is_visible and self.call.method == "GET"):
            return None
        self._refuse_preview(collection, stored)
        return stored

    def _held(self, collection: Collection, key: str) -> StoredObject | None:
        if collection.path == APPROVAL_REQUESTS:
            filed = approvals.requests_of(self.state, self.identity.tenant)
            return next((StoredObject(id=key, body=one) for one in filed if one["id"] == key), None)
        shown = self.tenancy.shown_in(collection)
        found = (self.tenancy.find(one.path, key) for one in shown)
        return next((one for one in found if one), None) or self._unseeded(collection, key)

    def _unseeded(self, collection: Collection, key: str) -> StoredObject | None:
        """A definition of a setting exists unless the tenant says that it knows all of them."""
        if collection.path != SETTING_DEFINITIONS or self.tenancy.knows("settingDefinitions"):
            return None
        return StoredObject(id=key, body={})

    def _refuse_preview(self, collection: Collection, stored: StoredObject) -> None:
        is_trimmed = self.call.version == "v1.0" and collection.path == CONDITIONAL_ACCESS
        if is_trimmed and is_preview(stored.body, collection.declared_type):
            raise bad_request(
                "1037: The policy you requested contains preview features. Use the Beta endpoint"
                " to retrieve this policy."
            )

    def _change(self, collection: Collection) -> Change:
        return Change(
            state=self.state,
            tenant=self.identity.tenant,
            collection=collection,
            version=self.call.version,
            at=now(),
            host=self.call.host,
            ignored=self.ignored,
        )

    def _body(self) -> Json:
        content_type = self.call.headers.get("content-type", "")
        try:
            body = read_object(self.call.body)
        except UnreadableBodyError as error:
            raise _unreadable() from error
        if not content_type.startswith("application/json"):
            raise _unreadable()
        return body

    @property
    def _visible_at(self) -> float:
        return time.time() + self.hidden_for if self.hidden_for else 0.0

    def _create(self, collection: Collection) -> Answer:
        stored = self._change(collection).create(self._body(), visible_at=self._visible_at)
        return self._created(collection, stored, collection.create_status)

    def _create_at(self, collection: Collection, key: str) -> Answer:
        self._change(collection).create(self._body(), key=context_key(collection, key))
        return Answer(status=204, applied=True)

    def _created(self, collection: Collection, stored: StoredObject, status: int) -> Answer:
        address = f"{self.call.base}/{self.call.version}/{collection.path}('{stored.id}')"
        return Answer(
            status=status,
            body=self._entity(collection, stored),
            headers={"Location": address},
            applied=True,
        )

    def _update(self, collection: Collection, stored: StoredObject) -> Answer:
        self._change(collection).update(stored, self._body())
        return self._written(collection, stored, collection.update_status)

    def _replace(self, collection: Collection, stored: StoredObject) -> Answer:
        self._change(collection).replace(stored, self._body())
        return self._written(collection, stored, HTTPStatus.NO_CONTENT)

    def _remove(self, collection: Collection, stored: StoredObject) -> Answer:
        self._change(collection).remove(stored)
        return Answer(status=204, applied=True)

    def _assign(self, collection: Collection, stored: StoredObject) -> Answer:
        Assigner(self._change(collection)).assign(stored, self._body())
        if collection.assign_status == HTTPStatus.NO_CONTENT:
            return Answer(status=204, applied=True)
        presenter = self._presenter
        entries = presenter.below(collection, stored, "assignments")
        context = presenter.context(f"Collection({collection.assignment_type})")
        return Answer(status=200, body=context | {"value": entries}, applied=True)

    def _add_assignment(self, collection: Collection, stored: StoredObject) -> Answer:
        made = Assigner(self._change(collection)).add(stored, self._body())
        return self._entity_below(collection, stored, "assignments", made, 201)

    def _drop_assignment(self, collection: Collection, stored: StoredObject, key: str) -> Answer:
        if not Assigner(self._change(collection)).drop(stored, key):
            raise missing(collection, key)
        return Answer(status=204, applied=True)

    def _act(self, collection: Collection, stored: StoredObject, name: str) -> Answer:
        done = actions.ACTIONS[name](self._change(collection), stored, self._body())
        if done.created:
            path, made = done.created
            return self._created(COLLECTIONS[path], made, done.status)
        if done.value is None:
            return Answer(status=done.status, applied=True)
        context = self._presenter.context(f"{collection.path}('{stored.id}')/{name}")
        return Answer(status=done.status, body=context | {"value": done.value}, applied=True)

    def _add_entity(self, collection: Collection, stored: StoredObject, name: str) -> Answer:
        made = actions.add_entity(self._change(collection), stored, name, self._body())
        return self._entity_below(collection, stored, name, made, 201)

    def _change_entity(
        self, collection: Collection, stored: StoredObject, name: str, key: str
    ) -> Answer:
        self._entity_key(collection, stored, name, key)
        change = self._change(collection)
        made = actions.change_entity(change, stored, name, key, self._body())
        return self._entity_below(collection, stored, name, made, 200)

    def _drop_entity(
        self, collection: Collection, stored: StoredObject, name: str, key: str
    ) -> Answer:
        self._entity_key(collection, stored, name, key)
        actions.drop_entity(self._change(collection), stored, name, key)
        return Answer(status=204, applied=True)

    def _entity_key(
        self, collection: Collection, stored: StoredObject, name: str, key: str
    ) -> None:
        if key not in {one.get("id") for one in stored.body.get(name, ())}:
            raise missing(collection, key)

    def _entity_below(
        self, collection: Collection, stored: StoredObject, name: str, made: Json, status: int
    ) -> Answer:
        presenter = self._presenter
        shown = presenter.below(collection, stored, name)
        entry = next(one for one in shown if one["id"] == made["id"])
        context = presenter.context(f"{collection.path}('{stored.id}')/{name}/$entity")
        return Answer(status=status, body=context | entry, applied=True)

    def _on_reference(
        self, collection: Collection, stored: StoredObject, rest: list[str]
    ) -> Answer:
        change = self._change(collection)
        link = Link(change, stored, rest[0])
        verbs: dict[str, Callable[..., Answer]] = {
            "GET": lambda: self._reading(collection).references(stored, rest[0]),
        }
        if link.is_many:
            verbs["POST"] = lambda: self._linked(link.added, self._body())
        else:
            verbs["PUT"] = lambda: self._linked(link.set_to, self._body())
        address = f"{rest[0]}('{rest[1]}')" if len(rest) > len(("name", "$ref")) else ""
        at = self.call.options.get("$id", address)
        verbs["DELETE"] = lambda: self._linked(link.cleared, at)
        return self._on_verb(collection, verbs)

    def _linked(self, write: Callable[[Any], None], given: Any) -> Answer:
        write(given)
        return Answer(status=204, applied=True)

    def _plain_text(self, collection: Collection, stored: StoredObject, rest: list[str]) -> Answer:
        """Even to read it, an application needs the permission to write."""
        if not self.identity.roles.issuperset(collection.write_roles):
            raise forbidden(collection.family, collection.write_roles)
        asked = rest[0] if rest else ""
        for setting in stored.body.get("omaSettings") or ():
            if secret_reference(setting) == asked:
                context = self._presenter.context("Edm.String")
                return Answer(status=200, body=context | {"value": plain_text(setting)})
        raise missing(collection, asked)

    def _written(self, collection: Collection, stored: StoredObject, status: int) -> Answer:
        if status == HTTPStatus.NO_CONTENT:
            return Answer(status=status, applied=True)
        return Answer(status=status, body=self._entity(collection, stored), applied=True)

    def _entity(self, collection: Collection, stored: StoredObject) -> Json:
        presenter = self._presenter
        context = presenter.context(f"{collection.path}/$entity")
        return context | presenter.entity(collection, stored, Query(), listed=False)


def _unreadable() -> RefusedError:
    return bad_request(
        "Unable to read JSON request payload. Please ensure Content-Type header is set"
        " and payload is of valid JSON format."
    )
