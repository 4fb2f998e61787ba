import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from operations.models import OperationRun
from restore_safety.models import DraftChange, RestoreDraft, RestoreRun
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.scope import ConflictPolicy, ScopeMode
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import DraftFactory, FindingFactory, RestoreRunFactory
from tests.restore_safety.wizard.rows import GROUP, OTHER_GROUP, mapped
from tests.sign_ins import signed_in

STEPS = ("backup", "scope", "checks", "preview", "confirm")


def _said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def _selected(draft):
    return {str(pk) for pk in draft.selected_items.values_list("pk", flat=True)}


def _to_group(group):
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}
    return {"target": target}


def _assign(desk):
    desk.draft.backup_set.items.filter(pk=desk.items[0].pk).update(
        assignments=[_to_group(GROUP)], group_names={GROUP: "Field kiosks"}
    )


@pytest.mark.parametrize(
    ("step", "then"), [("backup", "scope"), ("scope", "checks"), ("checks", "preview")]
)
def test_continuing_goes_to_the_next_step(desk, backup_set, step, then):
    values = desk.posted(step) | {"backup-backup_set": str(backup_set.pk)}

    response = desk.browser.post(desk.address(step), values)

    assert (response.status_code, response["Location"]) == (302, desk.address(then))


def test_two_drafts_in_two_tabs_never_mix(desk, backup_set):
    other = DraftFactory(tenant=desk.draft.tenant, owner=desk.draft.owner, backup_set=backup_set)
    browser = desk.browser
    first, second = (str(item.pk) for item in desk.items[:2])

    browser.get(f"/restores/drafts/{other.pk}/scope/")
    browser.post(
        desk.address("scope"),
        desk.posted(
            "scope", **{"scope-mode": "selected", "shown": [first, second], "item": [first]}
        ),
    )
    browser.post(
        f"/restores/drafts/{other.pk}/scope/",
        desk.posted("scope")
        | {
            f"draft-{other.pk}-current_step": "scope",
            "seen": fingerprint_of(other.to_truth()),
            "scope-mode": "selected",
            "scope-conflict_policy": "skip",
            "shown": [first, second],
            "item": [second],
        },
    )

    desk.draft.refresh_from_db()
    other.refresh_from_db()
    assert (desk.draft.conflict_policy, desk.selected) == (ConflictPolicy.UPDATE, {first})
    assert (other.conflict_policy, _selected(other)) == (ConflictPolicy.SKIP, {second})
    kept = {key for key in browser.session.keys() if key.startswith("wizard_")}  # noqa: SIM118
    assert kept == {f"wizard_draft-{desk.draft.pk}", f"wizard_draft-{other.pk}"}


def test_a_form_of_another_draft_changes_nothing(desk, backup_set):
    other = DraftFactory(tenant=desk.draft.tenant, owner=desk.draft.owner, backup_set=backup_set)

    response = desk.browser.post(
        f"/restores/drafts/{other.pk}/scope/",
        desk.posted("scope", **{"scope-conflict_policy": "skip"}),
    )

    other.refresh_from_db()
    assert response["Location"] == f"/restores/drafts/{other.pk}/scope/"
    assert other.conflict_policy == ConflictPolicy.UPDATE
    assert DraftChange.objects.count() == 0


@pytest.mark.parametrize("claimed", ["confirm", "nonsense", ""])
def test_a_form_of_another_step_changes_nothing(desk, claimed):
    response = desk.browser.post(
        desk.address("scope"), desk.posted(claimed, **{"scope-conflict_policy": "skip"})
    )

    assert response["Location"] == desk.address("scope")
    assert DraftChange.objects.count() == 0


def test_a_lost_session_loses_nothing(desk):
    chosen = str(desk.items[1].pk)
    desk.post(
        "scope",
        **{
            "scope-mode": "selected",
            "scope-conflict_policy": "copy",
            "shown": [str(item.pk) for item in desk.items],
            "item": [chosen],
        },
    )

    desk.browser.session.flush()
    signed_in(desk.browser, desk.draft.owner)
    page = desk.page("scope")

    assert set(re.findall(r'value="([^"]+)"[^>]* checked', page)) == {
        "selected",
        chosen,
        "copy",
        "replace",
    }


