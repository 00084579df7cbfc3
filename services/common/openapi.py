"""Describes in the OpenAPI document what FastAPI cannot see: bodies that routes read themselves, errors, keys."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Security
from fastapi.params import Depends
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from clients.contract import ProblemDetails
from services.common.replies import MEDIA_TYPE
from services.common.settings import ServiceSettings

Responses = dict[int | str, dict[str, Any]]
"""The ``responses`` of a route, by status."""
_REF = "#/components/schemas/{model}"


def inline_body(message: type[BaseModel]) -> dict[str, Any]:
    """Return the ``openapi_extra`` of a route that reads ``message``, with the schema in it."""
    return _body(message.model_json_schema())


def referenced_body(message: type[BaseModel]) -> dict[str, Any]:
    """Return the ``openapi_extra`` of a route that reads ``message``, whose schema ``add_schemas`` adds."""
    return _body({"$ref": _REF.format(model=message.__name__)})


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def problem_responses(texts: Mapping[int, str]) -> Responses:
    """Return ``responses`` that answer problem details, from a description per status.

    The schema of ``ProblemDetails`` is one that ``add_schemas`` adds.
    """
    schema = {"$ref": _REF.format(model=ProblemDetails.__name__)}
    return {
        status: {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status, text in texts.items()
    }


def key_required(settings: ServiceSettings) -> list[Depends]:
    """Return ``dependencies`` that describe a route as one that needs a key. ``Gate`` is what checks keys."""
    return [Security(HTTPBearer(auto_error=False))] if settings.all_keys() else []


def add_schemas(app: FastAPI, *models: type[BaseModel]) -> None:
    """Add the schemas of messages to the document."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            _, generated = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name, schema in generated.get("$defs", {}).items():
                schemas.setdefault(name, schema)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
