"""Answers to GET: lists, items, and what lies below an item."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

from tenants.emulator import approvals, schema
from tenants.emulator.catalogue import Collection
from tenants.emulator.catalogue.access import CONDITIONAL_ACCESS
from tenants.emulator.catalogue.administration import APPROVAL_REQUESTS
from tenants.emulator.denials import missing
from tenants.emulator.expansion import Expansion
from tenants.emulator.paths import Answer, Call
from tenants.emulator.presentation import Presenter, is_preview
from tenants.emulator.queries import MAX_TOP, Query, next_link, ordered, read_query
from tenants.emulator.refusals import Json, RefusedError, bad_request
from tenants.emulator.state import StoredObject
from tenants.emulator.tenancy import Tenancy

DEFAULT_PAGE = 100
_DECODED_AT_ONCE = 200
# The path of one entity below an item: the part, and a key.
_ONE = 2

type Placed = tuple[Collection, StoredObject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    tenancy: Tenancy
    collection: Collection
    call: Call
    presenter: Presenter

    def listed(self) -> Answer:
        query = read_query(self.collection, self.call.options, listing=True)
        size = self._page_size(query)
        following = list(islice(self._from(query), size + 1))
        page = following[:size]
        suffix = self.collection.path + query.context_suffix
        body = self.presenter.context(suffix)
        if query.count:
            body["@odata.count"] = sum(1 for _ in self._matching(query))
        if len(page) < len(following) and not self.tenancy.behaviours.leaves_out_next_link:
            body["@odata.nextLink"] = self._next(self._position_of(query, page, size))
        declared = self.collection.declared_type
        body["value"] = [
            self.presenter.entity(place, stored, query, listed=True, declared=declared)
            for place, stored in page
        ]
        return Answer(status=200, body=body)

    def counted(self) -> Answer:
        query = read_query(self.collection, self.call.options, listing=True)
        total = sum(1 for _ in self._matching(query))
        return Answer(status=200, body=str(total), content_type="text/plain")

    def item(self, stored: StoredObject) -> Answer:
        query = read_query(self.collection, self.call.options, listing=False)
        context = self.presenter.context(f"{self.collection.path}{query.context_suffix}/$entity")
        place = self._place_of(stored)
        shown = self.presenter.entity(
            place, stored, query, listed=False, declared=self.collection.declared_type
        )
        return Answer(status=200, body=context | shown)

    def part(self, stored: StoredObject, rest: list[str]) -> Answer:
        """A part as a list, one of its entities, or what one of those links to."""
        name, place = rest[0], self._place_of(stored)
        query = self._part_query(name)
        entries = self.presenter.below(place, stored, name, query.expand)
        suffix = f"{place.path}('{stored.id}')/{name}"
        if len(rest) > 1:
            return self._one_of_part(place, stored, rest, query, suffix)
        expansion = Expansion(tenancy=self.tenancy, collection=place, stored=stored)
        if not expansion.is_many(name):
            if not entries:
                raise missing(self.collection, name)
            return Answer(status=200, body=self.presenter.context(suffix) | entries[0])
        return self._page(place, name, query, entries, suffix)

    def references(self, stored: StoredObject, name: str) -> Answer:
        entries = self.presenter.below(self.collection, stored, name)
        root = f"{self.presenter.root}/{self.collection.path}"
        marks = [{"@odata.id": f"{root}('{one['id']}')"} for one in entries]
        context = self.presenter.context("Collection($ref)")
        return Answer(status=200, body=context | {"value": marks})

    def member_count(self, stored: StoredObject) -> Answer:
        if self.call.headers.get("consistencylevel", "").lower() != "eventual":
            raise RefusedError(
                400,
                "Request_UnsupportedQuery",
                "$count is only supported with the header ConsistencyLevel: eventual.",
            )
        total = str(stored.body.get("memberCount", 0))
        return Answer(status=200, body=total, content_type="text/plain")

    def _one_of_part(
        self, place: Collection, stored: StoredObject, rest: list[str], query: Query, suffix: str
    ) -> Answer:
        name, key = rest[0], rest[1]
        expansion = Expansion(tenancy=self.tenancy, collection=place, stored=stored)
        declared, held = expansion.entities(name)
        raw = next((one for one in held if str(one.get("id")).casefold() == key.casefold()), None)
        if raw is None:
            raise missing(self.collection, key)
        if len(rest) == _ONE:
            shown = self.presenter.single(declared, raw, suffix, query.expand)
            return Answer(status=200, body=self.presenter.context(f"{suffix}/$entity") | shown)
        return self._below_part(declared, raw, rest[2:], query, f"{suffix}('{key}')")

    def _below_part(
        self, declared: str, raw: Json, rest: list[str], query: Query, suffix: str
    ) -> Answer:
        runtime = schema.bare(str(raw.get("@odata.type", declared)))
        member = schema.links(runtime).get(rest[0])
        if member is None or len(rest) > 1:
            raise bad_request(f"Resource not found for the segment '{rest[-1]}'.")
        found = Expansion(tenancy=self.tenancy).linked(raw, member)
        path = f"{suffix}/{rest[0]}"
        context = self.presenter.context(path)
        if isinstance(found, list):
            shown: Any = [
                self.presenter.single(member.type, one, path, query.expand) for one in found
            ]
            return Answer(status=200, body=context | {"value": shown})
        if found is None:
            raise missing(self.collection, rest[0])
        return Answer(
            status=200,
            body=context | self.presenter.single(member.type, found, path, query.expand),
        )

    def _page(
        self, place: Collection, name: str, query: Query, entries: list[Json], suffix: str
    ) -> Answer:
        part = place.part(name)
        size = query.top or (part.page if part else DEFAULT_PAGE)
        body = self.presenter.context(suffix)
        if query.count:
            body["@odata.count"] = len(entries)
        if query.after + size < len(entries):
            body["@odata.nextLink"] = self._next(query.after + size)
        body["value"] = entries[query.after : query.after + size]
        return Answer(status=200, body=body)

    def _part_query(self, name: str) -> Query:
        query = read_query(None, self.call.options, listing=True)
        part = self.collection.part(name)
        needed = part.needs_expand if part else ""
        if needed and needed not in {one.name for one in query.expand}:
            raise bad_request(f"The path '{name}' cannot be read this way.")
        return query

    def _from(self, query: Query) -> Iterator[Placed]:
        if not query.order:
            yield from self._matching(query, after=query.after)
            return
        entities = ordered(list(self._matching(query)), query, lambda one: one[1].body)
        yield from entities[query.after :]

    def _position_of(self, query: Query, page: list[Placed], size: int) -> int:
        """An ordered or joined list counts its entities, a plain one remembers the last."""
        if query.order or self.collection.union_of:
            return query.after + size
        return page[-1][1].seq

    def _matching(self, query: Query, *, after: int = 0) -> Iterator[Placed]:
        found = (
            (place, stored)
            for place, stored in self._all(0 if self.collection.union_of else after)
            if stored.is_visible and self._is_shown(place, stored, query)
        )
        yield from islice(found, after if self.collection.union_of else 0, None)

    def _is_shown(self, place: Collection, stored: StoredObject, query: Query) -> bool:
        is_trimmed = self.call.version == "v1.0" and place.path == CONDITIONAL_ACCESS
        if is_trimmed and is_preview(stored.body, place.declared_type):
            return False
        mark = {"@odata.type": f"#microsoft.graph.{place.declared_type}"}
        return query.holds({**mark, **stored.body, "id": stored.id})

    def _all(self, after: int) -> Iterator[Placed]:
        """In their order, a part at a time: one page of thousands does not decode them all."""
        if self.collection.path == APPROVAL_REQUESTS:
            yield from ((self.collection, one) for one in self._approvals() if one.seq > after)
            return
        for place in self.tenancy.shown_in(self.collection):
            last = after
            while part := list(
                self.tenancy.state.objects(
                    self.tenancy.id, place.path, after=last, limit=_DECODED_AT_ONCE
                )
            ):
                yield from ((place, stored) for stored in part)
                last = part[-1].seq

    def _approvals(self) -> list[StoredObject]:
        filed = approvals.requests_of(self.tenancy.state, self.tenancy.id)
        return [StoredObject(id=one["id"], body=one, seq=n) for n, one in enumerate(filed, start=1)]

    def _place_of(self, stored: StoredObject) -> Collection:
        """The collection an object of a union comes from."""
        shown = self.tenancy.shown_in(self.collection)
        if len(shown) == 1:
            return shown[0]
        return next(one for one in shown if self.tenancy.find(one.path, stored.id))

    def _page_size(self, query: Query) -> int:
        """A seeded page size is the server's limit: asking for more does not lift it."""
        seeded = self.tenancy.document.get("pageSize")
        if seeded:
            return min(int(seeded), query.top or MAX_TOP)
        return query.top or DEFAULT_PAGE

    def _next(self, position: int) -> str:
        address = f"{self.call.base}/{self.call.version}/{quote(self.call.path)}"
        return next_link(address, self.call.options, position)
