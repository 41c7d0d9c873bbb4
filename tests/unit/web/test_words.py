"""The words of the pages and those of mail say the same."""

from __future__ import annotations

import re

from bot.settings import shipped
from bot.web.answers import GONE, REFUSALS

TAGS = re.compile(r"<[^>]+>|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def _words(path: str) -> str:
    text = (shipped("templates") / path).read_text(encoding="utf-8")
    plain = TAGS.sub("", text.replace("&gt;", ">")).replace('"uname -r"', "uname -r")
    return " ".join(plain.split())


def test_the_advice_about_old_kernels_is_that_of_the_mail() -> None:
    page, mail = _words("web/_upgrade.html.jinja"), _words("email/_upgrade.txt.jinja")
    start, warnings = "You can at least give it", "Two warnings:"
    commands = page[page.index("echo") : page.index("Then reboot")]

    assert start in page
    assert commands.strip() in mail
    told = page[page.index(warnings) + len(warnings) :].strip()
    assert told in mail.replace("- ", "")


def test_every_refusal_of_the_server_has_its_words() -> None:
    text = (shipped("templates") / "web/refused.html.jinja").read_text(encoding="utf-8")
    said = set(re.findall(r'^  "(\w+)":', text, re.MULTILINE))

    assert said == {*REFUSALS.values(), *(name for name, _ in GONE.values())}
