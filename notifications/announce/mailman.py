"""Two questions to Mailman's REST: how much has the list published, and what does it hold."""

from __future__ import annotations

import base64
import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from notifications.errors import Problem, TransportDown

if TYPE_CHECKING:
    from notifications.settings import Secrets, Watch

ANSWER_SECONDS = 10.0
PAGE = 25  # each entry bears its whole message
PAGES = 40  # a list that holds more than that is not looked through any further
MOST = 64 * 1024 * 1024  # bytes of one answer


class Rest:
    """One list. Each call blocks, and raises TransportDown (RELAY, phase "list")."""

    def __init__(self, watch: Watch, secrets: Secrets, list_id: str) -> None:
        """Ask about *list_id* at the address of *watch*."""
        address = urlsplit(watch.rest)
        self._secure = address.scheme == "https"
        self._host = address.netloc
        self._path = f"{address.path.rstrip('/')}/lists/{quote(list_id, safe='')}"
        login = f"{watch.rest_user}:{secrets.rest_password}"
        self._login = base64.b64encode(login.encode()).decode()

    def count(self) -> int:
        """Return how many posts it has published."""
        try:
            return int(self._get("/config/post_id")["post_id"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise _down(0, f"no answer of Mailman's: {error!r}") from error

    def held(self) -> frozenset[str]:
        """Return the Message-IDs of what waits for a moderator, with <>."""
        found: set[str] = set()
        for page in range(1, PAGES + 1):
            entries = self._get(f"/held?count={PAGE}&page={page}").get("entries", [])
            if not (isinstance(entries, list) and all(isinstance(each, dict) for each in entries)):
                raise _down(0, "no answer of Mailman's: entries")
            found.update(str(entry.get("message_id", "")) for entry in entries)
            if len(entries) < PAGE:
                break
        return frozenset(found)

    def _get(self, path: str) -> dict[str, Any]:
        try:
            status, body = self._answer(path)
        except (OSError, http.client.HTTPException) as error:
            raise _down(0, str(error) or type(error).__name__) from error
        if status != http.HTTPStatus.OK:
            raise _down(status, http.client.responses.get(status, ""))
        return _object(body)

    def _answer(self, path: str) -> tuple[int, bytes]:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        # It follows no redirect, so the password goes nowhere else.
        connection = kind(self._host, timeout=ANSWER_SECONDS)
        try:
            headers = {"Authorization": f"Basic {self._login}"}
            connection.request("GET", self._path + path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(MOST)
        finally:
            connection.close()


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _down(0, f"no answer of Mailman's: {error}") from error
    return value if isinstance(value, dict) else {}


def _down(code: int, detail: str) -> TransportDown:
    return TransportDown(Problem.RELAY, phase="list", code=code, detail=detail)
