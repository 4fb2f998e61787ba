import json
from dataclasses import replace

import pytest

from restore_safety.models import Decision
from restore_safety.policies.decisions import decide
from restore_safety.policies.snapshot import take_snapshot
from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy
from tests.restore_safety.policies.fakes import (
    DIRECTORY,
    PILOTS,
    STAFF,
    TO_ALL_DEVICES,
    WHOLE,
    FakeReader,
    catalog,
    choices,
    compliance,
    policy,
    preview,
    refused,
    to_group,
    without_group,
)

CATALOG = "configurationPolicies"
UNCAPTURED = ReasonCode.ASSIGNMENTS_NOT_CAPTURED
LEFT_OUT = ReasonCode.ASSIGNMENTS_LEFT_OUT


def live(*objects, key=CATALOG, **facts):
    return FakeReader({key: list(objects)}, **facts)


def decided(items):
    return [
        (item.decision, item.reason, [write.purpose for write in item.writes]) for item in items
    ]


def bodies(item):
    return [json.loads(write.body) for write in item.writes]


@pytest.mark.parametrize(
    ("conflict", "reader", "decision", "reason", "purposes"),
    [
        (ConflictPolicy.UPDATE, live(), Decision.CREATE, UNCAPTURED, ["create"]),
        (ConflictPolicy.UPDATE, live(catalog()), Decision.UNCHANGED, ReasonCode.AS_WANTED, []),
        (ConflictPolicy.UPDATE, live(catalog(value="off")), Decision.UPDATE, None, ["replace"]),
        (
            ConflictPolicy.UPDATE,
            live(catalog(id="x"), catalog(id="y")),
            Decision.BLOCKED,
            ReasonCode.AMBIGUOUS_MATCH,
            [],
        ),
        (
            ConflictPolicy.UPDATE,
            live(errors={CATALOG: refused()}),
            Decision.NOT_EVALUABLE,
            ReasonCode.TARGET_UNREADABLE,
            [],
        ),
        (
            ConflictPolicy.UPDATE,
            live(catalog(), errors={catalog()["id"]: refused()}),
            Decision.NOT_EVALUABLE,
            ReasonCode.TARGET_UNREADABLE,
            [],
        ),
        (ConflictPolicy.SKIP, live(), Decision.CREATE, UNCAPTURED, ["create"]),
        (
            ConflictPolicy.SKIP,
            live(catalog(value="off")),
            Decision.SKIP,
            ReasonCode.ALREADY_EXISTS,
            [],
        ),
        (ConflictPolicy.COPY, live(), Decision.COPY, UNCAPTURED, ["create"]),
        (ConflictPolicy.COPY, live(catalog(value="off")), Decision.COPY, UNCAPTURED, ["create"]),
        (
            ConflictPolicy.COPY,
            live(catalog("Firewall (restored copy)")),
            Decision.UNCHANGED,
            ReasonCode.AS_WANTED,
            [],
        ),
        (
            ConflictPolicy.COPY,
            live(catalog("Firewall (restored copy)", value="off")),
            Decision.BLOCKED,
            ReasonCode.AMBIGUOUS_MATCH,
            [],
        ),
    ],
)
def test_each_conflict_policy_decides_by_what_the_tenant_holds(
    conflict, reader, decision, reason, purposes
):
    items = preview([policy()], reader, conflict_policy=conflict)

    assert decided(items) == [(decision, reason, purposes)]


def test_a_creation_proves_absence_and_binds_its_id():
    restored = policy(assignments=[to_group(PILOTS)])
    reader = live(catalog("Other"), groups={PILOTS: "Pilots"})

    [item] = preview([restored], reader)

    assert item.absence == {"listed": 1, "same_name_ids": []}
    assert [(one.id, one.method, one.path, one.binds) for one in item.writes] == [
        (f"{restored.id}:1", "POST", "deviceManagement/configurationPolicies", restored.id),
        (
            f"{restored.id}:2",
            "POST",
            f"deviceManagement/configurationPolicies/urn:restore-safety:created:{restored.id}/assign",
            "",
        ),
    ]


