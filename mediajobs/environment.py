"""Reading settings from named texts; what cannot be read is noted, never raised.

`settings` passes the process's environment in, `checks` reports what was noted.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from environ import Env

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}
DATABASES = {"sqlite", "postgres", "postgresql"}
#: django-environ's names; its smtps:// means STARTTLS, which others call so: left out.
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465, "consolemail": None}
#: How alike a foreign name must be to a known one to be called a misspelling of it.
LIKENESS = 0.85


class Environment:
    """Give the values of names; an empty value counts as none."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.names: set[str] = set()
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        self.names.add(name)
        return self._values.get(name, "").strip() or default

    def words(self, name: str, default: list[str]) -> list[str]:
        """Read words with commas between them."""
        words = [word.strip() for word in self.text(name).split(",")]
        return [word for word in words if word] or default

    def flag(self, name: str) -> bool:
        """Read true or false; without a value, false."""
        word = self.text(name, "false").lower()
        if word not in YES | NO:
            self.problems.append(f"{name} is {word[:80]!r}. Write true or false.")
        return word in YES

    def number(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        try:
            return int(text)
        except ValueError:
            self.problems.append(f"{name} is {text[:80]!r}. Write a whole number, or nothing.")
            return default

    def folder(self, name: str, default: Path) -> Path:
        """Read the path of a folder and make the folder."""
        folder = Path(self.text(name) or default).absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as refused:
            words = f"{name}: the folder {folder} cannot be made ({refused.strerror})."
            self.problems.append(f"{words} Choose another, or mend its rights.")
        return folder

    def secret_bytes(self, name: str, count: int) -> bytes:
        """Read so many bytes in base64, from the setting or else from the file that `name`_FILE
        names; b"" without any. They are a secret: no echo.
        """
        text, file = self.text(name), self.text(f"{name}_FILE")
        if text and file:
            self.problems.append(f"{name} and {name}_FILE are both set. Take one out.")
        elif file:
            try:
                text = Path(file).read_text(encoding="ascii").strip() or "nothing"
            except (OSError, ValueError) as refused:
                why = getattr(refused, "strerror", None) or "it is no text"
                self.problems.append(f"{name}_FILE cannot be read ({why}). Mend it.")
        return self._decoded(name, text, count)

    def public_bytes(self, name: str, count: int) -> list[bytes]:
        """Read words in base64 with commas between them, each so many bytes."""
        decoded = (self._decoded(name, word, count) for word in self.words(name, []))
        return [each for each in decoded if each]

    def _decoded(self, name: str, text: str, count: int) -> bytes:
        try:
            found = b64decode(text.strip(), validate=True)
        except ValueError:
            found = b"?"
        if found and len(found) != count:
            words = f"is not {count} bytes in base64, as “python manage.py audit_key” prints them"
            self.problems.append(f"{name} {words}.")
            return b""
        return found

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Read a database's URL; {} when it cannot be used. It may hold a password: no echo."""
        url = self.text(name, default)
        wrong = what_is_wrong_with(url)
        try:
            config = {} if wrong else Env.db_url_config(url)
        except ValueError:
            wrong = "cannot be read; in a password write # as %23, @ as %40, / as %2F"
        if wrong:
            examples = "sqlite:////folder/file.sqlite3 or postgres://user:password@host:5432/name"
            self.problems.append(f"{name} {wrong}. Write {examples}.")
        return {} if wrong else config

    def mail(self, name: str) -> dict[str, Any]:
        """Read the URL of a mail server as Django's settings; {} without one that can be used.

        It may hold a password: no echo.
        """
        url = self.text(name)
        if not url:
            return {}
        scheme = url.partition("://")[0]
        try:
            config = Env.email_url_config(url) if scheme in MAIL_PORTS else {}
        except ValueError:
            config = {}
        if not config.get("EMAIL_HOST") and scheme != "consolemail":
            examples = "smtp+tls://user:password@host:587 or smtp+ssl://user:password@host:465"
            words = "cannot be read; in a password write # as %23, @ as %40, / as %2F"
            self.problems.append(f"{name} {words}. Write {examples}.")
            return {}
        return config | {"EMAIL_PORT": config["EMAIL_PORT"] or MAIL_PORTS[scheme]}

    def misspelt(self, prefixes: Iterable[str], *, but: str) -> dict[str, str]:
        """Find names that nobody reads but that look like ours; each with the nearest known.

        Names that match the pattern `but` are left out.
        """
        found = {}
        for name in sorted(self._values.keys() - self.names):
            if re.fullmatch(but, name):
                continue
            alike = get_close_matches(name, sorted(self.names), n=1, cutoff=LIKENESS)
            if not alike and name.startswith(tuple(prefixes)):
                alike = get_close_matches(name, sorted(self.names), n=1, cutoff=0)
            if alike:
                found[name] = alike[0]
        return found


def what_is_wrong_with(url: str) -> str:
    """Say what is wrong with the form of a database's URL, or ""."""
    scheme, _, rest = url.partition("://")
    if scheme not in DATABASES:
        return "begins with neither sqlite:// nor postgres://"
    if scheme == "sqlite" and not rest.startswith(("/", ":memory:")):
        return "has too few slashes"
    if scheme != "sqlite" and not rest.partition("/")[2]:
        return "names no database"
    return ""
