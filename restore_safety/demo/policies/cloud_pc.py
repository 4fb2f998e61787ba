"""Windows 365: what a Cloud PC is made of, and what its user may do."""

from restore_safety.demo.directory import PILOT, Directory
from restore_safety.demo.policies.building import GRAPH, Json

PROVISIONING = "deviceManagement/virtualEndpoint/provisioningPolicies"
USER_SETTINGS = "deviceManagement/virtualEndpoint/userSettings"


def cloud_pc(at: Directory) -> dict[str, list[Json]]:
    return {PROVISIONING: [_provisioning(at)], USER_SETTINGS: [_user_settings(at)]}


def _to_pilot(at: Directory) -> Json:
    target = {
        "@odata.type": f"{GRAPH}cloudPcManagementGroupAssignmentTarget",
        "groupId": at.group(PILOT),
        "servicePlanId": None,
        "allotmentDisplayName": None,
        "allotmentLicensesCount": None,
    }
    return {"target": target}


def _provisioning(at: Directory) -> Json:
    join = {"domainJoinType": "azureADJoin", "regionName": "automatic", "type": "azureADJoin"}
    return {
        "@odata.type": f"{GRAPH}cloudPcProvisioningPolicy",
        "displayName": "Cloud PC - Pilot ring",
        "description": "Windows 11 from the gallery, joined to Entra ID.",
        "provisioningType": "dedicated",
        "imageId": "microsoftwindowsdesktop_windows-ent-cpc_win11-25h2-ent-cpc",
        "imageType": "gallery",
        "imageDisplayName": "Windows 11",
        "enableSingleSignOn": True,
        "cloudPcNamingTemplate": "CPC-%RAND:5%",
        "domainJoinConfigurations": [join],
        "windowsSetting": {"locale": "en-US"},
        "scopeIds": ["0"],
        "assignments": [_to_pilot(at)],
    }


def _user_settings(at: Directory) -> Json:
    return {
        "@odata.type": f"{GRAPH}cloudPcUserSetting",
        "displayName": "Cloud PC - Users",
        "localAdminEnabled": False,
        "resetEnabled": True,
        "restorePointSetting": {"frequencyType": "default", "userRestoreEnabled": True},
        "assignments": [_to_pilot(at)],
    }
