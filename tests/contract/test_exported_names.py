"""``clients`` exports what users need, sorted, documented, and nothing by accident."""

import inspect

import pytest

import clients
from clients import contract, errors


def test_all_is_sorted_complete_and_importable():
    assert clients.__all__ == sorted(clients.__all__)
    assert len(clients.__all__) == len(set(clients.__all__))
    public = {
        name
        for name, value in vars(clients).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert set(clients.__all__) - {"__version__"} == public


@pytest.mark.parametrize("name", clients.__all__)
def test_every_name_says_what_it_is(name):
    assert inspect.getdoc(getattr(clients, name))


def test_the_whole_error_tree_is_exported_and_drawn():
    tree = [errors.AceCoderError]
    for error_class in tree:
        tree.extend(error_class.__subclasses__())
    for error_class in tree:
        assert error_class.__name__ in clients.__all__
        assert error_class.__name__ in errors.__doc__


def test_what_a_request_or_answer_is_made_of_is_exported():
    fields = [contract.ExecutionRequest, contract.ExecutionResponse, contract.Job, contract.Environment]
    for model in fields:
        assert model.__name__ in clients.__all__
        for part in model.model_fields.values():
            for name in contract.__all__:
                if name.isidentifier() and f".{name}" in repr(part.annotation):
                    assert name in clients.__all__
