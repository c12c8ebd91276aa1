"""The page about customers tells the settings, defaults and flags that the server has."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic.alias_generators import to_camel

from reconciler.server.domain.customer import PROFILES, CustomerContent, Flags

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "customers.md"


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without code marks."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| (`\w+`.*) \|$", section, re.MULTILINE)
    return [[cell.strip().strip("`") for cell in line.split("|")] for line in lines]


def shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_each_setting_stands_there_with_its_default() -> None:
    content = CustomerContent("")
    expected = [
        [to_camel(field.name), shown(getattr(content, field.name))]
        for field in fields(CustomerContent)
        if field.name != "flag_overrides"
    ]
    assert [row[:2] for row in rows("Settings")] == expected


@pytest.mark.requirement("M-05")
def test_each_flag_stands_there_with_what_the_profiles_make_of_it() -> None:
    expected = [
        [to_camel(flag.name), *(shown(getattr(flags, flag.name)) for flags in PROFILES.values())]
        for flag in fields(Flags)
    ]
    assert [row[:3] for row in rows("Flags")] == expected
