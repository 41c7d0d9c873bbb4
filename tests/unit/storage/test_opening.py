from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from bot.rules.errors import BadConfiguration, Code, TryAgain
from bot.storage import engine as engines
from bot.storage import open_store, schema
from tests.contract.store_values import NOTHING, begun, draft

QUICK = """
import sys
from bot.storage import open_store
open_store(sys.argv[1], "anna")
print(any(name.startswith(("alembic", "psycopg")) for name in sys.modules))
"""


async def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "er" / "maint.db"

    await open_store(path, "anna").close()

    assert path.exists()
    assert path.parent.stat().st_mode & 0o077 == 0


async def test_a_path_and_its_url_are_the_same_database(tmp_path: Path) -> None:
    path = tmp_path / "maint.db"
    first = open_store(str(path), "anna")
    await first.first_seen(["vps31"])

    second = open_store(f"sqlite:///{path}", "berta")

    assert await second.known() == {"vps31"}
    await first.close()
    await second.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "below" / "maint.db"

    with pytest.raises(TryAgain) as refused:
        open_store(path, "anna")

    assert refused.value.code is Code.STORE_UNREACHABLE
    assert refused.value.fields["path"] == str(path)
    assert "Not a directory" in str(refused.value.fields["problem"])


def test_a_path_that_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(TryAgain) as refused:
        open_store(tmp_path, "anna")

    assert refused.value.fields["problem"] == "unable to open database file"


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "maint.toml"
    path.write_text("[limits]\nshutdown = 60\n" * 100)

    with pytest.raises(BadConfiguration) as refused:
        open_store(path, "anna")

    assert refused.value.code is Code.CONFIGURATION
    assert refused.value.fields["faults"] == [f"{path}: file is not a database"]
    assert path.read_text().startswith("[limits]")


@pytest.mark.parametrize("url", ["mysql://root:s3cret@db/maint", "sqlite://", "://s3cret"])
def test_an_unknown_kind_of_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        open_store(url, "anna")

    assert refused.value.code is Code.CONFIGURATION
    assert "s3cret" not in str(refused.value.fields)


async def test_a_full_database_refuses_and_records_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "maint.db"
    await open_store(path, "anna").close()
    with sqlite3.connect(path) as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.close()
    monkeypatch.setattr(engines, "_PRAGMAS", (f"max_page_count = {pages + 4}",))
    store = open_store(path, "anna")
    lease = await begun(store)

    with pytest.raises(TryAgain, match="full"):
        await store.append(lease, "r1", [draft(), draft(lines="x" * 100_000)], NOTHING)

    assert len(await store.rows("r1")) == 1
    assert len(await store.append(lease, "r1", [draft()], NOTHING)) == 1
    await store.close()


def test_a_current_database_is_opened_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "maint.db"
    asyncio.run(open_store(path, "anna").close())

    command = [sys.executable, "-c", QUICK, str(path)]
    told = subprocess.run(command, text=True, capture_output=True, check=True)

    assert told.stdout == "False\n"


def test_the_newest_revision_is_the_one_the_code_knows() -> None:
    scripts = ScriptDirectory(str(schema.MIGRATIONS))

    assert scripts.get_heads() == [schema.HEAD]