def test_a_thousand_selected_policies_are_not_in_the_session(desk, backup_set):
    BackupItemFactory.create_batch(997, backup_set=backup_set)
    browser = desk.browser

    browser.post(
        desk.address("scope"),
        desk.posted("scope", **{"scope-mode": "selected", "action": "select-matching"}),
    )

    assert desk.draft.selected_items.count() == 1000
    assert len(str(dict(browser.session))) < 1_000


def test_only_the_shown_pages_ticks_change(desk):
    desk.draft.selected_items.set(desk.items[:2])

    desk.post(
        "scope",
        **{
            "scope-mode": "selected",
            "shown": [str(desk.items[1].pk), str(desk.items[2].pk)],
            "item": [str(desk.items[2].pk)],
        },
    )

    assert desk.selected == {str(desk.items[0].pk), str(desk.items[2].pk)}


def test_foreign_and_malformed_items_are_left_out(desk, other_tenant):
    foreign = str(BackupItemFactory(backup_set__tenant=other_tenant).pk)
    elsewhere = str(BackupItemFactory(backup_set__tenant=desk.draft.tenant).pk)
    sent = [str(desk.items[0].pk), foreign, elsewhere, "nonsense", "' or 1=1"]

    desk.post("scope", **{"scope-mode": "selected", "shown": sent, "item": sent})

    assert desk.selected == {str(desk.items[0].pk)}


def test_another_tenants_backup_set_is_refused_and_says_what_to_do(desk, backup_set, other_tenant):
    foreign = BackupSetFactory(tenant=other_tenant)

    response = desk.post("backup", **{"backup-backup_set": str(foreign.pk)})

    desk.draft.refresh_from_db()
    assert desk.draft.backup_set == backup_set
    assert response.context["form"].errors == {
        "backup_set": ["That backup set does not exist in this tenant any more. Choose another."]
    }


def test_choosing_another_set_says_so_before_and_after(desk):
    other = BackupSetFactory(tenant=desk.draft.tenant, label="Weekly backup")
    desk.draft.selected_items.set(desk.items[:2])
    browser = desk.browser

    before = browser.get(desk.address("backup")).content.decode()
    response = browser.post(
        desk.address("backup"), desk.posted("backup", **{"backup-backup_set": str(other.pk)})
    )

    assert "Choosing another backup set clears your selection of 2 policies." in before
    assert desk.selected == set()
    assert _said(response) == [
        "Your selection of 2 policies belonged to the other backup set and was cleared."
    ]


@pytest.mark.parametrize(
    ("action", "address_after"),
    [
        ("search", "?q=new&type=scopes"),
        ("save", "?q=old&page=2"),
        ("select-matching", "?q=old&page=2"),
        ("clear", "?q=old&page=2"),
        ("page:3", "?q=old&page=3"),
    ],
)
def test_every_other_button_saves_and_stays(desk, action, address_after):
    values = desk.posted("scope", **{"scope-conflict_policy": "skip", "action": action})
    listed = {"listed_q": "old", "listed_page": "2", "q": "new", "type": "scopes"}

    response = desk.browser.post(desk.address("scope"), values | listed)

    desk.draft.refresh_from_db()
    assert response["Location"] == desk.address("scope") + address_after
    assert desk.draft.conflict_policy == ConflictPolicy.SKIP


def test_select_all_takes_what_was_listed_not_what_was_typed_since(desk):
    listed = {"listed_q": "policy 2", "q": "policy"}

    desk.browser.post(
        desk.address("scope"),
        desk.posted("scope", **{"scope-mode": "selected", "action": "select-matching"}) | listed,
    )

    assert desk.selected == {str(desk.items[1].pk)}


def test_enter_in_the_search_field_goes_nowhere(desk):
    page = desk.page("scope")
    form = page[page.index('id="step-form"') :]

    first = re.search(r'<button type="submit"[^>]*value="([^"]+)"', form)

    assert first.group(1) == "search"


