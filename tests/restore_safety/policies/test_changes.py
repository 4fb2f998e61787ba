import copy
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from restore_safety.demo.directory import CONTOSO, MEMBERS
from restore_safety.demo.drift import CHANGED
from restore_safety.demo.policies import name_of, objects_of
from restore_safety.demo.policies.building import choice, number, settings, text
from restore_safety.models import Decision
from restore_safety.policies.diff.comparison import ANOTHER_VALUE, AS_IN_BACKUP, CANNOT_BE_COMPARED
from restore_safety.policies.diff.rows import (
    LONGEST_VALUE,
    MOST_ROWS,
    assignment_rows,
    content_rows,
    creation_rows,
    limited,
    secret_paths,
)
from restore_safety.policies.secrets import HIDDEN
from restore_safety.truth.scope import AssignmentMode
from tenants.graph.contracts import CONTRACTS, contract
from tenants.graph.normal_form import covers, normal_form, wanted_form
from tests.restore_safety.policies.fakes import FakeReader, catalog, policy, preview

DEFENDER = "device_vendor_msft_policy_config_defender"
RULES = f"{DEFENDER}_attacksurfacereductionrules"
SETTING = "#microsoft.graph.deviceManagementConfiguration"


def rows_between(wanted, live, key="configurationPolicies"):
    """The rows as a preview makes them: within what the contract says differs."""
    one = contract(key)
    wanted_content, live_content = wanted_form(one, wanted), normal_form(one, live)
    return content_rows(
        wanted=wanted_content,
        live=live_content,
        changed=frozenset(found.path[0] for found in covers(wanted_content, live_content)),
        secrets=secret_paths(wanted) | secret_paths(live),
    )


def rows_of(wanted, live):
    """The rows of two contents in which anything may differ."""
    return content_rows(
        wanted=wanted,
        live=live,
        changed=frozenset({*wanted, *live}),
        secrets=secret_paths(wanted) | secret_paths(live),
    )


def described(rows):
    return [(row["label"], row["before"], row["after"]) for row in rows]


def holding(*instances):
    return catalog(settings=settings(*instances))


def group(definition, *elements):
    return {
        "@odata.type": f"{SETTING}GroupSettingCollectionInstance",
        "settingDefinitionId": definition,
        "groupSettingCollectionValue": [{"children": list(children)} for children in elements],
    }


def collection(definition, *values):
    return {
        "@odata.type": f"{SETTING}SimpleSettingCollectionInstance",
        "settingDefinitionId": definition,
        "simpleSettingCollectionValue": [
            {"@odata.type": f"{SETTING}StringSettingValue", "value": value} for value in values
        ],
    }


def secret(definition, value):
    kept = {"@odata.type": f"{SETTING}SecretSettingValue", "value": value}
    return {
        "@odata.type": f"{SETTING}SimpleSettingInstance",
        "settingDefinitionId": definition,
        "simpleSettingValue": kept,
    }


def custom(*oma_settings):
    return {
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "displayName": "Custom",
        "omaSettings": list(oma_settings),
    }


def oma(uri, value, **properties):
    kind = "#microsoft.graph.omaSettingString"
    return {"@odata.type": kind, "omaUri": uri, "value": value, **properties}


def compliance(*actions):
    return {
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "displayName": "Password",
        "scheduledActionsForRule": [
            {"ruleName": "PasswordRequired", "scheduledActionConfigurations": list(actions)}
        ],
    }


def script(*lines):
    return b64encode("\r\n".join(lines).encode()).decode()


