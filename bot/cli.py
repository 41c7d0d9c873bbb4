"""The command `maint`: a chat, a daemon, or one command of the grammar."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.app import App, AppOptions
    from bot.chat.sitting import Sitting
    from bot.chat.views import Views
    from bot.doors import Serve
    from bot.rules.errors import MaintError

DROPS_ALL = 2  # signals after which one more does not even wait for what is being closed
HELPS = ("-h", "--help")
HOSTS = ("host", "inventory", "may-suspend")  # first words of `bot.host_commands`
INTERRUPTED = 130  # exit status, as of a shell whose command ended by Ctrl-C

# What is heavy is imported where it is needed: `--help` and `--version` answer at once.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `maint` and return its exit status: 0 done, 1 refused, 2 configuration, 3 it waits."""
    _stand_in_for_closed_streams()
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.version:
        return _version()
    if not given.command:
        parser.print_help()
        return 1
    if given.command[0] in HOSTS:
        return _around_hosts(given)
    if given.command[-1] in HELPS:
        return _explain(" ".join(given.command[:-1]), parser)
    ours = (["chat"], ["serve"], ["config", "check"])
    refusal = None if given.command in ours else _nonsense(given.command)
    if refusal:
        _complain(refusal, sys.stdout)
        return refusal.exit_status
    return _run(given)


def _stand_in_for_closed_streams() -> None:
    """Let no file of ours become what we take for stdin, stdout or stderr."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
            setattr(sys, name, os.fdopen(descriptor, "w" if descriptor else "r", closefd=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="maint",
        description="Maintenance of virtual machine hosts, from chat or from here.",
        epilog="maint help lists the commands. Exit: 0 done; 1 refused, or a run ended with a "
        "guest down or damaged; 2 configuration; 3 a run, a campaign or a proposed start waits "
        "for a person.",
        allow_abbrev=False,
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--config", type=Path, metavar="DIR", help="folder of the configuration")
    place.add_argument("--demo", action="store_true", help="use a simulated fleet, made anew")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the database")
    parser.add_argument("--settings", metavar="FILE", help="name of the settings file")
    parser.add_argument(
        "--keep",
        action="store_true",
        default=bool(os.environ.get("KEEP")),
        help="demo: keep its folder (or set KEEP=1)",
    )
    parser.add_argument(
        "--accept-inventory",
        action="store_true",
        help="the guests that the inventory lacks are really gone",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help='"chat", "serve" (the daemon), "config check" (is all set up?), "host build", '
        '"host install", "host check", "inventory discover", "may-suspend", or a command, as in: '
        "maint plan hobgoblin",
    )
    return parser


def _version() -> int:
    from importlib.metadata import version  # noqa: PLC0415 - see above

    print(f"maint {version('maintbot')}")
    return 0


def _explain(command: str, parser: argparse.ArgumentParser) -> int:
    """Print what *command* does, or how `maint` itself is used if that is where it belongs."""
    from bot.chat.commands import called  # noqa: PLC0415 - see above

    if specs := called(command) or called(command.split(" ", maxsplit=1)[0]):
        print(_views().help(specs).text)
    else:
        parser.print_help()
    return 0


def _nonsense(command: Sequence[str]) -> MaintError | None:
    """Return what is wrong with a line that no fleet and no run could give a meaning."""
    from bot.chat.arguments import bare_answer, line_of, parse  # noqa: PLC0415 - see above
    from bot.rules.errors import BadRequest  # noqa: PLC0415 - see above

    line = line_of(command)
    try:
        parse(line)
    except BadRequest as error:
        return None if bare_answer(line) else error
    return None


def _around_hosts(given: argparse.Namespace) -> int:
    """Understand and obey a command that sets hosts up or looks at them."""
    from bot import host_commands  # noqa: PLC0415 - see above
    from bot.rules.errors import BadRequest  # noqa: PLC0415 - see above

    if given.command[-1] in HELPS:
        print(*(f"maint {form}" for form in host_commands.usages(given.command[0])), sep="\n")
        return 0
    try:
        given.hosts = host_commands.parse(given.command)
    except BadRequest as error:
        _complain(error, sys.stdout)
        return error.exit_status
    return _run(given)


def _run(given: argparse.Namespace) -> int:
    from bot.rules.errors import MaintError  # noqa: PLC0415 - see above

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        return asyncio.run(_open(given))
    except MaintError as error:
        _complain(error)
        return error.exit_status
    except (asyncio.CancelledError, KeyboardInterrupt):
        return INTERRUPTED
    finally:
        _let_go_of_stdout()


def _let_go_of_stdout() -> None:
    """Leave nothing for Python to write at its end to where nothing can be written any more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _open(given: argparse.Namespace) -> int:
    from bot.app import AppOptions, open_app  # noqa: PLC0415 - see above
    from bot.doors import pages  # noqa: PLC0415 - see above

    options = AppOptions(
        config=given.config,
        demo=given.demo,
        data=given.data,
        keep=given.keep,
        pages=given.command == ["serve"] or (given.demo and given.command == ["chat"]),
        accept_inventory=given.accept_inventory,
        **({"settings_file": given.settings} if given.settings else {}),
    )
    if given.command == ["config", "check"]:
        return await _check(options)
    if given.command[0] in HOSTS:
        from bot import host_commands  # noqa: PLC0415 - see above

        return await host_commands.obey(given.hosts, options)
    stop = asyncio.Event()
    _stop_at_signals(stop)
    async with open_app(options, _Complaints()) as app:
        serves = given.command == ["serve"]
        crew = _Crew(app, stop, pages(app), stays=serves or given.command == ["chat"])
        try:
            return await (_serve(app, crew) if serves else _talk(app, given, crew))
        except asyncio.CancelledError:
            await crew.drop()  # before the database is closed under it
            raise


