import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from operations.models import OperationRun
from restore_safety.models import BackupSet, RestoreDraft
from tenants.models.capabilities import Capability
from tests.restore_safety.backups.policies import GROUP, assignment, catalog, written
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
    PolicyPayloadFactory,
)

# Whoever adds a query to one of these pages says so here.
SET_LIST_QUERIES = 8
SET_DETAIL_QUERIES = 14


def shown(response):
    return " ".join(response.content.decode().split())


def detail(backup_set):
    return reverse("backups:set-detail", args=[backup_set.pk])


def upload_of(files, name="export.zip"):
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member, raw in files.items():
            archive.writestr(member, raw)
    return SimpleUploadedFile(name, content.getvalue(), content_type="application/zip")


@pytest.fixture
def backup_set(tenant):
    return BackupSetFactory(tenant=tenant, label="Nightly")


def test_the_list_shows_the_sets_of_tenants_one_may_see(sign_in, auditor, backup_set, other_tenant):
    elsewhere = BackupSetFactory(tenant=other_tenant, label="Secret elsewhere")

    response = sign_in(auditor).get(reverse("backups:set-list"))

    assert list(response.context["table"].data) == [backup_set]
    assert elsewhere.label not in shown(response)
    assert response.context["table"].data.data.totally_ordered


@pytest.mark.parametrize("sets", [1, 3])
def test_the_list_asks_the_same_questions_for_one_set_and_for_three(
    sign_in, auditor, tenant, sets, django_assert_num_queries
):
    BackupSetFactory.create_batch(sets, tenant=tenant)
    browser = sign_in(auditor)

    with django_assert_num_queries(SET_LIST_QUERIES):
        browser.get(reverse("backups:set-list"))


def test_the_list_is_narrowed_by_text_tenant_and_source(sign_in, auditor, tenant, backup_set):
    other = BackupSetFactory(tenant=tenant, label="Weekly", source="captured")
    BackupItemFactory(backup_set=other, name="Firewall")
    browser = sign_in(auditor)

    def found(**query):
        return list(browser.get(reverse("backups:set-list"), query).context["table"].data)

    assert found(q="night") == [backup_set]
    assert found(q="firewall") == [other]
    assert found(source="captured") == [other]
    assert found(tenant=tenant.slug, source="imported") == [backup_set]


def test_who_may_not_capture_or_import_sees_why(sign_in, auditor, operator, backup_set):
    disabled = shown(sign_in(auditor).get(reverse("backups:set-list")))
    enabled = shown(sign_in(operator).get(reverse("backups:set-list")))

    assert "Your role on none of the tenants includes “Capture backups”." in disabled
    assert "Your role on none of the tenants includes “Import backups”." in disabled
    assert "Your role on" not in enabled


def test_the_list_of_one_tenant_says_what_the_role_on_it_lacks(
    sign_in, auditor, tenant, other_tenant
):
    browser = sign_in(auditor)

    of_tenant = browser.get(reverse("backups:set-list"), {"tenant": tenant.slug})
    unknown = browser.get(reverse("backups:set-list"), {"tenant": "nope"})
    elsewhere = browser.get(reverse("backups:set-list"), {"tenant": other_tenant.slug})

    assert Capability.CAPTURE_BACKUP.denial in shown(of_tenant)
    assert (unknown.status_code, elsewhere.status_code) == (404, 404)


@pytest.mark.parametrize(
    ("name", "act"),
    [("backups:capture", "Capture backups"), ("backups:upload", "Import backups")],
)
def test_who_may_not_take_in_backups_gets_the_reason_and_no_form(
    sign_in, auditor, tenant, name, act
):
    browser = sign_in(auditor)

    anywhere = browser.get(reverse(name))
    here = browser.get(reverse(name), {"tenant": tenant.slug})

    assert (anywhere.status_code, here.status_code) == (403, 403)
    assert f"Your role on none of the tenants includes “{act}”." in shown(anywhere)
    assert f"Your role on this tenant does not include “{act}”." in shown(here)
    assert "form" not in anywhere.context
    assert browser.get(reverse(name), {"tenant": "nope"}).status_code == 404


