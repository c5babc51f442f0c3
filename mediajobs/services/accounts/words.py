"""What is said of users and groups, in words for whoever reads the record later."""

import json
from collections.abc import Collection
from typing import Any

#: So many members of a group are named; the others are counted.
MOST_NAMED = 50


def named(who: Any) -> str:
    """Name a user or a group by name and key: a name may be somebody else's one day."""
    return f"{who._meta.verbose_name} {who.pk} {quoted(str(who))}"


def quoted(text: str) -> str:
    """Write what somebody typed so that it cannot pass for words of ours."""
    return json.dumps(text, ensure_ascii=False) if text else ""


def some_of(names: Collection[str]) -> str:
    """Count what has these names, quoted already, and name the first."""
    more = len(names) - MOST_NAMED
    others = f" and {more:,} more" if more > 0 else ""
    return f"{len(names):,}: {', '.join(sorted(names)[:MOST_NAMED])}{others}"


def described(facts: dict[str, Any]) -> str:
    """Write down facts, without those that are empty: 'name: "ada", staff: no'."""
    return ", ".join(f"{name}: {written(value)}" for name, value in facts.items() if value)


def change_words(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Write old and new: 'staff: no → yes; groups: – → "viewer"'; of rights, what came and went."""
    parts = []
    for name, old in before.items():
        new = after[name]
        if old == new:
            continue
        if name.endswith("rights"):
            parts += [f"{name} given: {written(new - old)}"] if new - old else []
            parts += [f"{name} taken: {written(old - new)}"] if old - new else []
        else:
            parts.append(f"{name}: {written(old)} → {written(new)}")
    return "; ".join(parts)


def written(value: str | frozenset[str]) -> str:
    if isinstance(value, str):
        return value or "–"
    return ", ".join(sorted(value)) or "–"