def test_the_proof_of_absence_names_namesakes_of_another_kind():
    namesake = catalog(id="other-kind", technologies="mdm,microsoftSense")

    [item] = preview([policy()], live(namesake))

    assert item.absence == {"listed": 1, "same_name_ids": ["other-kind"]}


def test_a_copy_bears_its_own_name():
    [item] = preview([policy()], live(catalog()), conflict_policy=ConflictPolicy.COPY)

    assert [body["name"] for body in bodies(item)] == ["Firewall (restored copy)"]


def test_an_id_counts_only_in_the_tenant_it_came_from():
    renamed = live(catalog("Renamed", id=catalog()["id"]))

    here = preview([policy()], renamed, same_origin=True)
    elsewhere = preview([policy()], renamed, same_origin=False)

    assert decided(here) == [(Decision.UPDATE, None, ["replace"])]
    assert decided(elsewhere) == [(Decision.CREATE, UNCAPTURED, ["create"])]


def test_a_policy_gone_between_listing_and_reading_is_not_taken_for_absent():
    reader = live(catalog())
    reader.policies = lambda contract, ids: FakeReader().policies(contract, ids)

    items = preview([policy()], reader)

    assert decided(items) == [(Decision.NOT_EVALUABLE, ReasonCode.TARGET_UNREADABLE, [])]


def test_a_live_policy_read_in_part_is_not_compared():
    reader = live(catalog(value="off"))
    whole = reader.policies
    reader.policies = lambda contract, ids: {
        key: replace(one, completeness=replace(WHOLE, pages_read=False))
        for key, one in whole(contract, ids).items()
    }

    items = preview([policy()], reader)

    assert decided(items) == [(Decision.NOT_EVALUABLE, ReasonCode.TARGET_UNREADABLE, [])]


@pytest.mark.parametrize("reader", [live(), live(catalog(value="off"))])
@pytest.mark.parametrize(
    ("completeness", "reason"),
    [
        (
            replace(WHOLE, settings_expected=3, settings_captured=1),
            ReasonCode.INCOMPLETE_SOURCE,
        ),
        (replace(WHOLE, secrets_masked=("preSharedKey",)), ReasonCode.SECRET_MISSING),
    ],
)
def test_what_the_backup_does_not_hold_is_neither_created_nor_written_over(
    reader, completeness, reason
):
    items = preview([policy(completeness=completeness)], reader)

    assert decided(items) == [(Decision.BLOCKED, reason, [])]


def test_what_cannot_change_on_an_existing_policy_is_blocked():
    reader = live(catalog(technologies="mdm,microsoftSense"))

    [item] = preview([policy()], reader)

    assert decided([item]) == [(Decision.BLOCKED, ReasonCode.UNSUPPORTED_TYPE, [])]
    assert "technologies" in item.sentence
    assert "create copy" in item.sentence


def test_a_value_the_backup_holds_as_empty_is_cleared():
    reader = live(compliance(osMinimumVersion="10.0.1"), key="deviceCompliancePolicies")
    restored = policy(compliance(osMinimumVersion=None), key="deviceCompliancePolicies")

    [item] = preview([restored], reader)

    assert decided([item]) == [(Decision.UPDATE, None, ["update"])]
    assert bodies(item)[0]["osMinimumVersion"] is None


@pytest.mark.parametrize(
    ("change", "purposes"),
    [
        ({"passwordRequired": False}, ["update"]),
        ({"scheduledActionsForRule": []}, ["schedule"]),
        ({"passwordRequired": False, "scheduledActionsForRule": []}, ["update", "schedule"]),
    ],
)
def test_scheduled_actions_are_written_by_their_own_action(change, purposes):
    reader = live(compliance(**change), key="deviceCompliancePolicies")

    [item] = preview([policy(compliance(), key="deviceCompliancePolicies")], reader)

    assert [write.purpose for write in item.writes] == purposes
    assert ["scheduledActionsForRule" in body for body in bodies(item)] == [False] * len(purposes)


def test_two_policies_for_one_place_are_both_left_out():
    pair = [policy(position=1), policy(position=2)]

    for reader in (live(), live(catalog())):
        items = preview(pair, reader)

        assert decided(items) == [(Decision.BLOCKED, ReasonCode.AMBIGUOUS_MATCH, [])] * 2


