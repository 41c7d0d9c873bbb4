"""The contract of the store, over SQLite; `tests/integration` runs it over PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from bot.ports import Store
from bot.storage import DatabaseStore, open_store
from tests.contract import (
    chat_claims,
    customer_claims,
    journal_claims,
    judgement_claims,
    mail_claims,
    proof_claims,
    proposal_claims,
    record_claims,
    window_claims,
)
from tests.contract.store_values import Open, Sql


class StoreContract(
    journal_claims.BeginClaims,
    journal_claims.AppendClaims,
    proof_claims.ProofClaims,
    record_claims.LeaseClaims,
    record_claims.WishClaims,
    record_claims.HoldClaims,
    record_claims.CustomerClaims,
    record_claims.PeopleClaims,
    chat_claims.AskedClaims,
    chat_claims.PostingClaims,
    proposal_claims.ProposalClaims,
    judgement_claims.JudgementClaims,
    customer_claims.PagesClaims,
    mail_claims.RestatingClaims,
    window_claims.WindowClaims,
    record_claims.ClosingClaims,
):
    """All claims; a subclass gives the fixtures `address` and `unguard`."""

    @pytest.fixture
    async def another(self, address: str) -> AsyncIterator[Open]:
        """Open the database once more, for another owner."""
        opened: list[Store] = []

        def open_another(owner: str) -> Store:
            opened.append(open_store(address, owner))
            return opened[-1]

        yield open_another
        for store in opened:
            await store.close()

    @pytest.fixture
    async def store(self, another: Open) -> Store:
        return another("anna")

    @pytest.fixture
    def engine(self, address: str) -> Iterator[Engine]:
        engine = create_engine(address)
        yield engine
        engine.dispose()

    @pytest.fixture
    def sql(self, engine: Engine) -> Sql:
        """Do to the database what no store would."""

        def execute(statement: str) -> None:
            with engine.begin() as connection:
                connection.execute(text(statement.replace(":", "\\:")))

        return execute

    @pytest.fixture
    def unguarded(self, sql: Sql, store: Store, unguard: list[str]) -> Sql:
        """Do it although the database refuses."""
        assert isinstance(store, DatabaseStore)  # it has made the triggers
        for statement in unguard:
            sql(statement)
        return sql


class TestOverSqlite(StoreContract):
    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'new' / 'maint.db'}"

    @pytest.fixture
    def unguard(self) -> list[str]:
        return [f"DROP TRIGGER journal_refuses_{change}" for change in ("UPDATE", "DELETE")]