class TestSettings:
    def test_a_setting_goes_by_its_definition(self):
        rows = rows_between(catalog(value="on"), catalog(value="off"))

        assert rows == [
            {
                "path": "settings / firewall_enabled",
                "label": "Firewall enabled",
                "before": "off",
                "after": "on",
            }
        ]

    def test_a_choice_shows_its_option_and_keeps_its_whole_id_at_hand(self):
        rows = rows_between(
            holding(choice(f"{DEFENDER}_puaprotection", 1)),
            holding(choice(f"{DEFENDER}_puaprotection", "audit")),
        )

        assert rows == [
            {
                "path": f"settings / {DEFENDER}_puaprotection",
                "label": "PUA protection",
                "before": "audit",
                "after": "1",
            }
        ]

    def test_what_comes_and_goes_was_or_will_be_not_set(self):
        rows = rows_between(
            holding(number(f"{DEFENDER}_scantime", 720)),
            holding(text(f"{DEFENDER}_exclusions", "C:\\temp")),
        )

        assert described(rows) == [
            ("Scan time", "not set", "720"),
            ("Exclusions", "C:\\temp", "not set"),
        ]

    def test_a_setting_without_a_value_of_its_own_is_set_or_not(self):
        rows = rows_between(holding(group(RULES)), holding())

        assert described(rows) == [("Attack surface reduction rules", "not set", "set")]

    def test_children_are_reported_under_their_parent(self):
        def blocking(option):
            rules = [choice(f"{RULES}_blockall", option), choice(f"{RULES}_blocknone", "off")]
            return holding(group(RULES, rules))

        assert described(rows_between(blocking("block"), blocking("audit"))) == [
            ("Attack surface reduction rules / Block all", "audit", "block")
        ]

    def test_children_that_go_with_their_parent_are_reported_too(self):
        parent = choice(f"{DEFENDER}_scan", 1, number(f"{DEFENDER}_scan_hour", 3))

        rows = rows_between(holding(), holding(parent))

        assert described(rows) == [("Scan", "1", "not set"), ("Scan / Hour", "3", "not set")]

    def test_a_collection_goes_by_its_values(self):
        one = f"{DEFENDER}_excludedpaths"

        rows = rows_between(holding(collection(one, "A", "B")), holding(collection(one, "C", "A")))

        assert described(rows) == [
            ("Excluded paths", "not set", "B"),
            ("Excluded paths", "C", "not set"),
        ]

    def test_an_order_without_meaning_is_no_difference(self):
        one = f"{DEFENDER}_excludedpaths"

        rows = rows_between(holding(collection(one, "A", "B")), holding(collection(one, "B", "A")))

        assert described(rows) == []

    def test_a_removed_group_shifts_no_other(self):
        rule = f"{RULES}_{{name}}"

        def rules(*names):
            return [
                [text(f"{rule}_name", name), choice(f"{rule}_action", "block")] for name in names
            ]

        rows = rows_between(
            holding(group(rule, *rules("first", "third", "fourth"))),
            holding(group(rule, *rules("first", "second", "third", "4th"))),
        )

        assert [(row["before"], row["after"]) for row in rows] == [
            ("block", "not set"),
            ("4th", "not set"),
            ("second", "fourth"),
        ]

    def test_references_to_templates_follow_their_setting(self):
        def referring(template, option):
            instance = choice(f"{DEFENDER}_puaprotection", option)
            reference = {"settingInstanceTemplateId": template}
            return holding(instance | {"settingInstanceTemplateReference": reference})

        both = rows_between(referring("t-1", 1), referring("t-2", 0))
        alone = rows_between(referring("t-1", 1), referring("t-2", 1))

        reference = "Setting instance template reference / Setting instance template id"
        assert described(both) == [("PUA protection", "0", "1")]
        assert described(alone) == [(f"PUA protection / {reference}", "t-2", "t-1")]