def test_the_placeholder_of_the_directory_is_filled_in():
    restored = policy(catalog(value="%OrganizationId%"))

    [created] = preview([restored], live())
    [unchanged] = preview([restored], live(catalog(value=DIRECTORY)))

    [setting] = bodies(created)[0]["settings"]
    assert setting["settingInstance"]["simpleSettingValue"]["value"] == DIRECTORY
    assert unchanged.decision == Decision.UNCHANGED


class TestAssignments:
    GROUPS = {PILOTS: "Pilots", STAFF: "Staff"}

    def test_left_out_of_the_scope_they_are_untouched(self):
        reader = live(catalog(), assignments={catalog()["id"]: [TO_ALL_DEVICES]})

        [item] = preview(
            [policy(assignments=[to_group(PILOTS)])], reader, assignment_mode=AssignmentMode.LEAVE
        )

        assert decided([item]) == [(Decision.ASSIGNMENTS_LEFT, ReasonCode.ASSIGNMENTS_KEPT, [])]
        assert item.assignments_after == item.assignments_before == [TO_ALL_DEVICES]

    @pytest.mark.parametrize(
        ("assigned", "reason", "note"),
        [
            (
                [TO_ALL_DEVICES],
                ReasonCode.ASSIGNMENTS_KEPT,
                (
                    "Its assignments differ from the backup's and are left as they are because "
                    "assignments are not in the scope."
                ),
            ),
            (
                [to_group(PILOTS)],
                None,
                "Assignments are not in the scope and are left as they are.",
            ),
        ],
    )
    def test_left_out_of_an_update_it_says_whether_they_differ(self, assigned, reason, note):
        reader = live(catalog(value="off"), assignments={catalog()["id"]: assigned})

        [item] = preview(
            [policy(assignments=[to_group(PILOTS)])], reader, assignment_mode=AssignmentMode.LEAVE
        )

        assert (item.decision, item.reason) == (Decision.UPDATE, reason)
        assert item.sentence.endswith(note)
        assert item.assignments_after == item.assignments_before == assigned

    def test_a_new_policy_the_backup_assigns_to_no_one_lacks_nothing(self):
        [item] = preview([policy(assignments=[])], live(), assignment_mode=AssignmentMode.LEAVE)

        assert (item.decision, item.reason) == (Decision.CREATE, None)
        assert "reach no one" not in item.sentence

    def test_not_captured_they_are_untouched_and_it_says_so(self):
        reader = live(catalog(), assignments={catalog()["id"]: [TO_ALL_DEVICES]})

        [item] = preview([policy(assignments=None)], reader)

        assert decided([item]) == [(Decision.UNCHANGED, ReasonCode.AS_WANTED, [])]
        assert item.sentence.endswith(
            "The backup does not hold its assignments, so they are left as they are."
        )

    def test_another_set_is_replaced_as_a_whole(self):
        reader = live(
            catalog(), assignments={catalog()["id"]: [TO_ALL_DEVICES]}, groups=self.GROUPS
        )

        [item] = preview([policy(assignments=[to_group(PILOTS)])], reader)

        assert decided([item]) == [(Decision.UPDATE, None, ["assign"])]
        assert bodies(item) == [{"assignments": [to_group(PILOTS)]}]
        assert item.changes == [
            {
                "path": "assignments",
                "label": "Assignments",
                "before": "all devices",
                "after": "",
            },
            {
                "path": "assignments",
                "label": "Assignments",
                "before": "",
                "after": f"group Pilots ({PILOTS})",
            },
        ]

    def test_an_empty_set_is_a_wish_too(self):
        reader = live(catalog(), assignments={catalog()["id"]: [TO_ALL_DEVICES]})

        [item] = preview([policy(assignments=[])], reader)

        assert bodies(item) == [{"assignments": []}]

    def test_equal_sets_need_no_write(self):
        reader = live(
            catalog(),
            assignments={catalog()["id"]: [{"id": "1", **to_group(PILOTS)}]},
            groups=self.GROUPS,
        )

        items = preview([policy(assignments=[to_group(PILOTS)])], reader)

        assert decided(items) == [(Decision.UNCHANGED, ReasonCode.AS_WANTED, [])]

    @pytest.mark.parametrize("missing", [to_group(STAFF), without_group(STAFF)])
    def test_one_missing_group_leaves_all_of_them_untouched(self, missing):
        restored = policy(assignments=[to_group(PILOTS), missing], group_names={STAFF: "All staff"})

        [item] = preview([restored], live(groups={PILOTS: "Pilots"}))

        assert decided([item]) == [(Decision.CREATE, ReasonCode.GROUP_MISSING, ["create"])]
        assert item.sentence.endswith(
            "“Firewall” is restored without its assignments: group All staff "
            f"({STAFF}) does not exist in Contoso. Map it or create it."
        )
        assert item.assignments_after == []

    def test_nothing_is_restored_where_only_a_group_is_missing(self):
        restored = policy(assignments=[to_group(STAFF)], group_names={STAFF: "All staff"})
        reader = live(catalog(), assignments={catalog()["id"]: [TO_ALL_DEVICES]})

        [item] = preview([restored], reader)

        assert decided([item]) == [(Decision.ASSIGNMENTS_LEFT, ReasonCode.GROUP_MISSING, [])]
        assert item.sentence == (
            "Contoso holds “Firewall” with its settings as in the backup; assignments differ and "
            f"are left as they are because group All staff ({STAFF}) does not exist in Contoso. "
            "Map it or create it."
        )
        assert item.assignments_after == item.assignments_before == [TO_ALL_DEVICES]
        assert list(item.changes) == []

    def test_several_missing_groups_are_all_named(self):
        restored = policy(assignments=[to_group(PILOTS), to_group(STAFF)])

        [item] = preview([restored], live(catalog()))

        assert item.sentence == (
            "Contoso holds “Firewall” with its settings as in the backup; assignments differ and "
            f"are left as they are because groups {PILOTS}, {STAFF} do not exist in Contoso. "
            "Map them or create them."
        )

    def test_changed_content_is_restored_without_them(self):
        restored = policy(assignments=[to_group(STAFF)], group_names={STAFF: "All staff"})

        [item] = preview([restored], live(catalog(value="off")))

        assert decided([item]) == [(Decision.UPDATE, ReasonCode.GROUP_MISSING, ["replace"])]
        assert item.sentence == (
            "“Firewall” differs from the backup in 1 place and will be changed to what the backup "
            "holds. “Firewall” is restored without its assignments: group All staff "
            f"({STAFF}) does not exist in Contoso. Map it or create it."
        )

    def test_a_mapped_group_stands_in(self):
        reader = live(groups={PILOTS: "Pilots"})

        [item] = preview(
            [policy(assignments=[to_group(STAFF)])], reader, mapping={"group": {STAFF: PILOTS}}
        )

        assert bodies(item)[1] == {"assignments": [to_group(PILOTS)]}

    def test_a_group_that_could_not_be_looked_up_is_not_taken_for_missing(self):
        reader = live(unknown={PILOTS})

        items = preview([policy(assignments=[to_group(PILOTS)])], reader)

        assert decided(items) == [(Decision.NOT_EVALUABLE, ReasonCode.TARGET_UNREADABLE, [])]

    def test_a_missing_filter_leaves_them_untouched(self):
        filtered = to_group(
            PILOTS,
            deviceAndAppManagementAssignmentFilterId="f-1",
            deviceAndAppManagementAssignmentFilterType="include",
        )

        [item] = preview([policy(assignments=[filtered])], live(groups=self.GROUPS))

        assert decided([item]) == [(Decision.CREATE, ReasonCode.FILTER_MISSING, ["create"])]
        assert item.sentence.endswith(
            "“Firewall” is restored without its assignments: assignment filter f-1 does not exist "
            "in Contoso. Include the foundations or create it."
        )

    def test_a_missing_filter_alone_changes_nothing(self):
        filtered = to_group(
            PILOTS,
            deviceAndAppManagementAssignmentFilterId="f-1",
            deviceAndAppManagementAssignmentFilterType="include",
        )

        [item] = preview([policy(assignments=[filtered])], live(catalog(), groups=self.GROUPS))

        assert decided([item]) == [(Decision.ASSIGNMENTS_LEFT, ReasonCode.FILTER_MISSING, [])]
        assert item.sentence == (
            "Contoso holds “Firewall” with its settings as in the backup; assignments differ and "
            "are left as they are because assignment filter f-1 does not exist in Contoso. "
            "Include the foundations or create it."
        )


