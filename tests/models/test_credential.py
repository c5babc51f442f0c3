"""The places that a credential may name, and those it may not."""

import pytest
from django.core.exceptions import ValidationError

from mediajobs.models import Credential


@pytest.mark.parametrize("place", ["DOLBYIO_SPORTS", "DOLBYIO_APP_2", "/run/secrets/sports"])
def test_a_place_is_the_beginning_of_names_or_the_path_of_a_file(place):
    Credential(name="Sports", place=place).clean_fields()


@pytest.mark.parametrize(
    "place",
    [
        "",
        "SECRET_KEY",
        "DOLBYIO_",
        "DOLBYIO_SPORTS_",
        "dolbyio_sports",
        "secrets/sports",
        "/",
        "/run/secrets/\x00",
        "eyJhbGciOiJIUzI1NiJ9.e30.secret",
    ],
)
def test_anything_else_is_refused_before_it_is_stored(place):
    with pytest.raises(ValidationError):
        Credential(name="Sports", place=place).clean_fields()