async def _check(options: AppOptions) -> int:
    """Say of each thing whether it is set up; 2 if something is not."""
    from bot.app import check  # noqa: PLC0415 - see above

    found = await check(options)
    for line, good in found:
        print(f"{'ok' if good else '!':>4}  {line}")
    return 0 if all(good for _, good in found) else 2


async def _serve(app: App, crew: _Crew) -> int:
    from bot.chat.logbook import FORM  # noqa: PLC0415 - see above
    from bot.doors import open_slack  # noqa: PLC0415 - see above

    logging.basicConfig(format=FORM)  # to stderr, for whoever supervises the daemon
    async with open_slack(app) as slack:
        return await crew.serve(slack)


async def _talk(app: App, given: argparse.Namespace, crew: _Crew) -> int:
    """Hold a chat, or obey the one command given; leave when all that is followed rests."""
    from bot.chat.logbook import logged_in  # noqa: PLC0415 - see above
    from bot.chat.sitting import Sitting  # noqa: PLC0415 - see above

    folder = app.settings.data.directory
    with logged_in(folder):
        sitting = Sitting(
            app.handler, app.projection, folder, crew.stop, prefix=_prefix(app, given)
        )
        if app.changed:
            await sitting.screen.post(app.changed)
        if given.command == ["chat"]:
            await sitting.attend()
            crew.begin()
            if app.welcome:
                await sitting.screen.post(app.welcome)
        status = await _hold(sitting, crew, given.command, app.store.owner)
        return status or _unheard(app, sitting.screen.lost)


async def _hold(sitting: Sitting, crew: _Crew, command: Sequence[str], owner: str) -> int:
    from bot.rules.errors import MaintError  # noqa: PLC0415 - see above

    session = sitting.session(crew.begin, owner, chat=command == ["chat"])
    try:
        status = await sitting.hold(session, command)
    except MaintError:
        await crew.end()
        raise
    interrupted = crew.stop.is_set()
    await crew.end()
    return await session.farewell() if interrupted else status


def _unheard(app: App, problem: str) -> int:
    """Say on stderr that answers were lost, which nobody else could say; 1 if they were."""
    if problem:
        print(app.views.unheard(problem).text, file=sys.stderr)
    return int(bool(problem))


def _prefix(app: App, given: argparse.Namespace) -> str:
    """Return what a shell needs before a command for this world; empty if it ends with us."""
    if given.demo and not given.keep and not given.data:
        return ""
    words = ["maint"]
    words += ["--demo", "--data", str(app.settings.data.directory)] if given.demo else []
    for name in ("settings",) if given.demo else ("config", "data", "settings"):
        words += [f"--{name}", str(getattr(given, name))] if getattr(given, name) else []
    return shlex.join(words)


class _Crew:
    """The workers in this process, once there is something to do: of runs, and of mail.

    Windows are kept only in a process that *stays*: one command would begin the run of a window
    that has nothing to do with it, and end before it does.
    """

    def __init__(self, app: App, stop: asyncio.Event, pages: Serve | None, *, stays: bool) -> None:
        self.stop = stop
        self._worker, self._incidents = app.worker, app.incidents
        self._serves: list[Serve] = [app.worker.serve, app.office.serve]
        self._serves += [app.keeper.serve] if stays else []
        self._serves += [pages] if pages else []
        self._tasks: list[asyncio.Future[None]] = []

    def begin(self) -> None:
        if self._tasks:
            return
        for serve in self._serves:
            task = asyncio.ensure_future(serve(self.stop))
            task.add_done_callback(lambda _: self.stop.set())
            self._tasks.append(task)
        self._tasks.append(asyncio.create_task(self._incidents.catch_up()))

    async def end(self) -> None:
        """Let them finish what is in flight. Raises what one died of."""
        self.stop.set()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for task in self._tasks:
            task.result()

    async def drop(self) -> None:
        """Let go of everything at once."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._worker.drop()

    async def serve(self, slack: Callable[[asyncio.Event], Awaitable[None]] | None) -> int:
        """Work until told to stop; *slack* is told of it to the end, and ends after it."""
        over = asyncio.Event()
        telling = asyncio.ensure_future(slack(over) if slack else over.wait())
        telling.add_done_callback(lambda _: self.stop.set())
        self.begin()
        try:
            await self.stop.wait()
            await self.end()
            over.set()
            await telling
        finally:
            telling.cancel()
        return 0


def _stop_at_signals(stop: asyncio.Event) -> None:
    """Finish what is in flight at the first signal, end at the second, drop all at the third."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    seen: list[None] = []

    def stop_or_end() -> None:
        seen.append(None)
        if len(seen) > DROPS_ALL:
            os._exit(INTERRUPTED)  # as safe as a kill is
        if stop.is_set() and task:
            task.cancel()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop_or_end)


class _Complaints:
    """Says what keeps a run from going on; the same again and again is said once."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, error: MaintError) -> None:
        if str(error) != self._last:
            self._last = str(error)
            _complain(error)


def _complain(error: MaintError, stream: TextIO | None = None) -> None:
    from bot.chat.drawing import wrapped  # noqa: PLC0415 - see above

    where = stream or sys.stderr
    width = shutil.get_terminal_size().columns if where.isatty() else 0
    for line in _views().error(error).text.split("\n"):
        print(*wrapped(line, width), sep="\n", file=where)


def _views() -> Views:
    from bot.chat.views import Views  # noqa: PLC0415 - see above
    from bot.maintenance.words import Words  # noqa: PLC0415 - see above
    from bot.settings import shipped  # noqa: PLC0415 - see above

    return Views(Words(shipped("templates") / "chat"))
