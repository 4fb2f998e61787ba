"""Graph itself: one authenticated call in, one answer out."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import islice
from typing import Any, TypeGuard
from urllib.parse import quote, unquote

from tenants.graph.emulator import approvals, queries
from tenants.graph.emulator.bodies import UnreadableBodyError, read_object
from tenants.graph.emulator.catalogue import (
    APPROVAL_REQUESTS,
    BOTH,
    COLLECTIONS,
    COMPLIANCE,
    GET_BY_IDS_ROLES,
    GROUPS,
    ORGANIZATION_ROLES,
    Collection,
    Family,
    collection_at,
)
from tenants.graph.emulator.changes import Change
from tenants.graph.emulator.clock import now
from tenants.graph.emulator.login import Identity
from tenants.graph.emulator.presentation import Metadata, Presenter, metadata_of
from tenants.graph.emulator.queries import MAX_TOP, Query, next_link, read_query
from tenants.graph.emulator.refusals import (
    Json,
    RefusedError,
    bad_request,
    no_route,
    unknown_segment,
)
from tenants.graph.emulator.state import State, StoredObject

DEFAULT_PAGE = 100
SETTINGS_PAGE = 25
_KEY = re.compile(r"(?P<name>\w+)\('(?P<key>[^']*)'\)")
_MAX_IDS = 1000
_DECODED_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One Graph request, alone or as part of a batch; `path` starts after the version."""

    method: str
    version: str
    path: str
    options: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str

    @property
    def full_path(self) -> str:
        return f"/{self.version}/{self.path}"

    @property
    def query(self) -> str:
        return "&".join(f"{key}={value}" for key, value in self.options.items())

    def segments(self) -> list[str]:
        """The path without casts; keys in parentheses and after a slash are the same thing."""
        found: list[str] = []
        for segment in self.path.strip("/").split("/"):
            match = _KEY.fullmatch(segment)
            bare = segment.removeprefix("microsoft.graph.")
            if match:
                found.extend((match["name"], match["key"]))
            elif bare == segment or bare in _BOUND:
                found.append(bare)
        return found


_BOUND = frozenset({"assign", "scheduleActionsForRules", "getByIds"})


