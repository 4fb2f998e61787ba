"""Factories for workspaces, people, tenants and their connections."""

from datetime import timedelta
from uuid import uuid4

import factory
from django.contrib.auth.models import Group
from django.utils import timezone
from factory.django import DjangoModelFactory

from tenants.membership.invitations import LIFETIME, digest_of
from tenants.models import (
    ChangeWindow,
    Invitation,
    Membership,
    ProviderConnection,
    Tenant,
    User,
    Workspace,
    WorkspaceGroup,
)
from tenants.models.recurrence import WindowEffect

PASSWORD = "correct-horse-battery"


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


class GroupFactory(DjangoModelFactory):
    class Meta:
        model = Group

    name = factory.Sequence(lambda n: f"Unique name {n}")


class WorkspaceGroupFactory(DjangoModelFactory):
    class Meta:
        model = WorkspaceGroup

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence(lambda n: f"Group {n}")
    group = factory.SubFactory(GroupFactory)


class InvitationFactory(DjangoModelFactory):
    """Open, for the auditor's role on a tenant; `token` is what its link ends in."""

    class Meta:
        model = Invitation

    class Params:
        token = factory.Sequence(lambda n: f"token-{n}")

    tenant = factory.SubFactory(TenantFactory)
    workspace = factory.SelfAttribute("tenant.workspace")
    invitee = factory.Sequence(lambda n: f"friend-{n}@example.com")
    role = "auditor"
    token_hash = factory.LazyAttribute(lambda made: digest_of(made.token))
    invited_by = factory.SubFactory(UserFactory)
    created_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda made: made.created_at + LIFETIME)


class ChangeWindowFactory(DjangoModelFactory):
    """A freeze of a day that is still to come."""

    class Meta:
        model = ChangeWindow

    tenant = factory.SubFactory(TenantFactory)
    effect = WindowEffect.FREEZE
    time_zone = "UTC"
    reason = "Stock taking"
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))
    ends_at = factory.LazyAttribute(lambda made: made.starts_at + timedelta(days=1))
    created_at = factory.LazyFunction(timezone.now)


class ProviderConnectionFactory(DjangoModelFactory):
    """Through the emulator, with a client secret; `secret` is what was entered."""

    class Meta:
        model = ProviderConnection

    tenant = factory.SubFactory(TenantFactory)
    cloud = "emulator"
    directory_id = factory.LazyFunction(uuid4)
    client_id = factory.LazyFunction(lambda: str(uuid4()))
    secret = "emulated-client-secret"

    @classmethod
    def _create(cls, model_class, *args, secret=None, **kwargs):
        connection = model_class(*args, **kwargs)
        if secret:
            connection.set_secret(secret)
        connection.save()
        return connection
