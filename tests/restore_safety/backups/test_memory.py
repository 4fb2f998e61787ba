"""A large backup is read and kept without standing in memory: growth is held against its size."""

import os
import tracemalloc

import pytest
from django.utils import timezone

from restore_safety.backups import spool, storing
from restore_safety.backups.export import read_export
from restore_safety.backups.importing import import_path
from tests.restore_safety.backups.policies import catalog, fill, written

FEW, MANY = 40, 160
# Names, digests and places on disk; the content of a policy of these tests is four times as large.
MOST_PER_POLICY = 5_000
SIZE = 20_000


def export(folder, count):
    # Texts that hardly compress, so that nothing but the disk can hold them cheaply.
    for number in range(count):
        policy = catalog(number, description=os.urandom(SIZE // 2).hex(), assignments=[])
        fill(folder, {f"SettingsCatalog/{number}.json": written(policy)})
    return folder


def peak(work):
    """The most memory in use while the work is done, in bytes."""
    tracemalloc.start()
    try:
        kept = work()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del kept
    return most


@pytest.fixture(autouse=True)
def on_disk_at_once(monkeypatch):
    """So that a small backup is treated as a large one is."""
    monkeypatch.setattr(spool, "_IN_MEMORY", 1)
    monkeypatch.setattr(storing, "_BYTES_AT_ONCE", 5 * SIZE)


def test_reading_grows_by_what_names_a_policy_and_not_by_what_is_in_it(tmp_path):
    few, many = export(tmp_path / "few", FEW), export(tmp_path / "many", MANY)

    def read(path):
        return read_export(path, watch=lambda done, total: None)

    read(few)

    growth = peak(lambda: read(many)) - peak(lambda: read(few))
    assert growth / (MANY - FEW) < MOST_PER_POLICY


@pytest.mark.django_db
def test_storing_grows_by_what_names_a_policy_and_not_by_what_is_in_it(tmp_path, tenant):
    few, many = export(tmp_path / "few", FEW), export(tmp_path / "many", MANY)

    def imported(path):
        return import_path(path=path, tenant=tenant, created_by=None, now=timezone.now())

    imported(few)

    growth = peak(lambda: imported(many)) - peak(lambda: imported(few))

    assert growth / (MANY - FEW) < MOST_PER_POLICY
