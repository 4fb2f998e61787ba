"""Conditional access, what its policies refer to, and the directory."""

from tenants.emulator.catalogue.declaration import BOTH, Collection, Family, Part, seeded

CONDITIONAL_ACCESS = "identity/conditionalAccess/policies"
NAMED_LOCATIONS = "identity/conditionalAccess/namedLocations"
CONTEXTS = "identity/conditionalAccess/authenticationContextClassReferences"
STRENGTHS = "policies/authenticationStrengthPolicies"
AGREEMENTS = "identityGovernance/termsOfUse/agreements"
GROUPS = "groups"
USERS = "users"
SERVICE_PRINCIPALS = "servicePrincipals"
DIRECTORY_ROLES = "roleManagement/directory/roleDefinitions"
ROLE_TEMPLATES = "directoryRoleTemplates"
DELETED_ITEMS = "identity/conditionalAccess/deletedItems"

_POLICY_READ = ("Policy.Read.All", "Policy.Read.ConditionalAccess")
_POLICY_WRITE = ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")
_DIRECTORY_READ = ("Directory.Read.All", "Directory.ReadWrite.All")
_GROUP_READ = ("Group.Read.All", "Group.ReadWrite.All", *_DIRECTORY_READ)
_APPLICATION_READ = ("Application.Read.All", "Application.ReadWrite.All", *_DIRECTORY_READ)
_ROLE_READ = ("RoleManagement.Read.Directory", "RoleManagement.Read.All", *_DIRECTORY_READ)

# Where what was deleted of a collection is kept, with its id.
DELETED = {
    CONDITIONAL_ACCESS: f"{DELETED_ITEMS}/policies",
    NAMED_LOCATIONS: f"{DELETED_ITEMS}/namedLocations",
}

ORGANIZATION_ROLES = ("Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY_READ)
SECURITY_DEFAULTS_ROLES = ("Policy.Read.All", "Policy.ReadWrite.SecurityDefaults")
LICENCE_ROLES = ("LicenseAssignment.Read.All", *ORGANIZATION_ROLES)
GET_BY_IDS_ROLES = (*_GROUP_READ, "GroupMember.Read.All")

COLLECTIONS = (
    Collection(
        path=CONDITIONAL_ACCESS,
        declared_type="conditionalAccessPolicy",
        family=Family.ACCESS,
        versions=BOTH,
        excluded_types=frozenset({"whatIfAnalysisResult"}),
        read_roles=_POLICY_READ,
        write_roles=(*_POLICY_WRITE, "Application.Read.All"),
        required=("displayName", "state", "conditions"),
        merges=True,
        update_status=204,
        tags_property="",
        modified_property="modifiedDateTime",
    ),
    Collection(
        path=NAMED_LOCATIONS,
        declared_type="namedLocation",
        family=Family.ACCESS,
        versions=BOTH,
        excluded_types=frozenset({"privateLinkNamedLocation", "serviceTagNamedLocation"}),
        read_roles=_POLICY_READ,
        write_roles=_POLICY_WRITE,
        required=("displayName",),
        update_status=204,
        tags_property="",
        modified_property="modifiedDateTime",
    ),
    Collection(
        path=CONTEXTS,
        declared_type="authenticationContextClassReference",
        family=Family.ACCESS,
        versions=BOTH,
        read_roles=_POLICY_READ,
        write_roles=_POLICY_WRITE,
        required=("displayName",),
        can_create=False,
        created_by_patch=True,
        update_status=204,
        tags_property="",
        modified_property="",
    ),
    Collection(
        path=STRENGTHS,
        declared_type="authenticationStrengthPolicy",
        aliases=("identity/conditionalAccess/authenticationStrength/policies",),
        family=Family.ACCESS,
        versions=BOTH,
        read_roles=(*_POLICY_READ, "Policy.ReadWrite.AuthenticationMethod"),
        write_roles=("Policy.ReadWrite.ConditionalAccess",),
        required=("displayName", "allowedCombinations"),
        fixed=frozenset({"allowedCombinations", "policyType", "requirementsSatisfied"}),
        parts=(Part(name="combinationConfigurations", each=True),),
        actions=("updateAllowedCombinations",),
        update_status=200,
        tags_property="",
        modified_property="modifiedDateTime",
        server_values={"policyType": "custom", "requirementsSatisfied": "mfa"},
    ),
    Collection(
        path=AGREEMENTS,
        declared_type="agreement",
        family=Family.ACCESS,
        versions=BOTH,
        read_roles=("Agreement.Read.All", "Agreement.ReadWrite.All"),
        write_roles=("Agreement.ReadWrite.All",),
        required=("displayName", "files"),
        parts=(Part(name="files", in_create=True),),
        tags_property="",
        modified_property="",
    ),
    seeded(
        GROUPS,
        "group",
        *_GROUP_READ,
        "GroupMember.Read.All",
        family=Family.DIRECTORY,
        versions=BOTH,
    ),
    seeded(
        USERS, "user", "User.Read.All", *_DIRECTORY_READ, family=Family.DIRECTORY, versions=BOTH
    ),
    seeded(
        SERVICE_PRINCIPALS,
        "servicePrincipal",
        *_APPLICATION_READ,
        family=Family.DIRECTORY,
        versions=BOTH,
    ),
    seeded(
        "applications", "application", *_APPLICATION_READ, family=Family.DIRECTORY, versions=BOTH
    ),
    seeded(
        DIRECTORY_ROLES,
        "unifiedRoleDefinition",
        *_ROLE_READ,
        family=Family.DIRECTORY,
        versions=BOTH,
    ),
    seeded(
        ROLE_TEMPLATES,
        "directoryRoleTemplate",
        *_ROLE_READ,
        family=Family.DIRECTORY,
        versions=BOTH,
    ),
    seeded(
        DELETED[CONDITIONAL_ACCESS],
        "conditionalAccessPolicy",
        *_POLICY_READ,
        family=Family.ACCESS,
        versions=BOTH,
    ),
    seeded(
        DELETED[NAMED_LOCATIONS],
        "namedLocation",
        *_POLICY_READ,
        family=Family.ACCESS,
        versions=BOTH,
    ),
)