@pytest.mark.parametrize("name", ["backups:capture", "backups:upload"])
def test_the_tenant_the_address_names_is_chosen(sign_in, operator, tenant, name):
    chosen = sign_in(operator).get(reverse(name), {"tenant": tenant.slug})

    assert f'<option value="{tenant.slug}" selected>' in shown(chosen)


def test_a_set_shows_its_facts_counts_and_what_was_left_out(sign_in, operator, tenant):
    backup_set = BackupSetFactory(
        tenant=tenant,
        item_count=2,
        unreadable=[
            {"name": "broken.json", "reason": "not valid JSON", "matters": True},
            {"name": "README.md", "reason": "not JSON", "matters": False},
            {"name": "b", "reason": "duplicate: …", "matters": False, "duplicate_of": "a"},
            {"name": "d", "reason": "duplicate: …", "matters": False, "duplicate_of": "c"},
        ],
    )
    BackupItemFactory(backup_set=backup_set, name="Firewall")
    BackupItemFactory(
        backup_set=backup_set,
        name="Password",
        contract_key="deviceCompliancePolicies",
        assignments=None,
        completeness={"assignments_captured": False},
    )

    response = sign_in(operator).get(detail(backup_set))

    page = response.context["page"]
    same = " (the same policy as “%s”, which was imported)"
    assert [(each.label, each.count) for each in page.types] == [
        ("Compliance policies", 1),
        ("Settings catalog policies", 1),
    ]
    assert [(label, [each.label for each in types]) for label, types in page.subjects] == [
        ("Configuration", ["Settings catalog policies"]),
        ("Compliance", ["Compliance policies"]),
    ]
    assert [(each.title, each.subjects) for each in page.not_imported] == [
        ("Not valid JSON", ({"name": "broken.json"},)),
        (
            "Duplicates of policies that were imported",
            ({"name": f"b{same % 'a'}"}, {"name": f"d{same % 'c'}"}),
        ),
        ("Not JSON", ({"name": "README.md"},)),
    ]
    assert "Unknown: the files do not say which tenant they came from" in shown(response)
    assert "Start a restore from this backup" in shown(response)
    assert "Assignments unknown" in shown(response)


def test_a_set_gives_the_reason_a_policy_of_it_is_not_whole_that_the_policy_gives(
    sign_in, operator, backup_set
):
    item = BackupItemFactory(backup_set=backup_set, completeness={"decoded_cleanly": False})
    reason = "Its file is not in a Unicode encoding: letters beyond plain ASCII may be wrong."
    browser = sign_in(operator)

    assert reason in shown(browser.get(detail(backup_set)))
    assert reason in shown(browser.get(reverse("backups:item-detail", args=[item.pk])))


@pytest.mark.parametrize("items", [1, 3])
def test_a_set_asks_the_same_questions_for_one_policy_and_for_three(
    sign_in, auditor, backup_set, items, django_assert_num_queries
):
    BackupItemFactory.create_batch(items, backup_set=backup_set)
    browser = sign_in(auditor)

    with django_assert_num_queries(SET_DETAIL_QUERIES):
        browser.get(detail(backup_set))


def test_the_policies_of_a_set_are_searched_typed_and_paged(sign_in, auditor, backup_set):
    firewall = BackupItemFactory(backup_set=backup_set, name="Firewall")
    password = BackupItemFactory(
        backup_set=backup_set, name="Password", contract_key="deviceCompliancePolicies"
    )
    browser = sign_in(auditor)

    def found(**query):
        return list(browser.get(detail(backup_set), query).context["table"].data)

    assert found() == [firewall, password]
    assert found(q="fire") == [firewall]
    assert found(q=password.object_id) == [password]
    assert found(type="deviceCompliancePolicies") == [password]


