from restore_safety.policies.secrets import HIDDEN, without_secrets


def test_secrets_are_hidden_wherever_they_lie():
    policy = {
        "displayName": "Wi-Fi",
        "passwordRequired": True,
        "preSharedKey": "correct horse",
        "emptyPassword": "",
        "omaSettings": [
            {"displayName": "Key", "isEncrypted": True, "value": "opens doors"},
            {"displayName": "Flag", "isEncrypted": False, "value": "1"},
        ],
        "settings": [
            {
                "@odata.type": "#microsoft.graph.deviceManagementConfigurationSecretSettingValue",
                "value": "opens more doors",
                "valueState": "notEncrypted",
            }
        ],
    }

    assert without_secrets(policy) == policy | {
        "preSharedKey": HIDDEN,
        "omaSettings": [
            {"displayName": "Key", "isEncrypted": True, "value": HIDDEN},
            {"displayName": "Flag", "isEncrypted": False, "value": "1"},
        ],
        "settings": [policy["settings"][0] | {"value": HIDDEN}],
    }