def test_a_wrong_group_id_keeps_everything_that_was_entered(desk):
    _assign(desk)

    response = desk.post(
        "scope",
        **{
            **mapped(here="kiosks"),
            "scope-mode": "selected",
            "scope-conflict_policy": "copy",
            "shown": [str(item.pk) for item in desk.items],
            "item": [str(desk.items[2].pk)],
        },
    )

    desk.draft.refresh_from_db()
    page = response.content.decode()
    assert (desk.draft.mode, desk.draft.conflict_policy) == (ScopeMode.ALL, ConflictPolicy.UPDATE)
    assert 'value="kiosks"' in page
    assert "Row 1, here: No group of this tenant was read yet, so a name cannot be found." in page
    assert set(re.findall(r'value="([^"]+)"[^>]* checked', page)) == {
        "selected",
        "copy",
        "replace",
        str(desk.items[2].pk),
    }


def test_a_mapping_is_kept_lowercase_and_taken_back_by_an_empty_field(desk):
    _assign(desk)
    browser = desk.browser

    entered = mapped(here=f" {OTHER_GROUP.upper()} ")
    browser.post(desk.address("scope"), desk.posted("scope", **entered))
    desk.draft.refresh_from_db()
    saved = desk.draft.mapping
    browser.post(desk.address("scope"), desk.posted("scope"))
    desk.draft.refresh_from_db()
    untouched = desk.draft.mapping
    browser.post(desk.address("scope"), desk.posted("scope", **mapped(here="")))
    desk.draft.refresh_from_db()

    assert (saved, untouched, desk.draft.mapping) == (
        {"group": {GROUP: OTHER_GROUP}},
        {"group": {GROUP: OTHER_GROUP}},
        {},
    )


def test_signing_in_again_says_that_the_scope_was_not_saved(client, desk):
    sent = desk.posted("scope", **{"scope-conflict_policy": "skip"})
    action = re.search(r'action="([^"]+)" id="step-form"', desk.page("scope")).group(1)

    lost = client.post(desk.address("scope") + action, sent)
    signed_in(client, desk.draft.owner)
    response = client.get(parse_qs(urlsplit(lost["Location"]).query)["next"][0])

    desk.draft.refresh_from_db()
    assert response["Location"] == desk.address("scope")
    assert _said(response)[-1].startswith("What you sent from the scope step was not saved")
    assert desk.draft.conflict_policy == ConflictPolicy.UPDATE


def test_the_scope_is_left_only_by_saving_it_or_by_choice(desk):
    desk.draft.selected_items.set(desk.items[:1])

    page = desk.page("scope")

    rail = page[page.index('id="rail"') :]
    assert "<strong>Run the checks</strong>" in rail
    assert "Continuing from here saves the scope first." in rail
    assert f'href="{desk.address("checks")}"' not in rail
    assert 'data-selected="1" data-total="3">1 of 3 selected, saved.<' in page


def test_what_was_ticked_and_not_saved_is_said_so(desk):
    _assign(desk)
    listed = [str(item.pk) for item in desk.items]

    response = desk.post("scope", **mapped(here="kiosks"), shown=listed, item=listed[:2])

    assert "2 of 3 selected, not saved yet." in response.content.decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, "a\x00b") for name in ("q", "listed_q", "type", "listed_type", "listed_page")],
        ("action", "search\x00"),
        ("action", "page:2\x00"),
        ("item", "\x00"),
    ],
)
def test_what_no_text_in_the_database_holds_breaks_nothing(desk, name, value):
    browser = desk.browser

    saved = browser.post(desk.address("scope"), desk.posted("scope") | {name: value})
    wrong = browser.post(desk.address("scope"), desk.posted("scope", **{"scope-mode": value}))

    assert (saved.status_code, wrong.status_code) == (302, 200)
    assert browser.get(saved["Location"]).status_code == 200


