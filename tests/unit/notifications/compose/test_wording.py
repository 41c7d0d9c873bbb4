"""Templates: values are data, and a mistake is found with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from notifications.errors import BadCampaign, Problem
from notifications.terms import Kind
from tests.unit.notifications.compose.parts import wording

if TYPE_CHECKING:
    from pathlib import Path

    from notifications.compose.wording import Rendered

KIND = Kind(name="hold", service=True)
WITH_HTML = Kind(name="hold", service=True, html=True)


def rendered(folder: Path, text: str, subject: str = "S", **known: object) -> Rendered:
    return wording(folder, {"email/hold.txt.jinja": template(text, subject)}).render(
        "email", KIND, known
    )


def template(text: str, subject: str = "S") -> str:
    return (
        f"{{% block subject %}}{subject}{{% endblock %}}\n{{% block text %}}{text}{{% endblock %}}"
    )


def fault(folder: Path, files: dict[str, str], **known: object) -> dict[str, Any]:
    with pytest.raises(BadCampaign) as wrong:
        wording(folder, files).render("email", KIND, known)
    assert wrong.value.problem is Problem.TEMPLATE
    return wrong.value.fields


@pytest.mark.failure(47)
def test_a_missing_variable_is_named_with_its_template_and_line(tmp_path: Path) -> None:
    found = fault(tmp_path, {"email/hold.txt.jinja": template("one\ntwo {{ place }}")})

    assert (found["template"], found["line"]) == ("email/hold.txt.jinja", 3)
    assert found["variable"] == "place"


@pytest.mark.failure(47)
@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("{{ item.guest }}", "guest"),
        ("{{ item['guest'] }}", "guest"),
        ("{{ place | upper }}", "place"),
        ("{{ place | loud }}", "place"),
        ("{% if place %}{% endif %}", "place"),
        ("{% for each in place %}{% endfor %}", "place"),
        ("{{ place == 1 }}", "place"),
        ("{{ place.more }}", "place"),
    ],
)
def test_a_missing_variable_is_an_error_wherever_it_is_used(
    tmp_path: Path, text: str, variable: str
) -> None:
    found = fault(tmp_path, {"email/hold.txt.jinja": template(text)}, item={"host": "hobgoblin"})

    assert found["variable"] == variable


@pytest.mark.failure(47)
@pytest.mark.parametrize(
    "call",
    [
        "{% include 'email/_p.jinja' %}",
        "{% from 'email/_p.jinja' import m with context %}{{ m() }}",
    ],
)
def test_a_mistake_in_a_partial_is_named_there(tmp_path: Path, call: str) -> None:
    partial = "\n{% macro m() %}\n{{ place }}\n{% endmacro %}\n{% if calls %}{{ m() }}{% endif %}"
    files = {"email/_p.jinja": partial, "email/hold.txt.jinja": template(call)}
    found = fault(tmp_path, files, calls=True)

    assert (found["template"], found["line"]) == ("email/_p.jinja", 3)
    assert found["variable"] == "place"


@pytest.mark.parametrize(
    "text", ["{{ 1 + 'a' }}", "{{ 1 / 0 }}", "{{ 5 | loud }}", "{{ [].x() }}", "{{ {}.a.b }}"]
)
def test_whatever_a_template_raises_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    found = fault(tmp_path, {"email/hold.txt.jinja": template("\n\n" + text)})

    assert (found["template"], found["line"]) == ("email/hold.txt.jinja", 4)
    assert found["detail"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{{ place", ("email/hold.txt.jinja", 2)),
        ("{{ place | nofilter }}", ("email/hold.txt.jinja", 2)),
        ("{% include 'email/none.jinja' %}", ("email/hold.txt.jinja", 2)),
        ("{% include 'email/_bad.jinja' %}", ("email/_bad.jinja", 3)),
    ],
)
def test_a_template_that_cannot_be_read_is_named(
    tmp_path: Path, text: str, place: tuple[str, int]
) -> None:
    files = {"email/hold.txt.jinja": template(text), "email/_bad.jinja": "\n\n{% if %}"}
    found = fault(tmp_path, files)

    assert (found["template"], found["line"]) == place


def test_a_kind_without_a_template_is_named(tmp_path: Path) -> None:
    found = fault(tmp_path, {})

    assert (found["template"], found["line"]) == ("email/hold.txt.jinja", 0)


def test_a_template_without_a_block_is_named(tmp_path: Path) -> None:
    found = fault(tmp_path, {"email/hold.txt.jinja": "{% block subject %}S{% endblock %}"})

    assert (found["template"], found["detail"]) == ("email/hold.txt.jinja", "no block: text")


def test_values_are_data_not_templates(tmp_path: Path) -> None:
    evil = "{{ 7 * 7 }}{% include 'email/hold.txt.jinja' %}{# gone #}"

    assert rendered(tmp_path, "{{ evil }}", evil=evil).text == evil + "\n"


def test_in_html_values_are_escaped(tmp_path: Path) -> None:
    html = "{% block html %}<b>{{ guest }}</b>{% endblock %}"
    files = {"email/hold.txt.jinja": template("{{ guest }}"), "email/hold.html.jinja": html}
    found = wording(tmp_path, files).render("email", WITH_HTML, {"guest": "<script>"})

    assert found.text == "<script>\n"
    assert found.html == "<b>&lt;script&gt;</b>\n"


def test_blocks_of_a_layout_are_found_with_what_the_kind_puts_in_them(tmp_path: Path) -> None:
    files = {
        "email/_one.jinja": template("one {% block body %}{% endblock %}", "{{ topic }}"),
        "email/_two.jinja": "{% extends 'email/_one.jinja' %}",
        "email/hold.txt.jinja": (
            "{% extends 'email/_two.jinja' %}{% set topic = 'T' %}{% block body %}2{% endblock %}"
        ),
    }
    found = wording(tmp_path, files).render("email", KIND, {})

    assert (found.subject, found.text) == ("T", "one 2\n")


def test_the_text_has_no_spaces_at_line_ends_and_no_gaps(tmp_path: Path) -> None:
    found = rendered(tmp_path, "\n\none  \n \n\t\n\ntwo\n\n\n", "\n S \n")

    assert (found.subject, found.text) == ("S", "one\n\ntwo\n")
