"""Microsoft's own applications, whose application ids conditional access takes in every tenant."""

from collections.abc import Mapping

# Source: Microsoft's list of the applications that conditional access can name.
_NAMES: Mapping[str, str] = {
    "00000002-0000-0ff1-ce00-000000000000": "Office 365 Exchange Online",
    "00000003-0000-0ff1-ce00-000000000000": "Office 365 SharePoint Online",
    "00000004-0000-0ff1-ce00-000000000000": "Skype for Business Online",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
    "0000000a-0000-0000-c000-000000000000": "Microsoft Intune",
    "d4ebce55-015a-49b5-a083-c84d1797ae8c": "Microsoft Intune Enrollment",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013": "Windows Azure Service Management API",
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe": "Microsoft Teams Services",
    "0af06dc6-e4b5-4f28-818e-e78e62d137a5": "Windows 365",
    "9cdead84-a844-4324-93f2-b2e6bb768d07": "Azure Virtual Desktop",
    "270efc09-cd0d-444b-a71f-39af4910ec45": "Windows Cloud Login",
    "372140e0-b3b7-4226-8ef9-d57986796201": "Azure Windows VM Sign-In",
    "2793995e-0a7d-40d7-bd35-6968ba142197": "My Apps",
}


def application_name(application_id: str) -> str:
    """What one of Microsoft's applications is called; empty for any other."""
    return _NAMES.get(application_id.lower(), "")