class TestReferences:
    TAG = {"id": "7", "displayName": "Vienna", "description": ""}

    def tag(self, **facts):
        return policy(self.TAG, key="roleScopeTags", **facts)

    def tagged(self):
        return policy(catalog(roleScopeTagIds=["0", "7"]))

    def test_a_scope_tag_is_found_under_its_id_or_its_name(self):
        by_id = FakeReader({"roleScopeTags": [self.TAG]})
        by_name = FakeReader({"roleScopeTags": [{**self.TAG, "id": "3"}]})

        [same] = preview([self.tagged()], by_id, own=[self.tag()])
        [renumbered] = preview([self.tagged()], by_name, own=[self.tag()], same_origin=False)

        assert bodies(same)[0]["roleScopeTagIds"] == ["0", "7"]
        assert bodies(renumbered)[0]["roleScopeTagIds"] == ["0", "3"]

    def test_a_scope_tag_created_by_the_same_plan_is_a_placeholder(self):
        tag = self.tag()

        tag_item, item = preview([self.tagged(), tag], FakeReader(), own=[tag])

        assert [tag_item.decision, item.decision] == [Decision.CREATE, Decision.CREATE]
        assert bodies(item)[0]["roleScopeTagIds"] == [
            "0",
            f"urn:restore-safety:created:{tag.id}",
        ]

    @pytest.mark.parametrize("same_origin", [True, False])
    def test_a_missing_scope_tag_blocks_the_policy(self, same_origin):
        items = preview([self.tagged()], FakeReader(), own=[self.tag()], same_origin=same_origin)

        assert decided(items) == [(Decision.BLOCKED, ReasonCode.SCOPE_TAG_MISSING, [])]

    def test_the_id_of_another_tenant_proves_nothing(self):
        reader = FakeReader({"roleScopeTags": [{**self.TAG, "displayName": "Graz"}]})

        items = preview([self.tagged()], reader, own=[self.tag()], same_origin=False)

        assert decided(items) == [(Decision.BLOCKED, ReasonCode.SCOPE_TAG_MISSING, [])]

    def test_scope_tags_that_could_not_be_read_are_not_taken_for_missing(self):
        reader = FakeReader(errors={"roleScopeTags": refused()})

        items = preview([self.tagged()], reader, own=[self.tag()])

        assert decided(items) == [(Decision.NOT_EVALUABLE, ReasonCode.TARGET_UNREADABLE, [])]

    def test_the_built_in_scope_tag_is_skipped(self):
        default = policy({"id": "0", "displayName": "Default"}, key="roleScopeTags")

        items = preview([default], FakeReader())

        assert decided(items) == [(Decision.SKIP, ReasonCode.ALREADY_EXISTS, [])]

    def test_scope_tags_are_never_copied(self):
        reader = FakeReader({"roleScopeTags": [self.TAG]})

        items = preview([self.tag()], reader, conflict_policy=ConflictPolicy.COPY)

        assert decided(items) == [(Decision.SKIP, ReasonCode.ALREADY_EXISTS, [])]

    def test_a_group_inside_conditional_access_is_mapped_or_blocks(self):
        access = policy(
            {
                "id": "ca",
                "displayName": "MFA",
                "state": "disabled",
                "conditions": {"users": {"includeUsers": ["All"], "excludeGroups": [STAFF]}},
                "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
            },
            key="conditionalAccessPolicies",
        )

        blocked = preview([access], FakeReader())
        [mapped] = preview(
            [access], FakeReader(groups={PILOTS: "Pilots"}), mapping={"group": {STAFF: PILOTS}}
        )

        assert decided(blocked) == [(Decision.BLOCKED, ReasonCode.GROUP_MISSING, [])]
        assert bodies(mapped)[0]["conditions"]["users"]["excludeGroups"] == [PILOTS]


