"""What the service adds for every member that was not sent."""

from typing import Any

from tenants.emulator import schema
from tenants.emulator.catalogue import Collection, Family
from tenants.emulator.refusals import Json
from tenants.emulator.schema import Member, MemberKind


def with_defaults(values: Json, type_name: str, collection: Collection) -> Json:
    return completed(values, type_name, false_for_missing=collection.family is Family.INTUNE)


def completed(values: Json, type_name: str, *, false_for_missing: bool = True) -> Json:
    known = schema.members(type_name)

    def complete(value: Any, member: Member) -> Any:
        if isinstance(value, list):
            return [complete(one, member) for one in value]
        if not isinstance(value, dict) or member.kind not in (
            MemberKind.COMPLEX,
            MemberKind.LINK,
        ):
            return value
        if value.keys() == {"id"}:
            # A link is kept as the id of what it leads to.
            return value
        runtime = schema.bare(value.get("@odata.type", member.type))
        return completed(value, runtime, false_for_missing=false_for_missing)

    missing = {
        key: _default(member, false_for_missing=false_for_missing)
        for key, member in schema.properties(type_name).items()
        if key not in values
    }
    given = {
        key: complete(value, known[key]) if key in known else value for key, value in values.items()
    }
    return missing | given


def _default(member: Member, *, false_for_missing: bool) -> Any:
    if member.is_collection:
        return []
    is_boolean = member.kind is MemberKind.PRIMITIVE and member.type == "boolean"
    return False if is_boolean and false_for_missing else None
