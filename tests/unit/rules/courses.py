"""The courses that a guest's step can take, as stories; each is driven through a journal."""

from __future__ import annotations

from bot.rules.run.journal import Event
from bot.rules.run.terms import Run
from tests.builders import fresh, then

#: Title; then `state > what happens > state > …`. A course begins at a state that one before it
#: has reached, the first ones at `planned`.
STORIES = """
a guest is saved with a pair, restored, watched, and its network mended
  planned > save > saving > save done > imaged > snapshot > pairing > snapshot done > imaged
  > verify > hashing > verify done > saved > restore > restoring > restore done > paused > spend
  > spending > spend done > spent > unpause > unpausing > unpause done > watched > looked fine
  > watched > looked silent > watched > announce > mending > announce done > watched > replug
  > mending > replug done > watched > looked up > up > found off > down
a guest is deaf to its shutdown, is given time, and is destroyed and booted
  planned > shutdown > shutting > chosen wait > shutting > shutdown > shutting
  > shutdown failed running > shutting > chosen destroy > shutting > destroy > destroying
  > destroy done > off > boot > booting > boot done > started > looked silent > started
  > looked fine > started > found restarted > started > looked up > up
a guest that shut down cannot be brought back, and a person decides
  shutting > shutdown done > off > gave_up > down > chosen retry > down > chosen boot > down
  > chosen rollback > down > boot > booting > boot failed running > started
  > looked unreachable > unreachable > found off > down > chosen leave > left
a guest that is off is rolled back, restored once more, and at last booted by others
  shutting > shutdown failed off > off > rollback > rolling > rollback done > off > restore
  > restoring > restore failed off > saved > boot > booting > boot failed off > off
  > found running > started > looked broken > broken > chosen rollback > broken
  > chosen boot > broken > destroy > stopping > destroy done > damaged
the image of a guest that is off is given up, and somebody starts the guest
  shutting > found off > off > spend > off > spend done > off > spend failed off > off
  > found intruder > intruded > spend > disarming > spend failed running > intruded
an intruder's guest is shut down, or restarts, or stops
  disarming > spend done > started > shutdown > shutting > found restarted > started
  > found off > off
a boot never ends
  started > looked dead > broken
a guest is off before its save
  planned > found off > off
a killed save leaves its guest suspended, and it is saved again
  planned > found suspended > half_saved > save > saving > save failed suspended > half_saved
  > found running > planned
a half saved guest goes off by itself
  half_saved > found off > off
a half saved guest is given up
  half_saved > destroy > destroying
a save fails and its guest runs on
  saving > save failed running > planned
a save fails and its guest is off
  saving > save failed off > off
a saved guest is booted by others before it is verified
  imaged > found intruder > intruded
a pair cannot be made
  pairing > snapshot failed off > imaged
a pair is forestalled by an intruder
  pairing > snapshot failed running > intruded
an image does not verify
  hashing > verify failed off > off
an image cannot be read back just now
  hashing > verify failed unclear > imaged > verify > hashing
an image is being verified when its guest is booted
  hashing > verify failed running > intruded
a saved guest is booted by others
  saved > found intruder > intruded
a saved guest is given up, and booted by others
  saved > gave_up > down > found intruder > intruded
a failed restore leaves its guest paused, and it is removed
  restoring > restore failed paused > paused > destroy > resetting > destroy failed paused
  > paused > found intruder > intruded
a paused guest is taken back
  resetting > destroy done > saved
a paused guest runs before it is taken back
  resetting > destroy failed running > intruded
a guest runs before it is restored
  restoring > restore failed running > intruded
an image cannot be spent
  spending > spend failed paused > paused
a guest runs before its image is spent
  spending > spend failed running > intruded
a spent guest is not wanted any more
  spent > destroy > destroying
a guest that was paused stays so
  spent > looked up > up
a spent guest is lost
  spent > found off > off
a spent guest is let go by others
  spent > found running > watched
a guest is not let go
  unpausing > unpause failed paused > spent
a guest runs although letting it go has failed
  unpausing > unpause failed running > watched
a guest is lost while it is let go
  unpausing > unpause failed off > off
a damaged guest is stopped, kept as it is, rolled back in vain and booted
  watched > looked damage > damage > pause > freezing > pause done > frozen > chosen rollback
  > frozen > chosen retry > frozen > chosen boot > frozen > destroy > stopping
  > destroy failed paused > frozen > found running > damage > destroy > stopping
  > destroy failed running > damage > found paused > frozen > found off > damaged > snapshot
  > keeping > snapshot done > damaged > chosen rollback > damaged > chosen retry > damaged
  > chosen boot > damaged > rollback > rolling > rollback failed off > damaged > boot > booting
a damaged guest is started by others
  damaged > found running > started
a damaged guest is left
  damaged > chosen leave > left
a damaged disk cannot be kept
  keeping > snapshot failed off > damaged
a damaged guest is started before it is kept
  keeping > snapshot failed running > started
a frozen guest is left
  frozen > chosen leave > left
a damaged guest does not pause, and goes off
  freezing > pause failed running > damage > found off > damaged
a damaged guest was paused already
  freezing > pause failed paused > frozen
a damaged guest was off already
  freezing > pause failed off > damaged
a damaged guest restarts
  damage > found restarted > broken
a dead guest is looked at again, and lives
  watched > looked dead > dead > looked fine > dead > looked silent > dead > looked dead > dead
  > chosen wait > dead > chosen boot > dead > chosen rollback > dead > looked up > up
a dead guest turns out damaged
  dead > looked damage > damage
a dead guest turns out unreachable
  dead > looked unreachable > unreachable
a dead guest goes off
  dead > found off > off
a dead guest restarts
  dead > found restarted > started
a dead guest is destroyed
  dead > destroy > destroying
a dead guest is left
  dead > chosen leave > left
an unreachable guest is booted
  watched > looked unreachable > unreachable > chosen boot > unreachable > destroy > destroying
an unreachable guest is watched once more
  unreachable > chosen retry > watched
an unreachable guest is left
  unreachable > chosen leave > left
the pair of a saved guest is lost
  saved > found unpaired > saved
the pair of a guest is lost after the end, while it is kept
  up > found unpaired > up
the pair of an unreachable guest is lost
  unreachable > found unpaired > unreachable
the pair of a frozen guest is lost
  frozen > found unpaired > frozen
the pair of a damaged guest is lost
  damaged > found unpaired > damaged
the pair of a broken guest is lost
  broken > found unpaired > broken
the pair of a guest that is down is lost
  down > found unpaired > down
a host is restarted under a guest that was up
  up > found lost > off
a host is restarted under an unreachable guest
  unreachable > found lost > off
a host is restarted under a watched guest
  watched > found lost > off
a watched guest goes off
  watched > found off > off
a watched guest restarts
  watched > found restarted > started
a network cannot be announced
  mending > announce failed running > watched
a network cannot be replugged
  mending > replug failed running > watched
a guest goes off while it is announced
  mending > announce failed off > off
a guest goes off while it is replugged
  mending > replug failed off > off
a broken guest goes off
  broken > found off > damaged
a broken guest restarts
  broken > found restarted > started
a broken guest is left
  broken > chosen leave > left
a guest that is down is restored
  down > restore > restoring
a guest that is down is rolled back
  down > rollback > rolling
a guest that is down is started by others
  down > found running > started
a guest is another one than planned, and its disks are held
  planned > found stranger > stuck > chosen retry > stuck > chosen boot > stuck > destroy
  > destroying > destroy failed zombie > stuck > pause > stuck > pause done > stuck > boot
  > booting
a stuck guest is found running
  stuck > found running > started
a stuck guest is found running while its image lives
  stuck > found intruder > intruded
a stuck guest is found off
  stuck > found off > down
a stuck guest is left
  stuck > chosen leave > left
"""
_KEYS = {"found": "what", "looked": "verdict", "chosen": "choice"}