@pytest.mark.parametrize("host", ["graph.microsoft.com", "dod-graph.microsoft.us"])
def test_the_address_of_a_link_is_in_the_cloud_of_the_tenant(host):
    elsewhere = "See https://graph.microsoft.com/beta"
    given = {
        "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleAssignment",
        "id": "a",
        "displayName": "Help desk",
        "description": elsewhere,
        "members": [],
        "roleDefinition": {"id": "r"},
    }
    reader = FakeReader({"roleAssignments": [], "roleDefinitions": [{"id": "r"}]})

    [item] = preview([policy(given, key="roleAssignments")], reader, graph_host=host)

    [body] = bodies(item)
    address = f"https://{host}/beta/deviceManagement/roleDefinitions('r')"
    assert (body["roleDefinition@odata.bind"], body["description"]) == (address, elsewhere)


def test_foundations_come_before_what_refers_to_them():
    tag = policy({"id": "7", "displayName": "Vienna"}, key="roleScopeTags", position=9)

    items = preview([policy(position=1), tag])

    assert [item.policy.contract.key for item in items] == ["roleScopeTags", CATALOG]


class TestClaims:
    """A sentence says what was compared and what a restore does, and no more."""

    @pytest.mark.parametrize(
        ("conflict", "verdict"),
        [
            (ConflictPolicy.UPDATE, "“Firewall” does not exist in Contoso and will be created"),
            (
                ConflictPolicy.COPY,
                (
                    "“Firewall (restored copy)” will be created in Contoso as a copy beside "
                    "whatever exists"
                ),
            ),
        ],
    )
    @pytest.mark.parametrize(
        ("choices", "reason", "because"),
        [
            ({}, UNCAPTURED, "the backup does not hold its assignments"),
            (
                {"assignment_mode": AssignmentMode.LEAVE},
                LEFT_OUT,
                "assignments are not in the scope",
            ),
        ],
    )
    def test_a_new_policy_no_one_is_assigned_to_says_so(
        self, conflict, verdict, choices, reason, because
    ):
        [item] = preview([policy()], live(), conflict_policy=conflict, **choices)

        assert item.reason is reason
        assert item.sentence == (
            f"{verdict} and reach no one: {because}. Assign it in Intune afterwards."
        )

    def test_an_existing_policy_keeps_the_assignments_the_backup_does_not_hold(self):
        left = "The backup does not hold its assignments, so they are left as they are."

        [same] = preview([policy()], live(catalog()))
        [drifted] = preview([policy()], live(catalog(value="off")))

        assert (same.reason, drifted.reason) == (ReasonCode.AS_WANTED, None)
        assert same.sentence == (
            f"Contoso holds “Firewall” with its settings as in the backup. {left}"
        )
        assert drifted.sentence.endswith(left)

    @pytest.mark.parametrize(
        ("assigned", "reason", "sentence"),
        [
            (
                [to_group(PILOTS)],
                ReasonCode.AS_WANTED,
                (
                    "Contoso holds “Firewall” as the backup does. "
                    "Assignments are not in the scope and are left as they are."
                ),
            ),
            (
                [TO_ALL_DEVICES],
                ReasonCode.ASSIGNMENTS_KEPT,
                (
                    "Contoso holds “Firewall” with its settings as in the backup; assignments "
                    "differ and are left as they are because assignments are not in the scope."
                ),
            ),
        ],
    )
    def test_assignments_out_of_scope_are_compared_all_the_same(self, assigned, reason, sentence):
        reader = live(catalog(), assignments={catalog()["id"]: assigned})

        [item] = preview(
            [policy(assignments=[to_group(PILOTS)])], reader, assignment_mode=AssignmentMode.LEAVE
        )

        assert (item.reason, item.sentence) == (reason, sentence)

    def test_the_backup_as_it_is_says_that_it_is(self):
        [item] = preview([policy(assignments=[])], live(catalog()))

        assert item.sentence == "Contoso holds “Firewall” as the backup does."

    def test_what_only_the_tenant_says_is_counted_defaults_aside(self):
        added = compliance(
            osMinimumVersion="10.0",
            deviceThreatProtectionLevel="notConfigured",
            bitLockerEnabled=False,
            storageRequireEncryption=True,
        )
        reader = live(added, key="deviceCompliancePolicies")

        [item] = preview(
            [policy(compliance(), key="deviceCompliancePolicies", assignments=[])], reader
        )

        assert (item.decision, item.reason) == (Decision.UNCHANGED, ReasonCode.AS_WANTED)
        assert item.sentence == (
            "Contoso holds “Password” with its settings as in the backup. "
            "2 settings that the backup does not mention were not compared."
        )

    @pytest.mark.parametrize(
        ("reader", "before"),
        [
            (live(), "“Firewall” does not exist in Contoso and will be created"),
            (
                live(catalog(value="off")),
                (
                    "“Firewall” differs from the backup in 2 places and will be changed to what "
                    "the backup holds"
                ),
            ),
            (
                live(catalog(), assignments={catalog()["id"]: [to_group(PILOTS)]}),
                "Contoso holds “Firewall” as the backup does",
            ),
        ],
    )
    def test_a_mapped_group_is_part_of_every_claim(self, reader, before):
        reader.known_groups = {PILOTS: "Pilots"}
        restored = policy(assignments=[to_group(STAFF)], group_names={STAFF: "Staff"})

        [item] = preview([restored], reader, mapping={"group": {STAFF: PILOTS}})

        assert item.sentence == (
            f"{before}, with its assignments to group Staff ({STAFF}) going to group Pilots "
            f"({PILOTS}) instead."
        )

    def test_a_group_mapped_inside_conditional_access_is_named(self):
        access = policy(
            {
                "id": "ca",
                "displayName": "MFA",
                "state": "disabled",
                "conditions": {"users": {"includeUsers": ["All"], "excludeGroups": [STAFF]}},
            },
            key="conditionalAccessPolicies",
        )

        [item] = preview(
            [access], FakeReader(groups={PILOTS: "Pilots"}), mapping={"group": {STAFF: PILOTS}}
        )

        assert item.sentence == (
            "“MFA” does not exist in Contoso and will be created, with "
            f"group {STAFF} replaced by group Pilots ({PILOTS})."
        )


