"""Reading the environment: an empty value is none, and what cannot be read is noted."""

from pathlib import Path

import pytest

from mediajobs.environment import Environment


def test_an_empty_or_blank_value_counts_as_none():
    env = Environment({"A": "", "B": "  "})
    assert env.text("A", "x") == env.text("B", "x") == env.text("C", "x") == "x"
    assert env.number("A", 3) == 3
    assert env.flag("B") is False
    assert env.words("A", ["y"]) == ["y"]
    assert env.problems == []


def test_a_value_with_a_dollar_sign_stays_as_it_is():
    assert Environment({"SECRET_KEY": "$ecret"}).text("SECRET_KEY") == "$ecret"


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("true", True), ("Yes", True), ("1", True), ("false", False), ("OFF", False), ("0", False)],
)
def test_true_and_false_have_several_words(word, meaning):
    env = Environment({"DEBUG": word})
    assert env.flag("DEBUG") is meaning
    assert env.problems == []


def test_another_word_than_true_or_false_is_noted_and_means_false():
    env = Environment({"DEBUG": "perhaps"})
    assert env.flag("DEBUG") is False
    assert env.problems == ["DEBUG is 'perhaps'. Write true or false."]


@pytest.mark.parametrize("text", ["abc", "1.5", "1e3"])
def test_what_is_no_whole_number_is_noted(text):
    env = Environment({"N": text})
    assert env.number("N", 7) == 7
    assert env.problems == [f"N is {text!r}. Write a whole number, or nothing."]


def test_words_are_cut_at_commas():
    assert Environment({"HOSTS": " a.example, ,b.example "}).words("HOSTS", []) == [
        "a.example",
        "b.example",
    ]


def test_a_folder_is_made(tmp_path):
    env = Environment({"VAR_DIR": str(tmp_path / "a" / "b")})
    assert env.folder("VAR_DIR", Path("unused")).is_dir()


def test_a_folder_that_cannot_be_made_is_noted(tmp_path):
    (tmp_path / "file").touch()
    env = Environment({"VAR_DIR": str(tmp_path / "file" / "folder")})
    env.folder("VAR_DIR", Path("unused"))
    (problem,) = env.problems
    assert problem.endswith("cannot be made (Not a directory). Choose another, or mend its rights.")


@pytest.mark.parametrize(
    ("url", "engine", "name"),
    [
        ("sqlite:////folder/file.sqlite3", "sqlite3", "/folder/file.sqlite3"),
        ("sqlite:///file.sqlite3", "sqlite3", "file.sqlite3"),
        ("postgres://me:secret@host:5432/panel", "postgresql", "panel"),
        ("postgresql://host/panel?sslmode=require", "postgresql", "panel"),
    ],
)
def test_a_database_is_read_from_its_url(url, engine, name):
    env = Environment({"DATABASE_URL": url})
    config = env.database("DATABASE_URL", "")
    assert (config["ENGINE"], config["NAME"]) == (f"django.db.backends.{engine}", name)
    assert env.problems == []


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("nonsense", "begins with neither sqlite:// nor postgres://"),
        ("mysql://host/panel", "begins with neither sqlite:// nor postgres://"),
        ("sqlite://file.sqlite3", "has too few slashes"),
        ("postgres://me:secret@host", "names no database"),
        ("postgres://me:secret@host:port/panel", "cannot be read"),
    ],
)
def test_a_database_url_that_will_not_do_is_noted_without_its_password(url, problem):
    env = Environment({"DATABASE_URL": url})
    assert env.database("DATABASE_URL", "") == {}
    assert env.problems[0].startswith(f"DATABASE_URL {problem}")
    assert "secret" not in env.problems[0]


