"""Factories for workspaces, people, tenants and their connections."""

from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from tenants.models import Membership, ProviderConnection, Tenant, User, Workspace

PASSWORD = "correct-horse-battery"  # noqa: S105 -- the password of people made up for tests


class WorkspaceFactory(DjangoModelFactory):
    class Meta:
        model = Workspace

    name = factory.Sequence(lambda n: f"Workspace {n}")
    slug = factory.Sequence(lambda n: f"workspace-{n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    workspace = factory.SubFactory(WorkspaceFactory)
    user = factory.SubFactory(UserFactory)


class TenantFactory(DjangoModelFactory):
    class Meta:
        model = Tenant

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Tenant {n}")
    slug = factory.Sequence(lambda n: f"tenant-{n}")


class ProviderConnectionFactory(DjangoModelFactory):
    """Through the emulator, with a client secret; `secret` is what was entered."""

    class Meta:
        model = ProviderConnection

    tenant = factory.SubFactory(TenantFactory)
    cloud = "emulator"
    directory_id = factory.LazyFunction(uuid4)
    client_id = factory.LazyFunction(lambda: str(uuid4()))
    secret = "emulated-client-secret"  # noqa: S105 -- opens nothing but the emulator

    @classmethod
    def _create(cls, model_class, *args, secret=None, **kwargs):
        connection = model_class(*args, **kwargs)
        if secret:
            connection.set_secret(secret)
        connection.save()
        return connection