class TestOtherProperties:
    def test_only_properties_that_changed_are_shown(self):
        rows = content_rows(
            wanted={"a": 1, "b": 2}, live={"a": 2, "b": 3}, changed=frozenset({"a"}), secrets=()
        )

        assert rows == [{"path": "a", "label": "A", "before": "2", "after": "1"}]

    @pytest.mark.parametrize(
        ("before", "after", "shown"),
        [
            (False, True, ("no", "yes")),
            (None, "", ("not set", "empty")),
            (None, {}, ("not set", "empty")),
            (1, "1", ("1", '"1"')),
            (1.5, {"low": 2}, ("1.5", "2")),
            ({"low": 1, "high": 2}, "all", ("Low: 1; High: 2", "all")),
        ],
    )
    def test_values_read_as_words(self, before, after, shown):
        assert described(rows_of({"mode": after}, {"mode": before})) == [("Mode", *shown)]

    def test_nested_objects_are_described_by_their_properties(self):
        rows = rows_of(
            {"conditions": {"users": {"includeUsers": ["All"]}, "risk": None}},
            {"conditions": {"users": {"includeUsers": ["u-1", "u-2"]}, "platforms": []}},
        )

        assert described(rows) == [
            ("Conditions / Users / Include users", "not set", "All"),
            ("Conditions / Users / Include users", "u-1", "not set"),
            ("Conditions / Users / Include users", "u-2", "not set"),
        ]

    def test_an_object_that_comes_is_described_by_what_it_holds(self):
        rows = rows_of({"session": {"hours": 4, "isEnabled": True, "none": None}}, {})

        assert described(rows) == [
            ("Session / Hours", "not set", "4"),
            ("Session / Is enabled", "not set", "yes"),
        ]

    def test_actions_go_by_their_kind(self):
        block = {"actionType": "block", "gracePeriodHours": 24}
        notification = {"actionType": "notification", "gracePeriodHours": 0, "template": ""}

        rows = rows_between(
            compliance(block, notification),
            compliance(block | {"gracePeriodHours": 48}),
            key="deviceCompliancePolicies",
        )

        rule = "Scheduled actions for rule / PasswordRequired / Scheduled action configurations"
        assert described(rows) == [
            (f"{rule} / block / Grace period hours", "48", "24"),
            (f"{rule} / notification", "not set", "0"),
        ]

    def test_custom_settings_go_by_their_address_and_read_by_their_name(self):
        standby = oma("./Standby", "30", displayName="Standby", description="Idle minutes")

        rows = rows_between(
            custom(standby, oma("./Sleep", "1")),
            custom(oma("./Sleep", "2")),
            key="deviceConfigurations",
        )

        assert rows == [
            {
                "path": "omaSettings / ./Sleep / value",
                "label": "Oma settings / ./Sleep / Value",
                "before": "2",
                "after": "1",
            },
            {
                "path": "omaSettings / ./Standby",
                "label": "Oma settings / Standby",
                "before": "not set",
                "after": "Value: 30; Description: Idle minutes",
            },
        ]

    def test_elements_without_a_name_go_by_their_place(self):
        rows = rows_of(
            {"ranges": [{"low": 1, "high": 2}, {"low": 3, "high": 4}]},
            {"ranges": [{"low": 1, "high": 2}, {"low": 3, "high": 5}]},
        )

        assert rows == [
            {
                "path": "ranges / #2 / high",
                "label": "Ranges / #2 / High",
                "before": "5",
                "after": "4",
            }
        ]

    def test_kind_that_changes_alone_is_reported(self):
        def of_kind(kind):
            return {"location": {"@odata.type": f"#microsoft.graph.{kind}", "id": "1"}}

        assert described(rows_of(of_kind("a"), of_kind("b"))) == [
            ("Location / @odata.type", "#microsoft.graph.b", "#microsoft.graph.a")
        ]


class TestScripts:
    def test_a_script_shows_how_long_it_is_instead_of_its_content(self):
        rows = rows_of(
            {"scriptContent": script("one", "two", "three")}, {"scriptContent": script("one")}
        )

        assert described(rows) == [("Script content", "1 line", "content changed (1 → 3 lines)")]

    def test_a_script_that_comes_or_goes_says_so(self):
        one, nothing = {"detectionScriptContent": script("one", "two")}, {}

        assert described(rows_of(one, nothing)) == [
            ("Detection script content", "not set", "2 lines")
        ]
        assert described(rows_of(nothing, one)) == [
            ("Detection script content", "2 lines", "not set")
        ]

    def test_a_file_inside_an_element_shows_its_length_too(self):
        rows = rows_of({"files": [{"name": "a", "payload": script("hunter2")}]}, {})

        assert described(rows) == [("Files / a", "not set", "1 line")]

    def test_what_is_no_base64_is_measured_as_it_is(self):
        rows = rows_of({"scriptContent": "a b"}, {"scriptContent": "a b\nc"})

        assert described(rows) == [("Script content", "2 lines", "content changed (2 → 1 line)")]


