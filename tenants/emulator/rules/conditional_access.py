"""What conditional access refuses; its messages begin with a number."""

from collections.abc import Mapping
from typing import Any

from tenants.emulator.catalogue import access
from tenants.emulator.refusals import Json, bad_request
from tenants.emulator.rules.write import Write, texts_at, without_case
from tenants.emulator.wellknown import APPLICATIONS, ROLES, STRENGTHS, ZERO

_USERS = ("conditions.users.includeUsers", "conditions.users.excludeUsers")
_GROUPS = ("conditions.users.includeGroups", "conditions.users.excludeGroups")
_ROLES = ("conditions.users.includeRoles", "conditions.users.excludeRoles")
_APPLICATIONS = (
    "conditions.applications.includeApplications",
    "conditions.applications.excludeApplications",
)
_CONTEXTS = ("conditions.applications.includeAuthenticationContextClassReferences",)
_LOCATIONS = ("conditions.locations.includeLocations", "conditions.locations.excludeLocations")
_PRINCIPALS = (
    "conditions.clientApplications.includeServicePrincipals",
    "conditions.clientApplications.excludeServicePrincipals",
)
_NAMES_OF_USERS = ("All", "None", "GuestsOrExternalUsers")
_NAMES_OF_APPLICATIONS = ("All", "None", "Office365", "MicrosoftAdminPortals")
_NAMES_OF_LOCATIONS = ("All", "AllTrusted", ZERO)
_NAMES_OF_PRINCIPALS = ("ServicePrincipalsInMyTenant", "All", "None")


def conditions_are_whole(write: Write) -> None:
    conditions = write.whole.get("conditions") or {}
    if not conditions.get("users") or not conditions.get("applications"):
        raise bad_request("1002: conditions must name users and applications.")


def client_types_are_given(write: Write) -> None:
    conditions = write.whole.get("conditions") or {}
    if not conditions.get("clientAppTypes"):
        raise bad_request("1010: conditions must have at least one of clientAppTypes.")


def some_control_is_given(write: Write) -> None:
    session = write.whole.get("sessionControls") or {}
    if not _granted(write.whole) and not any(one is not None for one in session.values()):
        raise bad_request("1006: A policy needs at least one grant or session control.")


def grant_has_an_operator(write: Write) -> None:
    grant = write.whole.get("grantControls") or {}
    operator = grant.get("operator")
    if _granted(write.whole) and operator not in ("AND", "OR"):
        raise bad_request("1007: The operator of the grant controls must be AND or OR.")


def strength_stands_with_and(write: Write) -> None:
    grant = write.whole.get("grantControls") or {}
    others = grant.get("builtInControls") or grant.get("customAuthenticationFactors")
    if grant.get("authenticationStrength") and others and grant.get("operator") == "OR":
        raise bad_request(
            "1008: An authentication strength cannot be combined with other controls by OR."
        )


def strength_excludes_mfa(write: Write) -> None:
    grant = write.whole.get("grantControls") or {}
    if grant.get("authenticationStrength") and "mfa" in (grant.get("builtInControls") or ()):
        raise bad_request("1009: An authentication strength cannot stand beside the control mfa.")


def block_stands_alone(write: Write) -> None:
    grant = write.whole.get("grantControls") or {}
    controls = grant.get("builtInControls") or ()
    if "block" in controls and (len(controls) > 1 or grant.get("authenticationStrength")):
        raise bad_request("1012: The control block cannot be combined with others.")


def resilience_defaults_are_not_false(write: Write) -> None:
    session = write.sent.get("sessionControls") or {}
    if session.get("disableResilienceDefaults") is False:
        raise bad_request("1013: disableResilienceDefaults must be true or null.")


def strength_is_named_by_id_alone(write: Write) -> None:
    grant = write.sent.get("grantControls") or {}
    strength = grant.get("authenticationStrength") or {}
    if strength.keys() - {"id"}:
        raise bad_request("1014: An authentication strength is referred to by its id.")


