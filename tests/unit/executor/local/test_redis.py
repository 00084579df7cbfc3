"""What messages show of the address of a Redis."""

import pytest

from services.executor.local.redis import hide_password


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://user@host", "redis://user@host"),
        ("redis://:secret@host:6379/0", "redis://:***@host:6379/0"),
        ("redis://user:a:b/c@d@host", "redis://user:***@host"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_a_password_is_never_shown(url, shown):
    assert hide_password(url) == shown
