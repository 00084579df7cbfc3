"""Sets one torch thread (small models on a shared machine are slower with two) and turns off progress bars."""

import pytest
import torch
import transformers

torch.set_num_threads(1)
transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()


@pytest.fixture
def anyio_backend():
    return "asyncio"