def test_a_group_id_no_text_holds_is_refused(desk):
    _assign(desk)
    fresh = desk.page("scope")

    response = desk.post("scope", **mapped(here=f"{OTHER_GROUP}\x00"))

    assert "Nothing was saved" not in fresh
    assert "Nothing was saved" in response.content.decode()
    assert [sentence for _, sentence in response.context["mapping"].errors] == [
        "Row 1, here: Null characters are not allowed."
    ]


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({}, "The checks did not find it in this tenant."),
        ({GROUP: OTHER_GROUP}, "The checks did not find it in this tenant."),
    ],
)
def test_missing_groups_are_marked_while_the_checks_are_current(desk, captured, mapping, sentence):
    _assign(desk)
    BackupItemFactory(backup_set=desk.draft.backup_set, group_names={OTHER_GROUP: "Pilot ring"})
    desk.draft.mapping = {"group": mapping}
    desk.draft.save()
    missing = mapping.get(GROUP, GROUP)
    FindingFactory(
        evidence=captured(EvidenceKind.CHECKS, warnings=1),
        code="group_missing",
        missing=[{"kind": "group", "id": missing}],
    )
    browser = desk.browser
    kept = mapped(here=mapping.get(GROUP, ""))

    marked = browser.get(desk.address("scope"))
    checks = browser.get(desk.address("checks")).content.decode()
    desk.agree(desk.post("scope", **{"scope-conflict_policy": "skip"} | kept))
    unmarked = browser.get(desk.address("scope"))

    (row,) = marked.context["mapping"].open
    assert (row.is_missing, row.sentence) == (True, sentence)
    assert "Objects of this scope do not exist in this tenant" in marked.content.decode()
    assert f'href="{desk.address("scope")}#mapping">Map the missing groups</a>' in checks
    (row,) = unmarked.context["mapping"].open
    assert (row.is_missing, row.sentence) == (False, "")


def test_a_mapping_is_shown_with_the_names_that_are_known(desk):
    _assign(desk)
    desk.draft.mapping = {"group": {GROUP: OTHER_GROUP}}
    desk.draft.save()

    page = desk.page("scope")

    assert f"<li>Group Field kiosks → {OTHER_GROUP}</li>" in page
    assert f'value="{OTHER_GROUP}"' in page


def test_confirm_posted_to_the_wizard_queues_nothing(desk, proven):
    response = desk.browser.post(
        desk.address("confirm"),
        {
            f"draft-{desk.draft.pk}-current_step": "confirm",
            "typed_name": "Contoso",
            "action": "restore",
        },
    )

    assert response["Location"] == desk.address("confirm")
    assert (RestoreRun.objects.count(), OperationRun.objects.count()) == (0, 0)


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_step_does_not_exist(desk, method):
    response = getattr(desk.browser, method)(desk.address("done"), desk.posted("done"))

    assert response.status_code == 404


@pytest.mark.parametrize("step", ["scope", "checks", "preview", "confirm"])
def test_without_a_backup_set_every_step_leads_to_the_first(desk, step):
    desk.draft.backup_set = None
    desk.draft.save()
    browser = desk.browser

    answers = [browser.get(desk.address(step)), browser.post(desk.address(step), desk.posted(step))]

    assert [answer["Location"] for answer in answers] == [desk.address("backup")] * 2
    assert _said(answers[0]) == ["Choose a backup set first."] * 1


@pytest.mark.parametrize("step", ["checks", "preview", "confirm"])
def test_an_empty_scope_leads_back_to_the_scope(desk, step):
    desk.draft.mode = ScopeMode.SELECTED
    desk.draft.save()

    response = desk.get(step)

    assert response["Location"] == desk.address("scope")
    assert _said(response) == ["Nothing is in scope. Select at least one policy first."]


@pytest.mark.parametrize("step", STEPS)
def test_a_submitted_draft_goes_to_its_run(desk, backup_set, step):
    run = RestoreRunFactory(tenant=desk.draft.tenant, draft=desk.draft, backup_set=backup_set)
    RestoreDraft.objects.filter(pk=desk.draft.pk).update(submitted_at=run.created_at)
    browser = desk.browser

    answers = [browser.get(desk.address(step)), browser.post(desk.address(step), desk.posted(step))]

    assert {answer["Location"] for answer in answers} == {f"/restores/{run.pk}/"}
    assert DraftChange.objects.count() == 0


def test_a_change_says_what_moved_and_what_no_longer_speaks(desk, proven):
    browser = desk.browser

    away = desk.agree(desk.post("scope", **{"scope-conflict_policy": "skip"}))
    page = browser.get(desk.address("checks"))
    back = browser.post(desk.address("scope"), desk.posted("scope"))
    current = browser.get(desk.address("checks"))

    assert _said(away)[-1] == (
        "Existing policies: Update existing → Skip existing. "
        "The checks and preview no longer speak for this scope."
    )
    assert [
        (change.field.label, change.before, change.after)
        for change in page.context["section"].changes
    ] == [("Existing policies", "Update existing", "Skip existing")]
    assert not page.context["section"].is_current
    assert _said(back)[-1] == (
        "Existing policies: Skip existing → Update existing. "
        "The earlier checks and preview speak for this scope again."
    )
    assert current.context["section"].is_current
    assert [entry.cause.value for entry in current.context["page"].ledger] == [
        "scope_restored",
        "conflict_policy_changed",
    ]