def test_a_policy_shows_its_content_without_its_secrets(sign_in, auditor, backup_set):
    body = '{"displayName":"Wi-Fi <b>","preSharedKey":"correct horse"}'
    item = BackupItemFactory(
        backup_set=backup_set,
        name="Wi-Fi",
        payload=PolicyPayloadFactory(tenant=backup_set.tenant, body=body),
        assignments=[assignment()],
        group_names={GROUP: "Pilot"},
    )

    text = shown(sign_in(auditor).get(reverse("backups:item-detail", args=[item.pk])))

    assert "correct horse" not in text
    assert "•••• (secret, not shown)" in text
    assert "Wi-Fi &lt;b&gt;" in text
    assert f"Pilot ({GROUP})" in text


def test_a_policy_whose_assignments_were_not_captured_says_so(sign_in, auditor, backup_set):
    item = BackupItemFactory(
        backup_set=backup_set, assignments=None, completeness={"assignments_captured": False}
    )

    text = shown(sign_in(auditor).get(reverse("backups:item-detail", args=[item.pk])))

    assert "Not captured. What the policy was assigned to is unknown" in text


def test_an_outsider_finds_nothing(sign_in, outsider, tenant, backup_set):
    item = BackupItemFactory(backup_set=backup_set)
    browser = sign_in(outsider)
    zipped = upload_of({"1.json": written(catalog())})

    answers = [
        browser.get(detail(backup_set)),
        browser.get(reverse("backups:item-detail", args=[item.pk])),
        browser.get(reverse("backups:set-delete", args=[backup_set.pk])),
        browser.post(reverse("backups:capture"), {"tenant": tenant.slug}),
        browser.post(reverse("backups:upload"), {"tenant": tenant.slug, "file": zipped}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert not OperationRun.objects.exists()


def test_a_capture_is_queued_and_the_toast_leads_to_its_page(sign_in, operator, tenant):
    response = sign_in(operator).post(
        reverse("backups:capture"), {"tenant": tenant.slug, "label": "Before"}, follow=True
    )

    run = OperationRun.objects.get()
    assert (run.kind, run.title, run.initiator) == ("backup_capture", "Before", operator)
    assert response.redirect_chain == [(run.get_absolute_url(), 302)]
    assert f'The capture is queued. <a href="{run.get_absolute_url()}">' in shown(response)


def test_four_clicks_on_capture_start_one(sign_in, operator, tenant):
    browser = sign_in(operator)

    answers = [
        browser.post(reverse("backups:capture"), {"tenant": tenant.slug}, follow=True)
        for _ in range(4)
    ]

    run = OperationRun.objects.get()
    assert {answer.redirect_chain[-1][0] for answer in answers} == {run.get_absolute_url()}
    assert "no second capture was started" not in shown(answers[0])
    assert all("no second capture was started" in shown(answer) for answer in answers[1:])


def test_set_captured_during_a_restore_says_so_wherever_it_is_shown(sign_in, operator, tenant):
    mixed = BackupSetFactory(tenant=tenant, restores_meanwhile=["0123456789"])
    browser = sign_in(operator)

    pages = [browser.get(detail(mixed)), browser.get(reverse("backups:set-list"))]

    assert all("Taken while restore 01234567 was running" in shown(page) for page in pages)


def test_set_deleted_by_somebody_else_meanwhile_is_a_sentence(sign_in, manager, backup_set):
    seen = []

    def interrupt(execute, sql, params, many, context):
        """Between finding the set and holding it, somebody else is quicker."""
        if seen == ["found"] and sql.startswith("SAVEPOINT"):
            seen.append("deleted")
            BackupSet.objects.filter(pk=backup_set.pk).delete()
        if not seen and '"restore_safety_backupset"."id" = ' in sql:
            seen.append("found")
        return execute(sql, params, many, context)

    browser = sign_in(manager)
    with connection.execute_wrapper(interrupt):
        response = browser.post(reverse("backups:set-delete", args=[backup_set.pk]), follow=True)

    assert "was deleted already." in shown(response)


def test_a_capture_needs_a_tenant_and_the_right(sign_in, operator, auditor, tenant):
    unsaid = sign_in(operator).post(reverse("backups:capture"), {"tenant": ""})
    denied = sign_in(auditor).post(reverse("backups:capture"), {"tenant": tenant.slug})

    assert unsaid.context["form"].errors == {"tenant": ["This field is required."]}
    assert denied.status_code == 403
    assert not OperationRun.objects.exists()


def test_an_upload_is_queued(sign_in, operator, tenant):
    zipped = upload_of({"1.json": written(catalog())}, "Nightly.zip")

    response = sign_in(operator).post(
        reverse("backups:upload"), {"tenant": tenant.slug, "file": zipped}
    )

    run = OperationRun.objects.get()
    assert (run.kind, run.title) == ("backup_import", "Import of Nightly.zip")
    assert response.headers["Location"] == run.get_absolute_url()


def test_an_upload_may_be_given_a_label(sign_in, operator, tenant):
    zipped = upload_of({"1.json": written(catalog())}, "Nightly.zip")

    sign_in(operator).post(
        reverse("backups:upload"), {"tenant": tenant.slug, "file": zipped, "label": "Weekly"}
    )

    assert OperationRun.objects.get().title == "Weekly"


def test_a_set_says_how_much_was_found_when_some_of_it_is_missing(sign_in, auditor, tenant):
    missed = BackupSetFactory(
        tenant=tenant, item_count=70, unreadable=[{"name": "x.json", "reason": "not valid JSON"}]
    )
    whole = BackupSetFactory(tenant=tenant, item_count=70)
    browser = sign_in(auditor)

    assert "71, of which 1 not read" in shown(browser.get(detail(missed)))
    assert "Found in the files" not in shown(browser.get(detail(whole)))


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (upload_of({"../x.json": b"{}"}), "a name that leads out of it"),
        (SimpleUploadedFile("x.zip", b"no zip"), "The file is not a zip that can be opened."),
        (SimpleUploadedFile("x.json", b"{}"), "Choose a zip file"),
    ],
)
def test_a_refused_upload_says_why_and_keeps_the_choices(sign_in, operator, tenant, file, error):
    file.seek(0)
    response = sign_in(operator).post(
        reverse("backups:upload"), {"tenant": tenant.slug, "file": file}
    )

    form = response.context["form"]
    assert error in form.errors["file"][0]
    assert form["tenant"].value() == tenant.slug
    assert not OperationRun.objects.exists()


