"""Provides a fake service and executors that use it."""

import pytest

from clients import AsyncExecutor, ClientConfig, Executor
from tests.unit.clients.fake_service import FakeService


@pytest.fixture
def service():
    fake = FakeService()
    yield fake
    fake.close()


@pytest.fixture
def config(service):
    return ClientConfig(url=service.url, connect_s=20, attempts=3, retry_s=20)


@pytest.fixture
def executor(config):
    with Executor(config=config) as client:
        yield client


@pytest.fixture
def new_executor(config):
    return lambda: AsyncExecutor(config=config)