@pytest.mark.parametrize(
    "odd",
    [
        {"payload": catalog("Odd"), "assignments": ["nobody"]},
        {"payload": catalog("Odd"), "assignments": [{"target": "hunter2"}]},
    ],
)
def test_a_malformed_policy_does_not_take_the_others_down(odd):
    items = preview([policy(**odd), policy(assignments=[], position=2)], live())

    assert decided(items) == [
        (Decision.NOT_EVALUABLE, ReasonCode.UNEXPECTED, []),
        (Decision.CREATE, None, ["create"]),
    ]
    assert items[0].sentence == (
        "“Odd” could not be evaluated: what the backup or the tenant holds of it is not shaped "
        "like a policy of its type."
    )


def test_a_policy_nothing_can_be_matched_with_is_not_taken_for_absent():
    odd = compliance("Odd") | {"@odata.type": ["no", "type"]}

    items = preview([policy(odd, key="deviceCompliancePolicies"), policy(assignments=[])])

    assert {item.policy.name: item.decision for item in items} == {
        "Odd": Decision.BLOCKED,
        "Firewall": Decision.CREATE,
    }


@pytest.mark.parametrize(
    "facts",
    [
        {"payload": catalog(description="see urn:restore-safety:created:7"), "assignments": []},
        {"assignments": [to_group("urn:restore-safety:created:7")]},
    ],
)
def test_a_text_that_reads_like_a_placeholder_is_never_filled_in(facts):
    [item] = preview([policy(**facts)], live())

    assert decided([item]) == [(Decision.BLOCKED, ReasonCode.UNSUPPORTED_TYPE, [])]
    assert "contains the text “urn:restore-safety:created:”" in item.sentence


def test_deciding_thousands_is_heard_of_while_it_goes_on():
    heard = []
    policies = [policy(catalog(f"Policy {number}"), position=number) for number in range(250)]
    snapshot = take_snapshot(
        own={}, reader=live(), policies=policies, choices=choices(), beat=lambda done, note: None
    )

    decide(policies=policies, choices=choices(), snapshot=snapshot, beat=heard.append)

    assert heard == [0, 100, 200]