def test_a_change_before_any_evidence_is_no_news(desk):
    response = desk.post("scope", **{"scope-conflict_policy": "skip"})

    assert _said(response) == []


def _primaries(page):
    main = page[page.index('<main class="app-main"') :]
    return [
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)).strip()
        for text in re.findall(
            r'<(?:a|button)[^>]*class="[^"]*btn-primary[^"]*"[^>]*>(.*?)</(?:a|button)>',
            main,
            re.DOTALL,
        )
    ]


def test_each_step_has_one_primary_action(desk):
    browser = desk.browser

    found = {step: _primaries(browser.get(desk.address(step)).content.decode()) for step in STEPS}

    assert found == {
        "backup": ["Continue to scope"],
        "scope": ["Continue to checks"],
        "checks": ["Run the checks"],
        "preview": ["Run the checks"],
        "confirm": ["Run the checks"],
    }


def test_current_evidence_makes_going_on_the_primary_action(desk, proven):
    browser = desk.browser

    found = {
        step: _primaries(browser.get(desk.address(step)).content.decode()) for step in STEPS[2:]
    }

    assert found == {
        "checks": ["Continue to preview"],
        "preview": ["Continue to confirm"],
        "confirm": ["Queue restore"],
    }


@pytest.mark.parametrize("with_preview", [True, False])
def test_with_blockers_the_preview_sends_back_to_the_checks(desk, captured, with_preview):
    FindingFactory(evidence=captured(EvidenceKind.CHECKS, blockers=1), severity="blocker")
    if with_preview:
        captured(EvidenceKind.PREVIEW)

    response = desk.get("preview")

    assert _primaries(response.content.decode()) == ["Resolve the blockers"]
    assert response.context["page"].next.label == "Resolve the blockers"


def test_after_current_checks_the_preview_is_run_first(desk, captured):
    captured(EvidenceKind.CHECKS)

    assert _primaries(desk.page("preview")) == ["Run the preview"]


def test_checks_under_way_are_waited_for(desk, under_way):
    assert _primaries(desk.page("preview")) == []


def test_with_blockers_going_on_is_not_the_primary_action(desk, captured):
    FindingFactory(evidence=captured(EvidenceKind.CHECKS, blockers=1), severity="blocker")

    page = desk.page("checks")

    assert _primaries(page) == ["Change the scope"]
    assert "Blockers keep a real restore from being queued." in page


def test_nothing_raised_is_no_all_clear(desk, captured):
    captured(EvidenceKind.CHECKS)

    page = desk.page("checks")

    assert "These checks found no blocker. They prove no more than what is listed here." in page
    assert "tone-positive" not in page
    assert "bi-check" not in page


def test_a_failed_capture_says_why_and_offers_another(desk, captured):
    captured(EvidenceKind.CHECKS, state=CaptureState.FAILED, failure="Contoso did not answer.")

    page = desk.page("checks")

    assert "Contoso did not answer." in page
    assert "What the checks found" not in page
    assert _primaries(page) == ["Run the checks again"]


def test_a_record_of_an_older_form_is_stale_and_still_shown(desk, captured):
    captured(EvidenceKind.CHECKS, schema_version=0, scope={"written": "long ago"})

    response = desk.get("checks")

    assert "The record was written in an older form." in response.content.decode()
    assert _primaries(response.content.decode()) == ["Run the checks again"]


def test_evidence_of_another_scope_makes_no_claim_about_this_one(desk, proven):
    browser = desk.browser
    desk.agree(desk.post("scope", **{"scope-conflict_policy": "skip"}))

    preview = browser.get(desk.address("preview")).content.decode()
    confirm = browser.get(desk.address("confirm"))

    assert "Exactly this is written" not in preview
    history = preview[preview.index(">For the earlier scope<") :]
    assert re.findall(r"<summary>([^<]+)</summary>", history)[0] == "What would have happened then"
    assert preview.index("rs-stats") > preview.index(">For the earlier scope<")
    assert "Assigned now" not in preview
    assert "What the checks found then" in browser.get(desk.address("checks")).content.decode()
    assert (confirm.context["section"].plan_hash, confirm.context["section"].summary) == ("", ())
    assert confirm.context["section"].refusals[:2] == (
        "The checks are not current.",
        "The preview is not current.",
    )
    assert 'value="restore"' not in confirm.content.decode()


