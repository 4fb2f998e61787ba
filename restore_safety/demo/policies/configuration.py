"""Device configurations, administrative templates, intents of old, and BIOS settings."""

from restore_safety.demo.directory import EXECUTIVES, KIOSKS, PILOT, WORKSTATIONS, Directory
from restore_safety.demo.policies.building import GRAPH, Json, encoded, entity, to_group

CONFIGURATIONS = "deviceManagement/deviceConfigurations"
TEMPLATE_FILES = "deviceManagement/groupPolicyUploadedDefinitionFiles"
TEMPLATE_DEFINITIONS = "deviceManagement/groupPolicyDefinitions"
TEMPLATE_POLICIES = "deviceManagement/groupPolicyConfigurations"
INTENTS = "deviceManagement/intents"
INTENT_TEMPLATES = "deviceManagement/templates"
HARDWARE = "deviceManagement/hardwareConfigurations"
_ROOT = "Windows - Certificates - Company root"


def configuration(at: Directory) -> dict[str, list[Json]]:
    return {
        CONFIGURATIONS: _configurations(at),
        TEMPLATE_FILES: [_template_file()],
        TEMPLATE_DEFINITIONS: [_home_page(at)],
        TEMPLATE_POLICIES: [_template_policy(at)],
        INTENT_TEMPLATES: [_intent_template(at)],
        INTENTS: [_intent(at)],
        HARDWARE: [_hardware(at)],
    }


def _update_ring(at: Directory, name: str, quality: int, feature: int, group: str) -> Json:
    return {
        "@odata.type": f"{GRAPH}windowsUpdateForBusinessConfiguration",
        "displayName": name,
        "deliveryOptimizationMode": "userDefined",
        "prereleaseFeatures": "userDefined",
        "automaticUpdateMode": "autoInstallAtMaintenanceTime",
        "microsoftUpdateServiceAllowed": True,
        "qualityUpdatesDeferralPeriodInDays": quality,
        "featureUpdatesDeferralPeriodInDays": feature,
        "businessReadyUpdatesOnly": "userDefined",
        "assignments": [to_group(at, group)],
    }


def _configurations(at: Directory) -> list[Json]:
    return [
        _update_ring(at, "Windows - Updates - Pilot ring", 0, 0, PILOT),
        _update_ring(at, "Windows - Updates - Broad ring", 7, 30, WORKSTATIONS),
        {
            "@odata.type": f"{GRAPH}windows10CustomConfiguration",
            "displayName": "Windows - Kiosk - Power",
            "description": "A kiosk never sleeps while it is plugged in.",
            "roleScopeTagIds": ["0", "2"],
            "omaSettings": [
                {
                    "@odata.type": f"{GRAPH}omaSettingInteger",
                    "displayName": "Standby timeout plugged in",
                    "omaUri": "./Device/Vendor/MSFT/Policy/Config/Power/StandbyTimeoutPluggedIn",
                    "value": 0,
                }
            ],
            "assignments": [to_group(at, KIOSKS)],
        },
        {
            "@odata.type": f"{GRAPH}windows10GeneralConfiguration",
            "displayName": "Windows - Executives - Restrictions",
            "description": "No developer mode, no unsigned packages.",
            "appsAllowTrustedAppsSideloading": "blocked",
            "bluetoothBlockDiscoverableMode": True,
            "assignments": [to_group(at, EXECUTIVES)],
        },
        {
            "@odata.type": f"{GRAPH}windows81TrustedRootCertificate",
            "displayName": _ROOT,
            "description": "Signs the certificates of the company's own servers.",
            "certFileName": "company-root.cer",
            "trustedRootCertificate": encoded("Root certificate of the company"),
            "destinationStore": "computerCertStoreRoot",
            "assignments": [to_group(at, WORKSTATIONS)],
        },
        {
            "@odata.type": f"{GRAPH}windowsWifiEnterpriseEAPConfiguration",
            "displayName": "Windows - Wi-Fi - Offices",
            "description": "Joins the network of every office.",
            "wifiSecurityType": "wpa2Enterprise",
            "ssid": "offices",
            "networkName": "Offices",
            "connectAutomatically": True,
            "eapType": "peap",
            "rootCertificatesForServerValidation": [{"id": at.id_of(CONFIGURATIONS, _ROOT)}],
            "assignments": [to_group(at, WORKSTATIONS)],
        },
    ]


