"""Who imports whom: one way only, imports inside functions included."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mediajobs"

ROOMS = {
    "models": set(),
    "remote": set(),
    "simulator": set(),
    "guard": set(),
    "services": {"models", "remote", "guard"},
    "health": {"models", "services", "guard"},
    "forms": {"models"},
    "tasks": {"services", "remote", "models"},
    "admin": {"models", "services", "forms", "health"},
    "api": {"models", "services", "forms"},
    "views": {"models", "services", "forms", "health"},
    "webhooks": {"services", "models"},
    "counts": {"services"},
    "management": {"models", "remote", "services", "tasks", "health", "forms", "guard"},
}
#: Commands that play the vendor.
SIMULATOR_COMMANDS = {"demo.py", "simulate_api.py"}
#: Rooms without rules of their own that any room may use.
COMMON = {"settings", "celery", "templatetags", "log_lines"}


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_names(tree, path):
    """Every module and name that a file imports, relative imports resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - (node.level - 1)] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def sources():
    return [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts]


def imports():
    for path in sources():
        for name in imported_names(ast.parse(path.read_text()), path):
            yield path, name


def allowed(path):
    room = room_of(path)
    extra = {"simulator"} if path.name in SIMULATOR_COMMANDS else set()
    return ROOMS[room] | COMMON | {room} | extra


def test_arrows_point_one_way_only():
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, name in imports()
        if room_of(path) in ROOMS
        and name.startswith("mediajobs.")
        and name.split(".")[1] not in allowed(path)
    ]
    assert wrong == []


def test_only_remote_speaks_http():
    speakers = {room_of(path) for path, name in imports() if name.split(".")[0] == "requests"}
    assert speakers == {"remote"}


def test_the_check_of_an_export_runs_without_the_panel():
    names = {name.split(".")[0] for path, name in imports() if path.name == "verify_export.py"}
    assert names - set(sys.stdlib_module_names) == {"cryptography"}


def test_only_settings_read_the_environment():
    readers = {
        room_of(path)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "Env")
    }
    # The doors of the web server and of Celery name the settings; the demo makes its own.
    assert readers <= {"settings", "wsgi", "celery", "management"}


def test_no_import_hides_in_a_function():
    hidden = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_in_its_first_lines_what_lives_there(path):
    doc = ast.get_docstring(ast.parse(path.read_text()))
    assert doc
    assert path.name == "errors.py" or len(doc.splitlines()) <= 20


def test_every_room_that_exists_has_its_rules():
    rooms = {room_of(path) for path in sources()}
    free = {"__init__", "settings", "urls", "wsgi", "apps", "celery", "checks", "middleware"}
    free |= {"clock", "environment", "folder_queue"}
    assert rooms - free - COMMON <= set(ROOMS)
