"""Settings catalog policies."""

from tenants.graph.contracts.model import Contract, Part, PartRead, intune

CONTRACT = Contract(
    key="configurationPolicies",
    label="Settings catalog policy",
    plural="Settings catalog policies",
    path="deviceManagement/configurationPolicies",
    name_property="name",
    declared_type="#microsoft.graph.deviceManagementConfigurationPolicy",
    # Graph has no route to change one setting: the whole policy is replaced.
    update_method="PUT",
    discriminators=("platforms", "technologies", "templateReference.templateId"),
    parts=(Part(name="settings", read=PartRead.PAGE, count_property="settingCount"),),
    computed=frozenset(
        {
            "creationSource",
            "priorityMetaData",
            "settingCount",
            # Graph looks these up from the template id, in words that change with the service.
            "templateReference.templateDisplayName",
            "templateReference.templateDisplayVersion",
        }
    ),
    create_only=frozenset({"platforms", "technologies", "templateReference"}),
    folders=("Settings Catalog", "SettingsCatalog", "NativeImport"),
    shape=frozenset({"name", "settings", "technologies"}),
    rank=300,
    permissions=intune("Configuration"),
)
