"""Who an assignment reaches: the audience behind Graph's assignment targets."""

from enum import StrEnum

from tenants.graph.payloads import TYPE, Json


class AudienceKind(StrEnum):
    """The kinds of audience the checks tell apart."""

    GROUP = "groupAssignmentTarget"
    EXCLUDED_GROUP = "exclusionGroupAssignmentTarget"
    ALL_DEVICES = "allDevicesAssignmentTarget"
    ALL_USERS = "allLicensedUsersAssignmentTarget"
    OTHER = "other"


BROAD = {AudienceKind.ALL_DEVICES: "all devices", AudienceKind.ALL_USERS: "all users"}


def kind_of(assignment: Json) -> AudienceKind:
    declared = str(assignment.get("target", {}).get(TYPE, ""))
    name = declared.rpartition(".")[2]
    return AudienceKind(name) if name in set(AudienceKind) else AudienceKind.OTHER


def group_id_of(assignment: Json) -> str:
    return str(assignment.get("target", {}).get("groupId") or "")