def courses() -> dict[str, list[str]]:
    """Return each story's course by its title: states and what happens, in turn."""
    told: dict[str, list[str]] = {}
    title = ""
    for line in filter(None, STORIES.splitlines()):
        if not line.startswith(" "):
            title = line
        else:
            told.setdefault(title, []).append(line.strip())
    return {title: " ".join(lines).split(" > ") for title, lines in told.items()}


def links(course: list[str]) -> list[tuple[str, str, str]]:
    """Return state, what happens, and the state after it, link by link."""
    return list(zip(course[0::2], course[1::2], course[2::2], strict=False))


def ways() -> dict[str, list[str]]:
    """Return what has to happen to bring a planned guest to each state."""
    found: dict[str, list[str]] = {"planned": []}
    for course in courses().values():
        happened = list(found[course[0]])
        for _, happens, state in links(course):
            happened.append(happens)
            found.setdefault(state, list(happened))
    return found


def after(way: list[str]) -> Run:
    """Return a run in which all of *way* has happened to guest a."""
    run = fresh()
    for happens in way:
        run = happen(run, happens)
    return run


def happen(run: Run, happens: str) -> Run:
    """Let one thing happen to guest a, as a row of the journal says it."""
    words = happens.split()
    if words[0] in _KEYS:
        data = {_KEYS[words[0]]: words[1], "actor": "os:anna", "seconds": 180.0}
        return then(run, Event(words[0]), "a", **data)
    if happens == "gave_up":
        return then(run, Event.GAVE_UP, "a", code="hangs")
    return _of_operation(run, words)


def _of_operation(run: Run, words: list[str]) -> Run:
    about: dict[str, object] = {"verb": words[0], "attempt": 1}
    if len(words) == 1:
        names = {"image": "r1-a-1", "snapshot": "r1-a-1-pair"}
        return then(run, Event.INTENDED, "a", **about, **names)
    if words[1] == "done":
        return then(run, Event.DONE, "a", **about)
    if words[::2] == ["verify", "unclear"]:  # the tool failed, and says nothing of the image
        return then(run, Event.FAILED, "a", **about, error="tool_failed", left="off")
    error = "truncated" if words[0] == "verify" else "tool_failed"
    return then(run, Event.FAILED, "a", **about, error=error, left=words[2])
