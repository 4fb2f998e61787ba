"""Contoso as it is after `make demo`, whatever was restored into it before."""

from restore_safety.demo.directory import CONTOSO, MEMBERS
from restore_safety.demo.documents import group_of
from restore_safety.demo.drift import drift
from restore_safety.demo.policies import objects_of

BUILT_IN_TAG = "0"


def drift_again(control):
    control.clear_faults()
    held = control.dump_tenant(CONTOSO.id)
    for path, bodies in objects_of(CONTOSO).items():
        for body in held["objects"].get(path, []):
            if body["id"] != BUILT_IN_TAG:
                control.remove_object(CONTOSO.id, path, body["id"])
        for body in bodies:
            control.add_object(CONTOSO.id, path, body)
    there = {group["id"] for group in held["groups"]}
    for name in MEMBERS:
        if CONTOSO.group(name) not in there:
            control.add_object(CONTOSO.id, "groups", group_of(CONTOSO, name))
    drift(control)
