"""`save`, `restore` and `domjobabort`.

A save is the daemon's work: it goes on when virsh is killed, and ends with the daemon.
"""

# ruff: noqa: PTH108 - pathlib takes long to import

from __future__ import annotations

import os

from tests.hypervisor import disk, image, power, says, xml
from tests.hypervisor.says import Refused
from tests.hypervisor.state import PAUSED, RUNNING, Files, Guest, look_again
from tests.hypervisor.words import Asked


def save(files: Files, asked: Asked) -> str:
    """Let the daemon save, and wait for what it says."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            _become_daemon(writer)
            error = _save(files, asked, writer)
            if error is not None:
                _tell(writer, f"refused {error}" if error else "done")
        finally:
            os._exit(0)
    os.close(writer)
    return _heard(asked, reader)


def _become_daemon(writer: int) -> None:
    """Have nothing of virsh any more: not its session, not its open files."""
    os.setsid()
    os.closerange(0, writer)
    os.closerange(writer + 1, os.sysconf("SC_OPEN_MAX"))


def _tell(writer: int, words: str) -> None:
    try:
        os.write(writer, words.encode())
    except BrokenPipeError:  # virsh was killed
        return


def _heard(asked: Asked, reader: int) -> str:
    found = b""
    while block := os.read(reader, 4096):
        found += block
        if found.startswith(b"lost"):
            raise Refused(says.END_OF_FILE)
    said = found.decode()
    if said.startswith("refused "):
        raise Refused(said.removeprefix("refused "))
    if said != "done":
        raise Refused(says.END_OF_FILE)
    return f"\nDomain '{asked.value('domain')}' saved to {asked.value('file')}\n"


def _save(files: Files, asked: Asked, writer: int) -> str | None:
    """Save; return why not, or None if the daemon died meanwhile."""
    try:
        with files.changing() as world:
            guest = world.find(asked.value("domain"))
            power.active(guest)
            runs = _runs(asked, guest.state == RUNNING)
            image.begin(asked.value("file"), xml.of(guest), runs=runs)
            was = guest.state
            guest.stop(PAUSED, "saving")
            guest.job, guest.job_error, guest.job_abort = asked.value("file"), "", False
            lost = bool(world.data["lost"].pop(guest.uuid, False))
    except Refused as refusal:
        return str(refusal)
    if lost:
        _tell(writer, "lost")
    if not _write(files, guest, was):
        return None
    return files.read().guests[guest.name].job_error


def _runs(asked: Asked, runs: bool) -> bool:  # noqa: FBT001 - what it was
    return not asked.has("paused") and (asked.has("running") or runs)


def _write(files: Files, guest: Guest, was: str) -> bool:
    while files.held("save") or files.held(f"save-{guest.uuid}"):
        world = files.read()
        if world.data["daemon"] != "up":
            return False
        if world.guests[guest.name].job_abort:
            break
        look_again()
    with files.changing() as world:
        if world.data["daemon"] == "up":
            _finish(files, world.guests[guest.name], was)
        return bool(world.data["daemon"] == "up")


def _finish(files: Files, guest: Guest, was: str) -> None:
    path, guest.job = guest.job, ""
    if guest.job_abort:
        _canceled(guest, path, was)
        return
    memory = {"boot": guest.boot, "counter": guest.counter, "fits": disk.stamps(guest)}
    try:
        image.complete(path, {**memory, "name": guest.name, "uuid": guest.uuid})
    except OSError as error:
        _canceled(guest, path, was)
        guest.job_error = says.NO_WRITE.format(path, error.strerror)
        return
    power.unload(files, guest, "saved")


def _canceled(guest: Guest, path: str, was: str) -> None:
    guest.job_error = says.CANCELED
    os.unlink(path)
    if guest.active and was == RUNNING:
        guest.run("save canceled")


def restore(files: Files, asked: Asked) -> str:
    path = asked.value("file")
    ran, memory = image.read(path)
    with files.changing() as world:
        guest = world.find(memory["uuid"])
        if guest.active:
            raise Refused(says.IN_MEMORY, guest.name)
        power.load(files, world, guest, "restore")
        guest.state, guest.reason, guest.starts = PAUSED, "migrating", guest.starts + 1
        guest.boot, guest.counter, guest.fits = memory["boot"], memory["counter"], memory["fits"]
        if _runs(asked, ran):
            power.go_on(world, guest, "restored")
    return f"Domain restored from {path}\n"


def domjobabort(files: Files, asked: Asked) -> str:
    with files.changing() as world:
        guest = world.find(asked.value("domain"))
        if not guest.active:
            raise Refused(says.NOT_RUNNING)
        if not guest.job:
            raise Refused(says.NO_JOB)
        guest.job_abort = not world.data["deaf_jobs"].get(guest.uuid, False)
    return ""
