"""The made-up policies that the demo's tenants hold: some of every type."""

from restore_safety.demo.directory import Directory
from restore_safety.demo.policies.access import access
from restore_safety.demo.policies.administration import administration
from restore_safety.demo.policies.apps import apps
from restore_safety.demo.policies.building import Json
from restore_safety.demo.policies.catalog import catalog
from restore_safety.demo.policies.cloud_pc import cloud_pc
from restore_safety.demo.policies.compliance import compliance
from restore_safety.demo.policies.configuration import configuration
from restore_safety.demo.policies.enrollment import enrollment
from restore_safety.demo.policies.scripts import scripts
from restore_safety.demo.policies.updates import updates

_SUBJECTS = (
    administration,
    access,
    configuration,
    catalog,
    compliance,
    scripts,
    updates,
    enrollment,
    apps,
    cloud_pc,
)

_NAMES = ("name", "profileName", "displayName", "tokenName")


def objects_of(directory: Directory) -> dict[str, list[Json]]:
    """The policies of a directory by the path of their collection, each with its id."""
    return {
        path: [{"id": directory.id_of(path, name_of(body))} | body for body in bodies]
        for subject in _SUBJECTS
        for path, bodies in subject(directory).items()
    }


def name_of(body: Json) -> str:
    """What an object is called; branding shows the company's name beside its own."""
    return next(str(body[one]) for one in _NAMES if body.get(one))
