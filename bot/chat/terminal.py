"""The prompt of the terminal chat: the one place that knows the terminal library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.patch_stdout import patch_stdout

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable
    from pathlib import Path

    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyPressEvent
    from prompt_toolkit.output import Output
PROMPT = "maint> "
REFRESH = 0.5  # seconds between two drawings of the toolbar
PRIVATE = 0o600  # of the history: it may hold reasons and names


class Prompt:
    """The lines a person types, with history, completion and a toolbar that stays below."""

    def __init__(
        self,
        *,
        history: Path,
        words: Iterable[str],
        toolbar: Callable[[], str],
        interrupted: Callable[[], None],
        streams: tuple[Input, Output] | None = None,
    ) -> None:
        """Keep *history* in a file, complete *words*, call *interrupted* at Ctrl-C."""
        _make_private(history)
        source, screen = streams or (None, None)
        self._interrupted = interrupted
        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            history=FileHistory(history),
            completer=WordCompleter(sorted(words), WORD=True),
            complete_while_typing=False,
            bottom_toolbar=lambda: toolbar() or None,
            refresh_interval=REFRESH,
            key_bindings=_keys(),
            color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
            input=source,
            output=screen,
        )

    async def lines(self) -> AsyncGenerator[str]:
        """Yield lines until Ctrl-D on an empty one, or Ctrl-C."""
        with patch_stdout(raw=True):
            while True:
                try:
                    # Signals stay with the program: the library would take its handler away.
                    yield await self._session.prompt_async(handle_sigint=False)
                except EOFError:
                    return
                except KeyboardInterrupt:
                    self._interrupted()
                    return


def _make_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=PRIVATE)


def _keys() -> KeyBindings:
    """Ctrl-C clears what was typed, as in a shell; only on an empty line it interrupts."""
    keys = KeyBindings()

    @keys.add("c-c")
    def clear_or_interrupt(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt)

    return keys
