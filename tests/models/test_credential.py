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


@pytest.mark.parametrize("name", ["settings", "Settings", " SETTINGS "])
def test_the_name_of_the_app_of_the_settings_is_taken(name):
    with pytest.raises(ValidationError, match="“settings” names the app of the settings"):
        Credential(name=name, place="DOLBYIO_SPORTS").clean_fields()


def test_the_app_of_the_settings_comes_first(db):
    assert Credential.apps() == [None]
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    assert Credential.apps() == [None, sports]


def test_settings_without_credentials_are_an_app_only_where_there_is_no_other(db, panel_settings):
    panel_settings.DOLBYIO_API_TOKEN = ""
    assert Credential.apps() == [None]
    sports = Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    assert Credential.apps() == [sports]
    panel_settings.DOLBYIO_APP_KEY = "key"
    assert Credential.apps() == [None, sports]
