"""Links between objects: written by address, kept as ids, refused where they lead nowhere."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from tenants.emulator import schema
from tenants.emulator.catalogue import access, collection_of_type, configuration
from tenants.emulator.payloads import BIND
from tenants.emulator.refusals import Json, RefusedError, bad_request
from tenants.emulator.schema import MemberKind
from tenants.emulator.tenancy import Tenancy
from tenants.emulator.wellknown import STRENGTHS

# The emulator plays the global service, so that links may name that one as well.
_PLAYED = "graph.microsoft.com"
_LAST_KEY = re.compile(r"(?:\('(?P<quoted>[^']+)'\)|/(?P<bare>[^/()']+))/?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linker:
    """Settles the addresses of one write; `host` is the host the client asked."""

    tenancy: Tenancy
    host: str = ""

    def settled(self, values: Json, type_name: str) -> Json:
        """The values with `name@odata.bind` turned into what `name` links to, at any depth."""
        known = schema.members(type_name)
        found: Json = {}
        for key, value in values.items():
            if key.endswith(BIND):
                name = key.removesuffix(BIND)
                held = known[name].type if name in known else ""
                found[name] = self._targets(value, held)
            elif key in known and known[key].kind in (MemberKind.COMPLEX, MemberKind.LINK):
                found[key] = _each(value, self._nested(known[key].type))
            else:
                found[key] = value
        return found

    def target(self, address: str, type_name: str) -> Json:
        """What a link keeps of the object at an address."""
        return {"id": self.key_at(address, type_name)}

    def key_at(self, address: str, type_name: str) -> str:
        parts = urlsplit(address)
        ours = {"", _PLAYED, self.host.casefold()}
        if self.host and parts.netloc.casefold() not in ours:
            raise bad_request(f"The host '{parts.netloc}' of a link is not this service's.")
        match = _LAST_KEY.search(unquote(parts.path))
        if match is None:
            raise bad_request(f"Resource not found for the segment '{address}'.")
        key = match["quoted"] or match["bare"]
        if not self._exists(key, type_name):
            raise _dangling(key)
        return key

    def _targets(self, value: Any, type_name: str) -> Any:
        return _each(value, lambda address: self.target(address, type_name))

    def _nested(self, declared: str) -> Callable[[Any], Any]:
        def settle(value: Any) -> Any:
            if not isinstance(value, dict):
                return value
            return self.settled(value, schema.bare(str(value.get("@odata.type", declared))))

        return settle

    def _exists(self, key: str, type_name: str) -> bool:
        if schema.derives(type_name, "groupPolicyPresentation"):
            return self._is_presentation(key)
        if type_name == "groupPolicyDefinition" and not self._knows_definitions():
            return True
        if type_name == "authenticationStrengthPolicy" and key in STRENGTHS:
            return True
        if collection_of_type(type_name) is None:
            return True
        return self.tenancy.of_type(type_name, key) is not None

    def _knows_definitions(self) -> bool:
        return self.tenancy.knows("groupPolicyDefinitions")

    def _is_presentation(self, key: str) -> bool:
        if not self._knows_definitions():
            return True
        return any(one["id"].casefold() == key.casefold() for one in presentations(self.tenancy))


def presentations(tenancy: Tenancy) -> Iterator[Json]:
    """Those of every group policy definition of the tenant."""
    for definition in tenancy.objects(configuration.GROUP_POLICY_DEFINITIONS):
        yield from definition.body.get("presentations") or ()


def linked_object(tenancy: Tenancy, link: Json, type_name: str) -> Json:
    """What stands at the other end of a link, or what is kept of it."""
    key = str(link.get("id", ""))
    if schema.derives(type_name, "groupPolicyPresentation"):
        found = (one for one in presentations(tenancy) if one["id"].casefold() == key.casefold())
        return next(found, link)
    if type_name == "authenticationStrengthPolicy" and key in STRENGTHS:
        return dict(STRENGTHS[key])
    held = tenancy.of_type(type_name, key)
    return {**held[1].body, "id": held[1].id} if held else link


def strength_of(tenancy: Tenancy, key: str) -> Json:
    """An authentication strength as a policy shows it."""
    held = tenancy.find(access.STRENGTHS, key)
    if held is None:
        return dict(STRENGTHS.get(key, {"id": key}))
    return {"id": held.id, **{name: held.body.get(name) for name in _SHOWN_OF_STRENGTH}}


_SHOWN_OF_STRENGTH = (
    "displayName",
    "description",
    "policyType",
    "requirementsSatisfied",
    "allowedCombinations",
    "createdDateTime",
    "modifiedDateTime",
)


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        return [change(one) for one in value]
    return None if value is None else change(value)


def _dangling(key: str) -> RefusedError:
    return bad_request(f"The object {key} that a link leads to does not exist.", wrapped=True)


def ids_of(links: Iterable[Json]) -> list[str]:
    return [str(one["id"]) for one in links if "id" in one]
