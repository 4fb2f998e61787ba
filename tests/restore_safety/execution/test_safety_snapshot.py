"""The safety snapshot of a restore stays within its bound, whatever was typed and overridden."""

from datetime import timedelta

import pytest
import rfc8785
from django.utils import timezone

from restore_safety.execution import approval_requests
from restore_safety.execution.gate import Refusal, RestoreRefusedError
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.truth.snapshot import (
    OVERRIDE_REASON_ROOM,
    REASON_ROOM,
    SNAPSHOT_LIMIT,
    ExecutionSnapshot,
    room_of,
)
from tenants.change_windows.service import MOST_WINDOWS
from tenants.models.change_window import REASON_LENGTH
from tests.factories import ChangeWindowFactory
from tests.restore_safety.execution.scene import CATALOG, catalog
from tests.restore_safety.execution.undoing import prepared

# Of one byte to six, as JSON holds them.
LETTERS = ["x", "é", "語", "\U0001f6e1", '"', "\x01"]
LONGEST_NAME = 200
LONGEST_USERNAME = 150
# More windows than any installation makes.
FIRST_WINDOW = 100_000_000


def longest(letter, room, most):
    return letter * min(most, room // room_of(letter))


@pytest.fixture(params=LETTERS, ids=ascii)
def letter(request):
    return request.param


@pytest.fixture
def draft(scene, tenant, owner, manager, letter):
    """A tenant and people with the longest names there can be, under all the freezes there can."""
    tenant.name, tenant.needs_approval = letter * LONGEST_NAME, True
    tenant.save()
    for person, ending in ((owner, "o"), (manager, "m")):
        # A name may not hold what a form would not let in; four bytes is the widest of the others.
        wide = letter if letter.isprintable() else "\U0001f6e1"
        person.username = wide * (LONGEST_USERNAME - 1) + ending
        person.save()
    scene.operator = owner
    draft = scene.capture(scene.draft((CATALOG, catalog())))
    for number in range(MOST_WINDOWS):
        ChangeWindowFactory(
            pk=FIRST_WINDOW + number,
            tenant=tenant,
            reason=letter * REASON_LENGTH,
            starts_at=timezone.now() - timedelta(hours=1),
            ends_at=timezone.now() + timedelta(days=30),
        )
    return draft


def texts(letter):
    return {
        "reason": longest(letter, REASON_ROOM, 300),
        "freeze_override": longest(letter, OVERRIDE_REASON_ROOM, 200),
        "starts_at": timezone.now() + timedelta(days=3),
    }


def read(run):
    stored = run.metadata[SNAPSHOT_KEY]
    assert len(rfc8785.dumps(stored)) <= SNAPSHOT_LIMIT
    return ExecutionSnapshot.from_json(stored)


def test_every_override_with_its_longest_reason_fits(scene, draft, tenant, letter):
    said = texts(letter)
    glass = longest(letter, OVERRIDE_REASON_ROOM, 200)

    snapshot = read(scene.queue(draft, **said, break_glass=glass, break_glass_name=tenant.name))

    assert (snapshot.reason, snapshot.break_glass) == (said["reason"], glass)
    assert snapshot.freeze_override.reason == said["freeze_override"]
    assert len(snapshot.freeze_override.windows) == MOST_WINDOWS
    assert snapshot.actor_name == scene.operator.username


def test_an_approval_and_an_override_with_their_longest_texts_fit(scene, draft, manager, letter):
    said, now = texts(letter), timezone.now()
    request = approval_requests.ask(
        actor=scene.operator,
        draft=draft,
        confirmation=scene.confirmation(draft, **said),
        authenticated_at=now,
        now=now,
    )
    approval_requests.decide(
        actor=manager,
        request=request,
        approve=True,
        reason=letter * 300,
        authenticated_at=now,
        now=now,
    )

    snapshot = read(scene.queue(draft, **said))

    assert snapshot.approval.request_id == str(request.pk)
    assert snapshot.freeze_override.reason == said["freeze_override"]


@pytest.mark.parametrize(
    ("field", "refusal"),
    [
        ("reason", Refusal.REASON_MISSING),
        ("freeze_override", Refusal.OVERRIDE_INCOMPLETE),
        ("break_glass", Refusal.OVERRIDE_INCOMPLETE),
    ],
)
def test_a_text_that_takes_more_room_is_refused_by_name(scene, owner, tenant, field, refusal):
    scene.operator = owner
    tenant.needs_approval = True
    tenant.save()
    ChangeWindowFactory(tenant=tenant, starts_at=timezone.now() - timedelta(hours=1))
    draft = scene.capture(scene.draft((CATALOG, catalog())))
    said = {
        "freeze_override": "The plant stands still",
        "break_glass": "Urgent",
        "break_glass_name": tenant.name,
    }

    with pytest.raises(RestoreRefusedError, match="Shorten the reason") as caught:
        scene.queue(draft, **said | {field: "\U0001f6e1" * 150})

    assert caught.value.refusal is refusal


def test_an_undo_names_the_restore_that_it_undoes(scene):
    draft = scene.capture(scene.draft((CATALOG, catalog())))
    run = scene.work(scene.queue(draft))

    undo = scene.queue(prepared(scene, run))

    assert read(run).undoes == ""
    assert read(undo).undoes == str(run.pk)
