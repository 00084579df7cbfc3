"""Checks OpenAPI documents."""


def references(node):
    """Yields every ``$ref`` of a part of a document."""
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def check_references(document, *expected):
    """Checks that every reference leads somewhere, and that the expected schemas are among those referred to."""
    found = set(references(document))
    assert {f"#/components/schemas/{name}" for name in expected} <= found
    for reference in found:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
