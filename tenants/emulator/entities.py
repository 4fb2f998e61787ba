"""The entities below an item: their ids, and one of them added, changed or removed."""

import uuid
from collections.abc import Iterable
from typing import Any

from tenants.emulator import schema
from tenants.emulator.catalogue import Collection, Part
from tenants.emulator.refusals import Json

# Links of a part's entities that are entities of their own, and need an id too.
_NESTED = ("scheduledActionConfigurations", "presentationValues")


def part_type(collection: Collection, body: Json, part: Part) -> str:
    """The declared type of a part's entities, which may stand on a subtype of the item's."""
    runtime = schema.bare(str(body.get("@odata.type", collection.declared_type)))
    member = schema.links(runtime).get(part.name)
    return member.type if member else ""


def has_part(collection: Collection, body: Json, part: Part) -> bool:
    return bool(part_type(collection, body, part))


def with_ids(part: Part, entities: Iterable[Json]) -> list[Json]:
    """Settings are numbered when shown; everything else keeps an id of its own."""
    return [_numbered(part, entity) for entity in entities]


def _numbered(part: Part, entity: Json) -> Json:
    mine = {key: one for key, one in entity.items() if key != "id"}
    for name in _NESTED:
        if mine.get(name) is not None:
            mine[name] = [{**one, "id": one.get("id") or str(uuid.uuid4())} for one in mine[name]]
    if part.numbered:
        return mine
    return {"id": entity.get("id") or _id_of(part, entity), **mine}


def _id_of(part: Part, entity: Json) -> str:
    """An app below a protection policy is named by its store's identifier."""
    if not part.ids:
        return str(uuid.uuid4())
    identifier: dict[str, Any] = entity.get(part.ids) or {}
    kind = str(identifier.get("@odata.type", "")).rpartition(".")[2]
    platform = kind.removesuffix("MobileAppIdentifier").removesuffix("AppIdentifier")
    names = ("bundleId", "packageId", "windowsAppId")
    return ".".join(
        [*(str(identifier[name]) for name in names if identifier.get(name)), platform or "app"]
    )