def test_a_set_is_deleted_after_it_was_confirmed(sign_in, manager, backup_set):
    browser = sign_in(manager)
    address = reverse("backups:set-delete", args=[backup_set.pk])

    asked = browser.get(address)
    assert BackupSet.objects.get() == backup_set
    done = browser.post(address, follow=True)

    assert "Delete this backup" in shown(asked)
    assert "The backup “Nightly” is deleted." in shown(done)
    assert not BackupSet.objects.exists()


def test_a_set_in_use_is_not_deleted_and_the_page_says_why(sign_in, manager, backup_set):
    now = timezone.now()
    RestoreDraft.objects.create(
        tenant=backup_set.tenant,
        owner=manager,
        backup_set=backup_set,
        created_at=now,
        updated_at=now,
    )

    response = sign_in(manager).post(
        reverse("backups:set-delete", args=[backup_set.pk]), follow=True
    )

    assert "The backup was not deleted. A restore is being prepared from it." in shown(response)
    assert BackupSet.objects.get() == backup_set


def test_deleting_without_the_right_is_refused(sign_in, operator, backup_set):
    browser = sign_in(operator)

    assert Capability.MANAGE_RESTORES.denial in shown(browser.get(detail(backup_set)))
    assert browser.post(reverse("backups:set-delete", args=[backup_set.pk])).status_code == 403
    assert BackupSet.objects.get() == backup_set


def test_a_group_that_is_known_by_its_name_only_is_called_so(sign_in, operator, backup_set):
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "name:Pilot"}
    item = BackupItemFactory(
        backup_set=backup_set,
        assignments=[{"target": target}],
        group_names={"name:Pilot": "Pilot"},
    )

    response = sign_in(operator).get(reverse("backups:item-detail", args=[item.pk]))

    assert response.context["page"].audiences == ("Group “Pilot”, known by its name only",)
