"""Members that no restore writes are named in checks, preview and result (b21)."""

import pytest

from tenants.graph import schema
from tenants.graph.schema import MemberKind
from tests.cases.makers import CONFIGURATION, catalog, configuration, id_of

REPORTS = {
    "assignments",
    "deviceSettingStateSummaries",
    "deviceStatusOverview",
    "deviceStatuses",
    "groupAssignments",
    "managedDeviceCertificateStates",
    "userStatusOverview",
    "userStatuses",
}
LINKS = sorted(
    (kind, name)
    for kind in schema.concrete_types("deviceConfiguration")
    for name, member in schema.members(kind).items()
    if member.kind is MemberKind.LINK and name not in REPORTS and "ertificate" in name
)
ROOT = "https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations('{}')"


def linked(kind, link):
    """As IntuneManagement stores a link: an annotation with name and address."""
    held = {
        f"{link}@odata.navigationLink": f"{ROOT.format('x')}/microsoft.graph.{kind}/{link}",
        f"#CustomRef_{link}": f"Corp root|:|{ROOT.format(id_of('Corp root'))}",
    }
    return configuration(f"{kind} {link}", kind, **held)


def expanded(kind, link):
    """As an expanded export holds it: the certificate itself in its place."""
    member = schema.members(kind)[link]
    held = {"id": id_of("Corp root"), "displayName": "Corp root"}
    return configuration(f"{kind} {link}", kind, **{link: [held] if member.is_collection else held})


@pytest.mark.parametrize("form", [linked, expanded])
def test_every_certificate_link_is_named_before_confirm(walk, form):
    walk.import_policies(*[form(kind, link) for kind, link in LINKS])

    walk.preview()

    silent = [
        f"{kind}.{link}"
        for kind, link in LINKS
        if not walk.named(link, walk.said_by_checks(f"{kind} {link}"))
        or not walk.named(link, walk.said_by_preview(f"{kind} {link}"))
    ]
    assert silent == []


def test_the_missing_certificate_is_named(walk):
    walk.import_policies(
        linked(
            "androidDeviceOwnerEnterpriseWiFiConfiguration", "rootCertificateForServerValidation"
        )
    )

    walk.check()

    (name,) = walk.entries
    assert "Corp root" in walk.said_by_checks(name)


WIFI = {
    "networkName": "Corp",
    "ssid": "corp",
    "eapType": "eapTls",
    "authenticationMethod": "certificate",
    "wiFiSecurityType": "wpaEnterprise",
}
PRIVACY = [
    {
        "displayName": None,
        "appDisplayName": "Camera app",
        "appPackageFamilyName": "x_y",
        "accessLevel": "forceDeny",
    }
]
NOT_WRITTEN = {
    "privacyAccessControls": configuration(
        "Policy", "windows10GeneralConfiguration", cameraBlocked=True, privacyAccessControls=PRIVACY
    ),
    "rootCertificateForServerValidation": configuration(
        "Policy",
        "androidDeviceOwnerEnterpriseWiFiConfiguration",
        **WIFI,
        **{
            "#CustomRef_rootCertificateForServerValidation": "Corp root|:|"
            + ROOT.format(id_of("Corp root"))
        },
    ),
    "identityCertificateForClientAuthentication": configuration(
        "Policy",
        "androidDeviceOwnerEnterpriseWiFiConfiguration",
        **WIFI,
        **{
            "#CustomRef_identityCertificateForClientAuthentication": "Corp SCEP|:|"
            + ROOT.format(id_of("Corp SCEP"))
        },
    ),
    "preSharedKey": configuration(
        "Policy",
        "androidWiFiConfiguration",
        ssid="guest",
        networkName="guest",
        wiFiSecurityType="wpaPersonal",
        preSharedKey=None,
        preSharedKeyIsSet=True,
    ),
}


@pytest.mark.parametrize("member", NOT_WRITTEN)
def test_what_is_not_written_is_said_before(walk, member):
    walk.import_policies(NOT_WRITTEN[member])

    walk.preview()

    assert walk.named(member, walk.said_by_checks("Policy"))
    assert walk.named(member, walk.said_by_preview("Policy"))
    assert walk.readiness != "ready"


@pytest.mark.parametrize("member", NOT_WRITTEN)
def test_what_is_not_written_is_said_in_the_result(walk, member):
    walk.import_policies(NOT_WRITTEN[member], catalog("Beside it"))

    walk.restore_unblocked()

    assert walk.refused() == []
    if "Policy" in walk.items:
        assert walk.named(member, walk.said_afterwards("Policy"))
        assert walk.items["Policy"].reason_code != "written"


def kiosk(group, **account):
    profile = {
        "profileId": id_of("profile"),
        "profileName": "one",
        "appConfiguration": {"@odata.type": "#microsoft.graph.windowsKioskSingleUWPApp"},
        "userAccountsConfiguration": [
            {
                "@odata.type": "#microsoft.graph.windowsKioskAzureADGroup",
                "groupName": "Kiosk users",
                "groupId": id_of(group),
            }
            | account
        ],
    }
    return configuration("Kiosk", "windowsKioskConfiguration", kioskProfiles=[profile])


def test_the_group_of_a_kiosk_is_mapped(walk):
    walk.hold(groups=["Group here"])
    walk.import_policies(kiosk("Group of old"))

    walk.restore(**walk.mapping({"Group of old": "Group here"}))

    ((profile,),) = [one["kioskProfiles"] for one in walk.live(CONFIGURATION)]
    (account,) = profile["userAccountsConfiguration"]
    assert account["groupId"] == id_of("Group here")
    assert walk.results == {"Kiosk": ("created", "verified")}