def test_progress_is_polled_and_without_javascript_a_link(desk, under_way):
    page = desk.page("checks")

    assert f'hx-get="{desk.address("checks")}" hx-trigger="every 2s"' in page
    assert f'href="{desk.address("checks")}">Look again</a>' in page
    assert "Reading policies" in page
    assert _primaries(page) == []


def test_polling_gets_the_parts_it_swaps_and_no_messages(desk, under_way):
    browser = desk.browser
    browser.get(f"/restores/drafts/{desk.draft.pk}/nowhere/")

    live = browser.get(desk.address("checks"), headers={"HX-Request": "true"})
    under_way.state = CaptureState.COMPLETE
    under_way.completed_at = under_way.started_at
    under_way.save()
    ended = browser.get(desk.address("checks"), headers={"HX-Request": "true"})

    parts = [
        re.findall(r'id="(evidence|steps|rail|capture-status)"', one.content.decode())
        for one in (live, ended)
    ]
    assert parts == [["evidence", "steps", "rail", "capture-status"]] * 2
    assert "<html" not in live.content.decode()
    assert "hx-get" in live.content.decode()
    assert "hx-get" not in ended.content.decode()
    assert "What the checks found" in ended.content.decode()
    assert _primaries('<main class="app-main"' + ended.content.decode()) == ["Continue to preview"]


def test_polling_a_submitted_draft_moves_the_whole_page(desk, backup_set):
    run = RestoreRunFactory(tenant=desk.draft.tenant, draft=desk.draft, backup_set=backup_set)
    RestoreDraft.objects.filter(pk=desk.draft.pk).update(submitted_at=run.created_at)

    response = desk.get("checks", headers={"HX-Request": "true"})

    assert response["HX-Redirect"] == f"/restores/{run.pk}/"


@pytest.mark.parametrize("step", STEPS)
def test_a_step_asks_as_many_questions_for_thirty_policies_as_for_one(
    desk, captured, backup_set, step
):
    backup_set.items.exclude(pk=desk.items[0].pk).delete()
    backup_set.items.update(assignments=[_to_group(GROUP)])
    _fill(desk.draft, captured)
    desk.get(step)
    few = _questions(desk, step)

    BackupItemFactory.create_batch(29, backup_set=backup_set, assignments=[_to_group(GROUP)])
    BackupSetFactory.create_batch(5, tenant=desk.draft.tenant)
    _fill(desk.draft, captured)
    desk.get(step)  # what a set refers to is read once for the set
    many = _questions(desk, step)

    assert many == few


def _fill(draft, captured):
    checks = captured(EvidenceKind.CHECKS, warnings=1)
    for position in range(draft.resolved_items().count()):
        FindingFactory(evidence=checks, position=position + 1)
    captured(EvidenceKind.PREVIEW)


def _questions(desk, step):
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(step).context["page"].step == step
    return len(queries)


def test_findings_stand_by_severity_and_what_could_not_be_looked_at_is_one(desk, captured):
    checks = captured(EvidenceKind.CHECKS, warnings=1, unknowns=1)
    FindingFactory(evidence=checks, position=1, severity="warning")
    FindingFactory(
        evidence=checks, position=2, severity="unknown", title="Scripts could not be listed"
    )

    response = desk.get("checks")

    page = response.content.decode()
    assert [group.title for group in response.context["groups"]] == [
        "What could not be looked at",
        "What to weigh before confirming",
    ]
    assert "No blocker was found among what could be looked at, and not all of it could." in page
    assert page.index("Scripts could not be listed") < page.index("It reaches every machine")
    assert page.count("What to do") >= 2


def test_checks_that_raised_nothing_say_how_little_that_is(desk, captured):
    captured(EvidenceKind.CHECKS)

    assert "That does not say the restore is safe." in desk.page("checks")