class TestSecrets:
    @pytest.mark.parametrize(
        ("live", "after"),
        [
            ("new secret", None),
            ("old secret", ANOTHER_VALUE),
            ("****", AS_IN_BACKUP),
            ("", AS_IN_BACKUP),
        ],
    )
    def test_a_secret_shows_whether_it_changes_and_nothing_else(self, live, after):
        rows = rows_of({"preSharedKey": "new secret"}, {"preSharedKey": live or None})

        before = CANNOT_BE_COMPARED if after == AS_IN_BACKUP else HIDDEN
        assert described(rows) == ([("Pre shared key", before, after)] if after else [])

    def test_a_secret_setting_that_goes_is_masked(self):
        rows = rows_between(holding(), holding(secret(f"{DEFENDER}_token", "hunter2")))

        assert described(rows) == [("Token", HIDDEN, "not set")]

    def test_an_encrypted_value_is_secret_although_its_mark_is_no_configuration(self):
        rows = rows_between(
            custom(oma("./Vendor/Key", "hunter2", isEncrypted=True)),
            custom(oma("./Vendor/Key", "hunter1", isEncrypted=True)),
            key="deviceConfigurations",
        )

        assert described(rows) == [("Oma settings / ./Vendor/Key / Value", HIDDEN, ANOTHER_VALUE)]

    def test_a_secret_on_one_side_is_one_on_both(self):
        rows = rows_between(
            custom(oma("./Vendor/Key", "hunter2", isEncrypted=True)),
            custom(oma("./Vendor/Key", "hunter1")),
            key="deviceConfigurations",
        )

        assert described(rows) == [("Oma settings / ./Vendor/Key / Value", HIDDEN, ANOTHER_VALUE)]

    def test_a_secret_in_an_unnamed_element_stays_one_wherever_the_element_stands(self):
        def networks(*passwords):
            return {"networks": [{"ssid": f"{one}?", "wifiPassword": one} for one in passwords]}

        rows = rows_of(networks("hunter1"), networks("hunter2", "hunter3"))

        assert [(row["before"], row["after"]) for row in rows] == [
            ("hunter2?", "hunter1?"),
            (HIDDEN, ANOTHER_VALUE),
            (f"Ssid: hunter3?; Wifi password: {HIDDEN}", "not set"),
        ]


values = st.integers() | st.text(st.characters(codec="utf-8"), max_size=8)