def test_names_that_look_like_ours_are_told_with_the_nearest_known():
    values = {"DOLBYIO_TOKEN": "x", "DATABASE_ULR": "x", "DATABASE_URL": "x", "HOME": "x"}
    env = Environment(values | {"DOLBYIO_SPORTS_APP_KEY": "x"})
    for name in ("DOLBYIO_API_TOKEN", "DOLBYIO_APP_KEY", "DATABASE_URL"):
        env.text(name)
    assert env.misspelt(["DOLBYIO_"], but=r"DOLBYIO_[A-Z]+_APP_KEY") == {
        "DOLBYIO_TOKEN": "DOLBYIO_API_TOKEN",
        "DATABASE_ULR": "DATABASE_URL",
    }


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtp://mail.example", "mail.example", 25, {}),
        ("smtp+tls://me:p%40ss@mail.example", "mail.example", 587, {"EMAIL_USE_TLS": True}),
        ("smtp+ssl://mail.example", "mail.example", 465, {"EMAIL_USE_SSL": True}),
        ("smtp+tls://mail.example:2525", "mail.example", 2525, {"EMAIL_USE_TLS": True}),
    ],
)
def test_a_mail_server_is_read_from_its_url(url, host, port, security):
    env = Environment({"EMAIL_URL": url})
    config = env.mail("EMAIL_URL")
    assert (config["EMAIL_HOST"], config["EMAIL_PORT"]) == (host, port)
    assert config.items() >= security.items()
    assert config["EMAIL_HOST_PASSWORD"] == ("p@ss" if "ss@" in url else None)
    assert env.problems == []


def test_mail_can_go_to_the_terminal():
    env = Environment({"EMAIL_URL": "consolemail://"})
    assert env.mail("EMAIL_URL")["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert env.problems == []


def test_without_a_mail_server_there_is_nothing_to_set():
    env = Environment({"EMAIL_URL": " "})
    assert env.mail("EMAIL_URL") == {}
    assert env.problems == []


@pytest.mark.parametrize(
    "url",
    [
        *("mail.example", "smtps://me:secret@mail.example", "imap://me:secret@mail.example"),
        *("smtp://", "smtp://me:secret@", "smtp://me:secret@host:port", "smtp://[::secret"),
    ],
)
def test_a_mail_server_that_will_not_do_is_noted_without_its_password(url):
    env = Environment({"EMAIL_URL": url})
    assert env.mail("EMAIL_URL") == {}
    (problem,) = env.problems
    assert problem.startswith("EMAIL_URL cannot be read")
    assert "smtp+tls://user:password@host:587" in problem
    assert "secret" not in problem


KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_a_secret_is_read_from_the_setting_or_from_a_file(tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert Environment({"KEY": KEY}).secret_bytes("KEY", 32) == bytes(range(32))
    env = Environment({"KEY_FILE": str(tmp_path / "key")})
    assert env.secret_bytes("KEY", 32) == bytes(range(32))
    assert Environment({}).secret_bytes("KEY", 32) == b""
    assert env.problems == []


@pytest.mark.parametrize("text", ["secret!", KEY[:-4], KEY * 2, "AAEC", "ÄÖÜ", "="])
def test_a_secret_that_cannot_be_read_is_noted_without_showing_it(text):
    env = Environment({"KEY": text})
    assert env.secret_bytes("KEY", 32) == b""
    (problem,) = env.problems
    assert problem.startswith("KEY is not 32 bytes in base64")
    assert text not in problem.replace("=", "") or text == "="


def test_a_secret_in_two_places_is_noted():
    env = Environment({"KEY": KEY, "KEY_FILE": "/key"})
    env.secret_bytes("KEY", 32)
    assert env.problems == ["KEY and KEY_FILE are both set. Take one out."]


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), (b"\xff\xfe", "no text")])
def test_a_file_that_cannot_be_read_is_noted(tmp_path, content, why):
    if content:
        (tmp_path / "key").write_bytes(content)
    env = Environment({"KEY_FILE": str(tmp_path / "key")})
    assert env.secret_bytes("KEY", 32) == b""
    (problem,) = env.problems
    assert problem.startswith("KEY_FILE cannot be read")
    assert why in problem


def test_an_empty_file_is_noted(tmp_path):
    (tmp_path / "key").touch()
    env = Environment({"KEY_FILE": str(tmp_path / "key")})
    assert env.secret_bytes("KEY", 32) == b""
    assert env.problems


def test_several_public_keys_have_commas_between_them():
    env = Environment({"KEYS": f"{KEY}, {KEY}"})
    assert env.public_bytes("KEYS", 32) == [bytes(range(32))] * 2
    wrong = Environment({"KEYS": f"{KEY},AAEC"})
    assert wrong.public_bytes("KEYS", 32) == [bytes(range(32))]
    assert wrong.problems
