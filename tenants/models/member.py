"""People, and the workspaces they belong to."""

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.db import models
from django.utils import timezone

from tenants.models.token_scopes import TokenLimits
from tenants.models.workspace import Workspace


class User(AbstractUser):
    # Letters of other alphabets look like these: names of people have to stay distinguishable.
    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[ASCIIUsernameValidator()],
        help_text="Letters without accents, digits and @ . + - _",
        error_messages={"unique": "Somebody signs in by that name already."},
    )
    time_zone = models.CharField(max_length=64, default="UTC")

    # No column: in a request that a token made, how far this person reaches. A row read anew,
    # as a worker does, has none.
    limits: TokenLimits | None = None

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Membership(models.Model):
    """Belonging to a workspace: needed before any permission on its tenants counts."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    # Unknown for members from before this was kept.
    joined_at = models.DateTimeField(null=True, editable=False, default=timezone.now)

    class Meta:
        ordering = ["workspace", "user"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"