@st.composite
def instances(draw, prefix="device_vendor_msft_policy_config_area", depth=2):
    """Settings with children, no two with one definition."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1, max_size=4))
    found = []
    for name in names:
        definition = f"{prefix}_setting{name}"
        children = draw(instances(prefix=definition, depth=depth - 1)) if depth else []
        found.append(
            draw(
                st.sampled_from(
                    [
                        choice(definition, draw(st.integers(0, 3)), *children),
                        number(definition, draw(st.integers(0, 99))),
                        group(definition, children),
                    ]
                )
            )
        )
    return found


def value_holders(value):
    """Every object that holds the value of one setting."""
    if isinstance(value, list):
        return [holder for inner in value for holder in value_holders(inner)]
    if not isinstance(value, dict):
        return []
    own = [value] if "value" in value else []
    return own + [holder for inner in value.values() for holder in value_holders(inner)]


def shuffled(value, random):
    if isinstance(value, list):
        return random.sample([shuffled(inner, random) for inner in value], len(value))
    if isinstance(value, dict):
        return {key: shuffled(inner, random) for key, inner in value.items()}
    return value


@hypothesis_settings(deadline=None)
@given(instances(), st.randoms(use_true_random=False))
def test_another_order_is_no_difference(content, random):
    one = holding(*content)
    other = {**one, "settings": shuffled(one["settings"], random)}

    assert rows_between(one, other) == []
    assert rows_of({"settings": one["settings"]}, {"settings": other["settings"]}) == []


@hypothesis_settings(deadline=None)
@given(instances(), st.data())
def test_every_changed_value_is_one_row(content, data):
    one = holding(*content)
    other = copy.deepcopy(one)
    holders = value_holders(other["settings"])
    changed = data.draw(st.sets(st.integers(0, len(holders) - 1))) if holders else set()
    for position in changed:
        holder = holders[position]
        is_number = isinstance(holder["value"], int)
        holder["value"] = holder["value"] + 1 if is_number else f"{holder['value']}x"

    rows = rows_between(one, other)

    assert len({row["path"] for row in rows}) == len(rows) == len(changed)
    assert all(row["before"] != row["after"] for row in rows)


@hypothesis_settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), values), st.dictionaries(st.text(), values))
def test_every_changed_property_is_one_row(one, other):
    rows = rows_of(one, other)

    assert len(rows) == sum(
        1 for key in one.keys() | other.keys() if one.get(key) != other.get(key)
    )


@hypothesis_settings(deadline=None)
@given(st.data())
def test_no_secret_appears_in_a_row(data):
    word = st.text("abc", min_size=1, max_size=3).map(lambda end: f"hunter{end}")
    secrets = st.lists(
        st.builds(secret, st.sampled_from([f"{RULES}_{end}" for end in "xyz"]), word), max_size=3
    )

    def drawn():
        elements = data.draw(st.lists(secrets, max_size=3))
        networks = [
            {"wifiPassword": data.draw(word), "ssid": data.draw(st.sampled_from("pq"))}
            for _ in range(data.draw(st.integers(0, 3)))
        ]
        return {
            "settings": settings(*data.draw(secrets), group(RULES, *elements)),
            "networks": networks,
            "proxyPassword": data.draw(st.none() | word),
            "omaSettings": [oma(f"./{end}", data.draw(word), isEncrypted=True) for end in "ab"],
        }

    assert "hunter" not in str(rows_of(drawn(), drawn()))


def drifted():
    """The preview of every policy of the demo that is changed by hand after the backup."""
    policies, live = [], {}
    keys = {contract.path: key for key, contract in CONTRACTS.items()}
    held = objects_of(CONTOSO)
    for path, key in keys.items():
        bodies = held.get(path, [])
        policies += [policy(body, key=key) for body in bodies if (path, name_of(body)) in CHANGED]
        live[key] = [body | CHANGED.get((path, name_of(body)), {}) for body in bodies]
    groups = {CONTOSO.group(name): name for name in MEMBERS}
    return preview(policies, FakeReader(live, groups=groups), assignment_mode=AssignmentMode.LEAVE)


class TestDrift:
    def test_each_change_by_hand_is_one_row(self):
        items = drifted()

        assert {item.policy.name: described(item.changes) for item in items} == {
            "Windows - Firewall": [("Public profile enable firewall", "false", "true")],
            "Windows - Defender Antivirus": [
                ("Allow realtime monitoring", "0", "1"),
                ("PUA protection", "not set", "1"),
            ],
            "Windows - Compliance - Password": [("Password minimum length", "6", "12")],
            "Windows - Updates - Broad ring": [
                ("Quality updates deferral period in days", "21", "7")
            ],
            "Block legacy authentication": [("State", "disabled", "enabled")],
        }

    def test_each_sentence_counts_the_rows(self):
        items = drifted()

        assert {item.decision for item in items} == {Decision.UPDATE}
        for item in items:
            count = len(item.changes)
            places = f"{count} place{'' if count == 1 else 's'}"
            assert f"“{item.policy.name}” differs from the backup in {places} " in item.sentence


class TestLimits:
    def test_long_lists_and_values_are_cut_and_say_so(self):
        rows = [{"path": str(n), "before": "x" * 1000, "after": ""} for n in range(MOST_ROWS + 5)]

        shown = limited(rows)

        more = "5 more differences"
        assert len(shown) == MOST_ROWS + 1
        assert shown[-1] == {"path": more, "label": more, "before": "", "after": ""}
        assert {len(row["before"]) for row in shown[:-1]} == {LONGEST_VALUE}

    def test_two_long_values_are_cut_to_where_they_part(self):
        [row] = limited([{"path": "a", "before": "x" * 1000 + "y", "after": "x" * 1000 + "z"}])

        assert row == {"path": "a", "before": f"…{'x' * 30}y", "after": f"…{'x' * 30}z"}


def test_audiences_come_and_go():
    rows = assignment_rows(wanted=["all users", "group A"], live=["all devices", "group A"])

    assert described(rows) == [("Assignments", "all devices", ""), ("Assignments", "", "all users")]


@pytest.mark.parametrize(
    ("content", "summary"),
    [
        ({"settings": [1, 2]}, "new, 2 settings"),
        ({"settings": [1]}, "new, 1 setting"),
        ({"displayName": "A"}, "new, 1 property"),
        ({"displayName": "A", "state": "on"}, "new, 2 properties"),
    ],
)
def test_a_creation_is_summed_up(content, summary):
    rows = creation_rows(type_label="Policy", content=content)

    assert rows == [{"path": "Policy", "label": "Policy", "before": "", "after": summary}]
