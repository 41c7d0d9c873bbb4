"""What lines of a terminal become in Slack."""

from bot.chat.slack.lines import Part, headline, parts

LOST = "  lost         vps31: " + "everything in its memory is lost " * 5


def drawn(text: str, *, loud: bool = False, strong: bool = False) -> list[Part]:
    return list(parts(text, loud=loud, strong=strong))


def texts(text: str) -> list[str]:
    return [part.text for part in drawn(text)]


def codes(text: str) -> list[str]:
    return [part.text for part in drawn(text) if part.code]


def test_the_head_of_a_strong_text_is_bold_and_the_others_are_not() -> None:
    assert drawn("head\nline", strong=True) == [Part(text="*head*"), Part(text="line")]


def test_a_loud_text_begins_with_an_alarm_in_bold() -> None:
    assert drawn("vps1: DAMAGE", loud=True) == [Part(text=":red_circle: *vps1: DAMAGE*")]


def test_a_warning_has_a_sign() -> None:
    assert texts("head\n  ! no canary")[1] == ":warning: no canary"


def test_lines_of_a_console_are_code_without_their_sign() -> None:
    bar = "[####----------------]"

    assert codes(f"head\n  | a *b*\n  |\n  |   c {bar}\ntail") == ["a *b*", "", f"  c {bar}"]


def test_what_is_aligned_is_code() -> None:
    assert codes("head\n  restored      15\n  booted         5\ntail") == [
        "restored      15",
        "booted         5",
    ]


def test_what_goes_on_below_a_row_belongs_to_it_and_an_item_does_not() -> None:
    assert codes("  5  0  xen/pv\n        more of it\n  item") == [
        "5  0  xen/pv",
        "      more of it",
    ]


def test_a_long_row_goes_on_below_its_last_column_and_is_one_line() -> None:
    (row,) = codes("head\n" + LOST)

    first, *rest = row.split("\n")
    assert first.startswith("lost         vps31: everything")
    assert rest
    assert all(line.startswith(" " * 13) and line[13] != " " for line in rest)


def test_an_indented_line_is_an_item_and_what_is_below_belongs_to_it() -> None:
    head, item, below, sign = texts("head\n  item\n    of it\n  + sign")

    assert (head, item, sign) == ("head", "• item", "+ sign")
    assert below == "\N{EM SPACE}" * 2 + "of it"


def test_a_bar_is_drawn_with_blocks_and_is_no_column() -> None:
    text = "clockwork: bringing guests back  [####----------------]"

    assert headline(text) == "clockwork: bringing guests back ▓▓▓▓░░░░░░░░░░░░░░░░"
    assert drawn(text) == [Part(text=headline(text))]


def test_a_text_that_is_a_table_has_no_head() -> None:
    assert codes("  host  running\n  alpha  3") == ["host  running", "alpha  3"]


def test_control_and_invisible_characters_are_gone() -> None:
    assert texts("a\x1b[2J\u202eb\tc\ud800\r\nd") == ["a[2Jb c", "d"]


def test_a_line_too_long_for_a_section_is_broken_at_a_space() -> None:
    line = "guest-1 " * 600

    found = texts(line.strip())

    assert len(found) > 1
    assert " ".join(found) == line.strip()
