"""What every tenant has from the start: roles, strengths, licences and more."""

from collections.abc import Mapping
from typing import Any

ZERO = "00000000-0000-0000-0000-000000000000"

# Directory roles by the id of their template, which is the same in every tenant.
ROLES: Mapping[str, str] = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
    "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
    "5d6b6bb7-de71-4623-b4af-96380a352509": "Security Reader",
    "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f": "Security Operator",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "b0f54661-2d74-4c50-afa3-1ec803f12efe": "Billing Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
    "0526716b-113d-4c15-b2c8-68e3c22b9f80": "Authentication Policy Administrator",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "966707d0-3269-4727-9be2-8c3a10f19b9d": "Password Administrator",
    "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
    "7698a772-787b-4ac8-901f-60d6b08affd2": "Cloud Device Administrator",
    "17315797-102d-40b4-93e0-432062caca18": "Compliance Administrator",
    "69091246-20e8-4a56-aa4d-066075b2a7a8": "Teams Administrator",
    "11648597-926c-4cf3-9c36-bcebb0ba8dcc": "Power Platform Administrator",
    "44367163-eba1-44c3-98af-f5787879f96a": "Dynamics 365 Administrator",
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": "Hybrid Identity Administrator",
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": "Groups Administrator",
    "95e79109-95c0-4d8e-aee3-d01accf2d47b": "Guest Inviter",
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
    "9360feb5-f418-4baa-8175-e2a00bac4301": "Directory Writers",
    "d29b2b05-8046-44ba-8758-1e26182fcf32": "Directory Synchronization Accounts",
    "4a5d8f65-41da-4de4-8968-e035b65339cf": "Reports Reader",
    "2b745bdf-0803-4d80-aa65-822c4493daac": "Office Apps Administrator",
    "f023fd81-a637-4b56-95fd-791ac0226033": "Service Support Administrator",
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a": "License Administrator",
    "cf1c38e5-3621-4004-a7cb-879624dced7c": "Application Developer",
    "a9ea8996-122f-4c74-9520-8edcd192826c": "Fabric Administrator",
    "d37c8bed-0711-4417-ba38-b4abe66ce4c2": "Network Administrator",
    "31392ffb-586c-42d1-9346-e59415a2cc4e": "Exchange Recipient Administrator",
    "892c5842-a9a6-463a-8041-72aa08ca3cf6": "Cloud App Security Administrator",
}
# Microsoft's own applications that conditional access names by their application ids.
APPLICATIONS: Mapping[str, str] = {
    "00000002-0000-0ff1-ce00-000000000000": "Office 365 Exchange Online",
    "00000003-0000-0ff1-ce00-000000000000": "Office 365 SharePoint Online",
    "00000004-0000-0ff1-ce00-000000000000": "Skype for Business Online",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
    "0000000a-0000-0000-c000-000000000000": "Microsoft Intune",
    "d4ebce55-015a-49b5-a083-c84d1797ae8c": "Microsoft Intune Enrollment",
    "797f4846-ba00-4fd7-ba73-dac1f8f63013": "Windows Azure Service Management API",
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe": "Microsoft Teams Services",
    "0af06dc6-e4b5-4f28-818e-e78e62d137a5": "Windows 365",
    "9cdead84-a844-4324-93f2-b2e6bb768d07": "Azure Virtual Desktop",
    "270efc09-cd0d-444b-a71f-39af4910ec45": "Windows Cloud Login",
    "372140e0-b3b7-4226-8ef9-d57986796201": "Azure Windows VM Sign-In",
    "2793995e-0a7d-40d7-bd35-6968ba142197": "My Apps",
}
# Authentication strengths that cannot be changed.
STRENGTHS: Mapping[str, Mapping[str, Any]] = {
    f"00000000-0000-0000-0000-00000000000{number}": {
        "id": f"00000000-0000-0000-0000-00000000000{number}",
        "displayName": name,
        "policyType": "builtIn",
        "requirementsSatisfied": "mfa",
        "allowedCombinations": combinations,
    }
    for number, name, combinations in (
        (
            2,
            "Multifactor authentication",
            [
                "windowsHelloForBusiness",
                "fido2",
                "x509CertificateMultiFactor",
                "deviceBasedPush",
                "temporaryAccessPassOneTime",
                "temporaryAccessPassMultiUse",
                "password,microsoftAuthenticatorPush",
                "password,softwareOath",
                "password,hardwareOath",
                "password,sms",
                "password,voice",
            ],
        ),
        (
            3,
            "Passwordless MFA",
            ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor", "deviceBasedPush"],
        ),
        (
            4,
            "Phishing-resistant MFA",
            ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"],
        ),
    )
}

EVERY_LICENCE: list[dict[str, Any]] = [
    {
        "id": "00000000-0000-0000-0000-0000000000e5",
        "skuId": "00000000-0000-0000-0000-0000000000e5",
        "skuPartNumber": "EVERYTHING",
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "servicePlans": [
            {"servicePlanName": name, "appliesTo": "User", "provisioningStatus": "Success"}
            for name in ("INTUNE_A", "AAD_PREMIUM", "AAD_PREMIUM_P2", "AAD_WRKLDID_P2")
        ],
    }
]
