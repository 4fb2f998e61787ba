"""What is broken, too much or not there: an error in the one shape, never a page, never a 500."""

import json

import pytest
from django.test import Client

from restore_safety.models import RestoreDraft

DEEP = "[" * 100_000


@pytest.mark.usefixtures("world", "other_world")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("GET /api/v1/nowhere", (404, "not_found")),
        ("GET /api/v1/", (404, "not_found")),
        ("GET /api/", (404, "not_found")),
        ("GET /api/v1/restores/not-an-id", (404, "not_found")),
        ("GET /api/v1/tenants?search=a%00b", (400, "malformed")),
        ("DELETE /api/v1/me", (405, "method_not_allowed")),
        ("GET /api/v1/tenants?limit=201", (422, "invalid")),
        ("GET /api/v1/tenants?limit=0", (422, "invalid")),
        ("GET /api/v1/tenants?offset=-1", (422, "invalid")),
        ("GET /api/v1/tenants?offset=" + "9" * 400, (422, "invalid")),
        ("GET /api/v1/backups?tenant=fabrikam", (422, "invalid")),
        ("GET /api/v1/backups?tenant=nowhere", (422, "invalid")),
        ("GET /api/v1/audit-events?since=0001-01-01T00:00:00%2B14:00", (422, "invalid")),
        ("GET /api/v1/audit-events?until=1e300", (422, "invalid")),
        ("GET /api/v1/audit-events?actor=nobody", (422, "invalid")),
    ],
)
def test_error_has_the_one_shape(operator, script_of, asked, expected):
    script = script_of(operator)
    method, _, path = asked.partition(" ")

    answer = script.client.generic(method, path, headers={"Authorization": f"Bearer {script.text}"})

    assert (answer.status_code, answer.json()["code"]) == expected
    assert set(answer.json()) == {"code", "sentence", "errors"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"
    assert len(answer.headers["X-Request-ID"]) == 32


def test_method_that_is_not_taken_says_which_are(world, operator, script_of):
    assert script_of(operator).ask("PUT", "/drafts").headers["Allow"] in {"GET, POST", "POST, GET"}


@pytest.mark.parametrize(
    "body",
    [
        "{",
        DEEP,
        "\xff",
        '{"tenant": "contoso"',
        json.dumps({"tenant": "contoso\0"}),
        '{"tenant": "contoso", "backup_set": "\\ud800"}',
        json.dumps({"tenant": "contoso", "extra": 1}),
        '{"tenant": 1' + "0" * 4000 + "}",
        json.dumps({"tenant": ["contoso"]}),
        json.dumps(["contoso"]),
        "null",
        "",
        "NaN",
        '{"tenant": "contoso", "tenant": null}',
    ],
)
def test_body_that_is_no_draft_opens_none(world, operator, script_of, body):
    before = RestoreDraft.objects.count()

    answer = script_of(operator).post(
        "/drafts", data=body.encode("latin-1"), content_type="application/json"
    )

    assert answer.status_code in {400, 422}
    assert set(answer.json()) == {"code", "sentence", "errors"}
    assert RestoreDraft.objects.count() == before


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 5000])
def test_text_no_row_can_hold_is_refused(world, operator, script_of, text):
    script = script_of(operator)

    answers = [
        script.post(f"/tenants/{world.tenant.slug}/captures", {"label": text}),
        script.post(f"/restores/{world.run.pk}/acknowledgement", {"note": text}),
        script.post(
            f"/drafts/{world.draft.pk}/queue", {"mode": "restore", "offer": "x", "reason": text}
        ),
        script.post(f"/drafts/{world.draft.pk}/queue", {"mode": "dry_run", "offer": text}),
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(422, "invalid")}
    assert not [one for one in answers if text[:50] in one.text]


def test_part_that_is_wrong_is_named_by_its_place_in_the_request(world, operator, script_of):
    script = script_of(operator)
    answers = [
        script.post("/drafts", {"tenant": 5, "label": "x"}),
        script.post("/drafts", []),
        script.upload("/tenants/contoso/imports", label="x" * 300),
        script.get("/drafts?limit=many"),
    ]

    places = [[one["place"] for one in answer.json()["errors"]] for answer in answers]

    assert places == [
        ["body.tenant", "body.label"],
        ["body"],
        ["body.file", "body.label"],
        ["query.limit"],
    ]


def test_blank_note_is_none(world, operator, script_of):
    answer = script_of(operator).post(f"/restores/{world.run.pk}/acknowledgement", {"note": "  "})

    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [{"place": "body.note", "sentence": "This field is required."}],
    )


def test_body_beyond_all_measure_is_not_taken(world, operator, script_of, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = script_of(operator).post("/drafts", {"tenant": "x" * 2000})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_error_of_ours_says_nothing_of_itself(world, operator, script_of, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("restore_safety.api.tenants.page_of", broken)
    script = script_of(operator)
    script.client = Client(raise_request_exception=False)

    answer = script.get("/tenants")

    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert "secret" not in answer.text
