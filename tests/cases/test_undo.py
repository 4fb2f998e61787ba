"""Every type in one restore, once deleted and once changed before it, and the undo of that."""

import pytest
from django.utils import timezone

from restore_safety.models import RestoreRun
from restore_safety.restores import records
from tenants.graph.contracts import CONTRACTS, Restorability
from tests.cases.journeys import RESTORABLE, held_by, live_of
from tests.cases.makers import id_of
from tests.cases.samples import SAMPLES

pytestmark = pytest.mark.django_db
# One of these is the whole of its type, or cannot be changed once it is there.
CHANGEABLE = [key for key in RESTORABLE if CONTRACTS[key].restorability is Restorability.FULL]


def undone(walk):
    """The undo of the walk's run, checked, previewed, confirmed and carried out."""
    run = RestoreRun.objects.get(pk=walk.run.pk)
    walk.draft = records.undo(actor=walk.operator, run=run, now=timezone.now()).draft
    walk.prove()
    return walk.carry_out()


@pytest.mark.parametrize("is_deleted", [True, False], ids=["created", "updated"])
def test_the_undo_of_a_restore_of_every_type(walk, is_deleted):
    keys = RESTORABLE if is_deleted else CHANGEABLE
    walk.hold(held_by(keys, assigned=True, group=id_of("Pilot")), groups=["Pilot"])
    walk.capture()
    for key in keys:
        sample, path = SAMPLES[key], CONTRACTS[key].path
        if is_deleted:
            walk.control.remove_object(walk.directory, path, sample.payload["id"])
        else:
            walk.control.change_object(walk.directory, path, sample.payload["id"], sample.changed)
    before = live_of(walk)
    walk.restore_unblocked()
    wrote = {name for name, one in walk.results.items() if one[0] in {"created", "updated"}}
    assert len(wrote) > len(keys) / 2

    undone(walk)

    outcome = "deleted" if is_deleted else "updated"
    odd = {name: one.sentence for name, one in walk.items.items() if one.outcome != outcome}
    assert odd == {}
    assert set(walk.items) == wrote
    assert live_of(walk) == before
