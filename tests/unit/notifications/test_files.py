"""Names of files that anybody's address may be part of."""

from __future__ import annotations

import pytest

from notifications.files import name


@pytest.mark.parametrize(
    ("address", "made"),
    [
        ("a@example.org", "000007-a@example.org.eml"),
        ("a/../../b@example.org", "000007-a_.._.._b@example.org.eml"),
        ("ü\0@example.org", "000007-__@example.org.eml"),
        ("x" * 300, f"000007-{'x' * 100}.eml"),
    ],
)
def test_a_name_is_safe_whatever_the_address(address: str, made: str) -> None:
    assert name(7, address) == made