@dataclass(slots=True, kw_only=True)
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    applied: bool = False
    dropped: bool = False  # the connection is closed without an answer
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _PartQuery:
    top: int | None
    after: int
    count: bool
    expand_nested: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    state: State
    identity: Identity
    call: Call
    ignored: frozenset[str] = frozenset()
    hidden_for: float = 0.0

    def answer(self) -> Answer:
        segments = self.call.segments()
        if segments == ["organization"]:
            return self._organization()
        if len(segments) == 2 and segments[1] == "getByIds":  # noqa: PLR2004 -- name and action
            return self._get_by_ids(segments[0])
        found = collection_at(segments)
        if found is None:
            raise unknown_segment(segments[0] if segments else self.call.path)
        collection, rest = found
        if self.call.version not in collection.versions:
            raise unknown_segment(collection.name)
        return self._in_collection(collection, rest)

    @property
    def _presenter(self) -> Presenter:
        level = metadata_of(self.call.headers.get("accept", ""))
        return Presenter(base=self.call.base, version=self.call.version, level=level)

    def _in_collection(self, collection: Collection, rest: list[str]) -> Answer:
        self._check_roles(collection)
        if not rest:
            return self._on_verb(collection, {"GET": self._list, "POST": self._create}, collection)
        stored = self._stored(collection, rest[0])
        if len(rest) == 1:
            verbs: dict[str, Callable[..., Answer]] = {
                "GET": self._item,
                "PATCH": self._update,
                "DELETE": self._remove,
            }
            if collection.replace_status:
                verbs["PUT"] = self._replace
            return self._on_verb(collection, verbs, collection, stored)
        return self._below_item(collection, stored, rest[1:])

    def _below_item(self, collection: Collection, stored: StoredObject, rest: list[str]) -> Answer:
        name = rest[0]
        if name == "assign" and collection.assign_key:
            return self._on_verb(collection, {"POST": self._assign}, collection, stored)
        if name == "scheduleActionsForRules" and collection.path == COMPLIANCE:
            return self._on_verb(collection, {"POST": self._schedule}, collection, stored)
        if rest == ["transitiveMembers", "$count"] and collection.path == GROUPS:
            return self._on_verb(collection, {"GET": self._member_count}, stored)
        if name in queries.expandable(collection):
            return self._on_verb(collection, {"GET": self._part}, collection, stored, rest)
        raise unknown_segment(name)

    def _on_verb(
        self, collection: Collection, verbs: Mapping[str, Callable[..., Answer]], *given: Any
    ) -> Answer:
        method = self.call.method
        is_allowed = method in verbs and (method == "GET" or bool(collection.write_roles))
        if is_allowed:
            return verbs[method](*given)
        if collection.family is Family.INTUNE:
            raise no_route(method, self.call.path)
        raise RefusedError(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )

    def _check_roles(self, collection: Collection) -> None:
        granted = self.identity.roles
        writes = collection.write_roles
        if self.call.method == "GET" or not writes:
            reads = (*collection.read_roles, *(r for r in writes if "ReadWrite" in r))
            if not granted.intersection(reads):
                raise _forbidden(collection.family, reads)
        elif not granted.issuperset(writes):
            raise _forbidden(collection.family, writes)

    def _stored(self, collection: Collection, key: str) -> StoredObject:
        stored = self._find(collection, key)
        hidden = stored is not None and not stored.is_visible and self.call.method == "GET"
        if stored is None or hidden:
            raise _missing(collection, key)
        return stored

    def _find(self, collection: Collection, key: str) -> StoredObject | None:
        if collection.path == APPROVAL_REQUESTS:
            return next((one for one in self._approval_requests() if one.id == key), None)
        return self.state.object(self.identity.tenant, collection.path, key)

    def _approval_requests(self) -> list[StoredObject]:
        filed = approvals.requests_of(self.state, self.identity.tenant)
        return [StoredObject(id=one["id"], body=one, seq=n) for n, one in enumerate(filed, start=1)]

    def _list(self, collection: Collection) -> Answer:
        query = read_query(collection, self.call.options, listing=True)
        size = self._page_size(query)
        following = list(islice(self._matching(collection, query, after=query.after), size + 1))
        page = following[:size]
        presenter = self._presenter
        suffix = collection.path + query.context_suffix
        body = presenter.context(suffix)
        if query.count:
            body["@odata.count"] = sum(1 for _ in self._matching(collection, query))
        if len(page) < len(following):
            body["@odata.nextLink"] = self._next(page[-1].seq)
        body["value"] = [
            presenter.entity(collection, stored, query, listed=True) for stored in page
        ]
        return Answer(status=200, body=body)

    def _matching(
        self, collection: Collection, query: Query, *, after: int = 0
    ) -> Iterator[StoredObject]:
        for stored in self._all(collection, after=after):
            if stored.is_visible and self._fits(query, stored):
                yield stored

    def _all(self, collection: Collection, *, after: int) -> Iterator[StoredObject]:
        """In their order, a part at a time: one page of thousands does not decode them all."""
        if collection.path == APPROVAL_REQUESTS:
            yield from (one for one in self._approval_requests() if one.seq > after)
            return
        tenant, path = self.identity.tenant, collection.path
        while part := list(self.state.objects(tenant, path, after=after, limit=_DECODED_AT_ONCE)):
            yield from part
            after = part[-1].seq

    def _fits(self, query: Query, stored: StoredObject) -> bool:
        entity = {**stored.body, "id": stored.id}
        return all(condition.holds(entity) for condition in query.conditions)

    def _page_size(self, query: Query) -> int:
        """A seeded page size is the server's limit: asking for more does not lift it."""
        seeded = self._tenant().get("pageSize")
        if seeded:
            return min(int(seeded), query.top or MAX_TOP)
        return query.top or DEFAULT_PAGE

    def _tenant(self) -> Json:
        return self.state.tenant(self.identity.tenant) or {}

    def _next(self, seq: int) -> str:
        address = f"{self.call.base}/{self.call.version}/{quote(self.call.path)}"
        return next_link(address, self.call.options, seq)

    def _item(self, collection: Collection, stored: StoredObject) -> Answer:
        query = read_query(collection, self.call.options, listing=False)
        return Answer(status=200, body=self._entity(collection, stored, query))

    def _entity(self, collection: Collection, stored: StoredObject, query: Query) -> Json:
        presenter = self._presenter
        context = presenter.context(f"{collection.path}{query.context_suffix}/$entity")
        return context | presenter.entity(collection, stored, query, listed=False)

    def _part(self, collection: Collection, stored: StoredObject, rest: list[str]) -> Answer:
        name = rest[0]
        query = self._part_query(name)
        entries = self._presenter.part(collection, stored, name, query.expand_nested)
        suffix = f"{collection.path}('{stored.id}')/{name}"
        if len(rest) > 1:
            one = next((entry for entry in entries if entry["id"] == rest[1]), None)
            if one is None:
                raise _missing(collection, rest[1])
            return Answer(status=200, body=self._presenter.context(f"{suffix}/$entity") | one)
        size = query.top or (SETTINGS_PAGE if name == "settings" else DEFAULT_PAGE)
        body = self._presenter.context(suffix)
        if query.count:
            body["@odata.count"] = len(entries)
        if query.after + size < len(entries):
            body["@odata.nextLink"] = self._next(query.after + size)
        body["value"] = list(islice(entries, query.after, query.after + size))
        return Answer(status=200, body=body)

    def _part_query(self, name: str) -> _PartQuery:
        options = dict(self.call.options)
        expand = options.pop("$expand", "")
        is_rules = name == "scheduledActionsForRule"
        nested = "scheduledActionConfigurations"
        # Without the expand Graph has no route to the rules, odd as that is.
        if is_rules != (expand == nested) or (expand and not is_rules):
            raise bad_request(f"The path '{name}' cannot be read this way.")
        if options.keys() - {"$top", "$skiptoken", "$count"}:
            raise bad_request("The query option is not supported here.")
        query = read_query(COLLECTIONS[COMPLIANCE], options, listing=True)
        return _PartQuery(
            top=query.top,
            after=query.after,
            count=query.count,
            expand_nested=(nested,) if is_rules else (),
        )

    def _member_count(self, stored: StoredObject) -> Answer:
        if self.call.headers.get("consistencylevel", "").lower() != "eventual":
            raise RefusedError(
                400,
                "Request_UnsupportedQuery",
                "$count is only supported with the header ConsistencyLevel: eventual.",
            )
        return Answer(
            status=200, body=str(stored.body.get("memberCount", 0)), content_type="text/plain"
        )

    def _organization(self) -> Answer:
        if not self.identity.roles.intersection(ORGANIZATION_ROLES):
            raise _forbidden(Family.DIRECTORY, ORGANIZATION_ROLES)
        if self.call.method != "GET" or self.call.version not in BOTH:
            raise RefusedError(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
        one = {
            "id": self.identity.tenant,
            "displayName": self._tenant()["displayName"],
            "tenantType": "AAD",
            "verifiedDomains": [],
        }
        chosen = [name for name in self.call.options.get("$select", "").split(",") if name]
        shown = {key: one[key] for key in ("id", *chosen) if key in one} if chosen else one
        return Answer(status=200, body=self._presenter.context("organization") | {"value": [shown]})

    def _get_by_ids(self, bound_to: str) -> Answer:
        """Ids nobody has are left out of the answer, as Graph leaves them out."""
        if bound_to not in ("directoryObjects", "groups") or self.call.method != "POST":
            raise unknown_segment("getByIds")
        if not self.identity.roles.intersection(GET_BY_IDS_ROLES):
            raise _forbidden(Family.DIRECTORY, GET_BY_IDS_ROLES)
        body = self._body()
        ids, types = body.get("ids"), body.get("types") or ["group", "user"]
        if not _is_texts(ids) or not _is_texts(types) or len(ids) > _MAX_IDS:
            raise RefusedError(400, "Request_BadRequest", "Invalid value for 'ids' or 'types'.")
        found = []
        for kind in ("group", "user"):
            collection = COLLECTIONS[f"{kind}s"]
            for key in dict.fromkeys(ids) if kind in types else ():
                stored = self.state.object(self.identity.tenant, collection.path, key)
                if stored:
                    entity = self._presenter.entity(collection, stored, Query(), listed=True)
                    mark = {"@odata.type": f"#microsoft.graph.{kind}"}
                    found.append(entity if self._bare else mark | entity)
        return Answer(
            status=200, body=self._presenter.context("directoryObjects") | {"value": found}
        )

    @property
    def _bare(self) -> bool:
        return self._presenter.level is Metadata.NONE

    def _change(self, collection: Collection) -> Change:
        return Change(
            state=self.state,
            tenant=self.identity.tenant,
            collection=collection,
            version=self.call.version,
            at=now(),
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

    def _create(self, collection: Collection) -> Answer:
        visible_at = time.time() + self.hidden_for if self.hidden_for else 0.0
        stored = self._change(collection).create(self._body(), visible_at=visible_at)
        address = f"{self.call.base}/{self.call.version}/{collection.path}('{stored.id}')"
        return Answer(
            status=collection.create_status,
            body=self._entity(collection, stored, Query()),
            headers={"Location": address},
            applied=True,
        )

    def _update(self, collection: Collection, stored: StoredObject) -> Answer:
        self._change(collection).update(stored, self._body())
        return self._written(collection, stored, collection.update_status)

    def _replace(self, collection: Collection, stored: StoredObject) -> Answer:
        self._change(collection).replace(stored, self._body())
        return self._written(collection, stored, collection.replace_status or 204)

    def _remove(self, collection: Collection, stored: StoredObject) -> Answer:
        self._change(collection).remove(stored)
        return Answer(status=204, applied=True)

    def _assign(self, collection: Collection, stored: StoredObject) -> Answer:
        self._change(collection).assign(stored, self._body())
        if collection.assign_status == HTTPStatus.NO_CONTENT:
            return Answer(status=204, applied=True)
        entries = self._presenter.part(collection, stored, "assignments")
        context = self._presenter.context(f"Collection({collection.assignment_type})")
        return Answer(status=200, body=context | {"value": entries}, applied=True)

    def _schedule(self, collection: Collection, stored: StoredObject) -> Answer:
        self._change(collection).schedule_actions(stored, self._body())
        return Answer(status=204, applied=True)

    def _written(self, collection: Collection, stored: StoredObject, status: int) -> Answer:
        if status == HTTPStatus.NO_CONTENT:
            return Answer(status=status, applied=True)
        body = self._entity(collection, stored, Query())
        return Answer(status=status, body=body, applied=True)


def _unreadable() -> RefusedError:
    return bad_request(
        "Unable to read JSON request payload. Please ensure Content-Type header is set"
        " and payload is of valid JSON format."
    )


def _missing(collection: Collection, key: str) -> RefusedError:
    if collection.family is Family.DIRECTORY:
        return RefusedError(
            404,
            "Request_ResourceNotFound",
            f"Resource '{key}' does not exist or one of its queried reference-property objects"
            " are not present.",
        )
    is_intune = collection.family is Family.INTUNE
    text = "An error has occurred" if is_intune else f"The resource '{key}' was not found."
    return RefusedError(404, "ResourceNotFound", text, wrapped=is_intune)


def _forbidden(family: Family, roles: tuple[str, ...]) -> RefusedError:
    if family is Family.INTUNE:
        return RefusedError(
            403,
            "Forbidden",
            "Application is not authorized to perform this operation. Application must have one of"
            f" the following scopes: {', '.join(dict.fromkeys(roles))}",
            wrapped=True,
        )
    if family is Family.ACCESS:
        return RefusedError(
            403,
            "AccessDenied",
            "You cannot perform the requested operation, required scopes are missing in the token.",
        )
    return RefusedError(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )


def _is_texts(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def part_of_batch(call: Call, part: Json) -> Call:
    """A batch's part as a call of its own, with the batch's version and host."""
    path, _, query = str(part["url"]).lstrip("/").partition("?")
    body = part.get("body")
    sent = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    headers = {str(key).lower(): str(one) for key, one in (part.get("headers") or {}).items()}
    return replace(
        call,
        method=str(part["method"]).upper(),
        path=unquote(path),
        options=options_of(query),
        headers=headers,
        body=sent,
    )


def options_of(query: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return {unquote(key): unquote(value.replace("+", " ")) for key, _, value in pairs}