def _template_file() -> Json:
    return {
        "@odata.type": f"{GRAPH}groupPolicyUploadedDefinitionFile",
        "displayName": "Contoso client",
        "description": "Settings of the company's own client.",
        "fileName": "contoso-client.admx",
        "targetNamespace": "Contoso.Policies.Client",
        "targetPrefix": "contoso",
        "languageCodes": ["en-US"],
        "policyType": "admxIngested",
        "revision": "1.0",
        "status": "available",
    }


_HOME_PAGE = "Configure the home page URL"


def _home_page(at: Directory) -> Json:
    return {
        "@odata.type": f"{GRAPH}groupPolicyDefinition",
        "displayName": _HOME_PAGE,
        "classType": "user",
        "categoryPath": "\\Microsoft Edge\\Startup, home page and new tab page",
        "presentations": [_home_page_field(at)],
    }


def _home_page_field(at: Directory) -> Json:
    return {
        "@odata.type": f"{GRAPH}groupPolicyPresentationTextBox",
        "id": at.id_of(f"{TEMPLATE_DEFINITIONS}/presentations", _HOME_PAGE),
        "label": "Home page URL",
    }


def _template_policy(at: Directory) -> Json:
    definition = {key: one for key, one in _home_page(at).items() if key != "presentations"}
    address = {
        "@odata.type": f"{GRAPH}groupPolicyPresentationValueText",
        "id": at.id_of(f"{TEMPLATE_POLICIES}/presentationValues", _HOME_PAGE),
        "value": "https://start.contoso.example",
        "presentation": _home_page_field(at),
    }
    value = {
        "id": at.id_of(f"{TEMPLATE_POLICIES}/definitionValues", _HOME_PAGE),
        "enabled": True,
        "configurationType": "policy",
        "definition": definition | {"id": at.id_of(TEMPLATE_DEFINITIONS, _HOME_PAGE)},
        "presentationValues": [address],
    }
    return entity(
        "groupPolicyConfiguration",
        "Windows - Templates - Home page",
        "The start page of the browser.",
        policyConfigurationIngestionType="builtIn",
        definitionValues=[value],
        assignments=[to_group(at, PILOT)],
    )


_FIREWALL_TEMPLATE = "Windows firewall (legacy)"


def _intent_template(at: Directory) -> Json:
    return {
        "@odata.type": f"{GRAPH}deviceManagementTemplate",
        "id": at.id_of(INTENT_TEMPLATES, _FIREWALL_TEMPLATE),
        "displayName": _FIREWALL_TEMPLATE,
        "isDeprecated": False,
        "templateType": "securityTemplate",
    }


def _intent(at: Directory) -> Json:
    setting = {
        "@odata.type": f"{GRAPH}deviceManagementBooleanSettingInstance",
        "id": at.id_of(f"{INTENTS}/settings", "firewall"),
        "definitionId": "deviceConfiguration--windows10EndpointProtectionConfiguration_"
        "firewallBlockStatefulFTP",
        "valueJson": "true",
        "value": True,
    }
    return entity(
        "deviceManagementIntent",
        "Windows - Former firewall profile",
        "Made before the settings catalog; still assigned to the pilot ring.",
        templateId=at.id_of(INTENT_TEMPLATES, _FIREWALL_TEMPLATE),
        isAssigned=True,
        settings=[setting],
        assignments=[to_group(at, PILOT)],
    )


def _hardware(at: Directory) -> Json:
    return entity(
        "hardwareConfiguration",
        "Windows - BIOS - Laptops",
        "Boots from the internal disk alone.",
        fileName="laptops.cctk",
        configurationFileContent=encoded("[cctk]\nUsbBoot=Disabled\n"),
        hardwareConfigurationFormat="dell",
        perDevicePasswordDisabled=True,
        version=1,
        assignments=[to_group(at, PILOT)],
    )
