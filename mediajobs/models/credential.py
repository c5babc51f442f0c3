"""One app of the company at Dolby.io: its jobs are seen with its credentials alone."""

import re
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

ENVIRONMENT = re.compile(r"DOLBYIO_[A-Z0-9_]*[A-Z0-9]")
#: What the shell and the API call the app of the settings, which has no row.
OF_SETTINGS = "settings"
FILE = re.compile(r"(/[^/\x00]+)+")


def validate_name(value: str) -> None:
    """Raise ValidationError for the name that the app of the settings has."""
    if value.strip().casefold() == OF_SETTINGS:
        raise ValidationError(
            "“settings” names the app of the settings, in the shell and in the API. "
            "Choose another name."
        )


def validate_place(value: str) -> None:
    """Raise ValidationError unless `value` names a place for secrets, and is no secret itself."""
    if not (ENVIRONMENT.fullmatch(value) or FILE.fullmatch(value)):
        raise ValidationError(
            "Write where the secret lives, not the secret: the beginning of names in the "
            "environment, such as DOLBYIO_SPORTS, or the path of a file, such as /run/secrets/x."
        )


class Credential(models.Model):
    """The name of another app and where its secret lives; the secret is never stored.

    The app of the settings has no row: jobs without a credential are its jobs.
    """

    name = models.CharField(
        max_length=64,
        unique=True,
        validators=[validate_name],
        help_text="As people call the app.",
    )
    place = models.CharField(
        max_length=200,
        unique=True,
        validators=[validate_place],
        help_text=(
            "DOLBYIO_SPORTS for DOLBYIO_SPORTS_APP_KEY and DOLBYIO_SPORTS_APP_SECRET (or "
            "DOLBYIO_SPORTS_API_TOKEN) in the environment or in .env; or the path of a file with "
            "lines such as APP_KEY=… and APP_SECRET=…"
        ),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "app"

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def is_in_settings() -> bool:
        """Whether the settings have credentials of their own."""
        return bool(settings.DOLBYIO_API_TOKEN or settings.DOLBYIO_APP_KEY)

    @classmethod
    def apps(cls) -> list[Self | None]:
        """List the apps whose jobs the panel keeps; None is the app of the settings.

        Settings without credentials name no app, as soon as there are others.
        """
        others = list(cls.objects.all())
        return others if others and not cls.is_in_settings() else [None, *others]