def security_defaults_are_off(write: Write) -> None:
    if write.sent.get("state") == "enabled" and write.tenancy.has_security_defaults:
        raise bad_request("Security defaults are on: turn them off to enable a policy.")


def users_exist(write: Write) -> None:
    for gone in _missing(write, _USERS, access.USERS, _NAMES_OF_USERS):
        raise bad_request(f"1034: User with id {gone} does not exist in the directory.")


def groups_exist(write: Write) -> None:
    for gone in _missing(write, _GROUPS, access.GROUPS):
        raise bad_request(f"1034: Group with id {gone} does not exist in the directory.")


def roles_exist(write: Write) -> None:
    for gone in _missing(write, _ROLES, access.DIRECTORY_ROLES, tuple(ROLES)):
        if write.tenancy.find(access.ROLE_TEMPLATES, gone) is None:
            raise bad_request(f"1034: Role with id {gone} does not exist in the directory.")


def applications_exist(write: Write) -> None:
    given = _named(write.sent, _APPLICATIONS)
    known = without_case((*_NAMES_OF_APPLICATIONS, *APPLICATIONS))
    if given - known:
        known |= without_case(
            str(one.body.get("appId")) for one in write.tenancy.objects(access.SERVICE_PRINCIPALS)
        )
    for gone in sorted(given - known):
        raise bad_request(f"1011: Application with id {gone} does not exist in the tenant.")


def contexts_exist(write: Write) -> None:
    for gone in _missing(write, _CONTEXTS, access.CONTEXTS):
        raise bad_request(f"1042: Authentication context {gone} does not exist.")


def locations_exist(write: Write) -> None:
    for gone in _missing(write, _LOCATIONS, access.NAMED_LOCATIONS, _NAMES_OF_LOCATIONS):
        raise bad_request(f"1040: NamedLocation with id {gone} does not exist.")


def service_principals_exist(write: Write) -> None:
    gone = _missing(write, _PRINCIPALS, access.SERVICE_PRINCIPALS, _NAMES_OF_PRINCIPALS)
    for one in gone:
        raise bad_request(f"1043: ServicePrincipal with id {one} does not exist.")


def strength_exists(write: Write) -> None:
    where = ("grantControls.authenticationStrength.id",)
    for gone in _missing(write, where, access.STRENGTHS, tuple(STRENGTHS)):
        raise bad_request(f"1044: AuthenticationStrength with id {gone} does not exist.")


def terms_exist(write: Write) -> None:
    for gone in _missing(write, ("grantControls.termsOfUse",), access.AGREEMENTS):
        raise bad_request(f"1045: TermsOfUse with id {gone} does not exist.")


def _granted(whole: Mapping[str, Any]) -> bool:
    grant = whole.get("grantControls") or {}
    kinds = ("builtInControls", "customAuthenticationFactors", "termsOfUse")
    return any(grant.get(one) for one in kinds) or bool(grant.get("authenticationStrength"))


def _named(sent: Json, paths: tuple[str, ...]) -> set[str]:
    return without_case(one for path in paths for one in texts_at(sent, path))


def _missing(
    write: Write, paths: tuple[str, ...], collection: str, names: tuple[str, ...] = ()
) -> list[str]:
    """What was sent now and is not there; what stood in the policy before is not looked at."""
    known = without_case(names)
    given = {one for path in paths for one in texts_at(write.sent, path)}
    return write.tenancy.missing(collection, {one for one in given if one.casefold() not in known})


POLICY = (
    conditions_are_whole,
    client_types_are_given,
    some_control_is_given,
    grant_has_an_operator,
    strength_is_named_by_id_alone,
    strength_stands_with_and,
    strength_excludes_mfa,
    block_stands_alone,
    resilience_defaults_are_not_false,
    security_defaults_are_off,
    users_exist,
    groups_exist,
    roles_exist,
    applications_exist,
    contexts_exist,
    locations_exist,
    service_principals_exist,
    strength_exists,
    terms_exist,
)
