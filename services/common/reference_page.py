"""Renders an OpenAPI document as one HTML page: every route and every message, without scripts or other addresses.

Swagger's page loads its scripts from the internet, which a training cluster often has not. Markdown in descriptions is
shown as text, except for code in backticks.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from services.common import html

Schema = Mapping[str, Any]
_CODE = re.compile(r"``?([^`]+)``?")
_METHODS = ("get", "post", "put", "patch", "delete")


def render(document: Mapping[str, Any], nonce: str = "") -> str:
    """Return the page of one OpenAPI document; ``nonce`` is that of the response."""
    info = document["info"]
    schemas: Mapping[str, Schema] = document.get("components", {}).get("schemas", {})
    routes = list(_routes(document))
    contents = html.table([(_route_link(method, path), _purpose(route)) for method, path, route in routes])
    messages = ", ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in sorted(schemas))
    top = (
        f"<h1>{escape(info['title'])}</h1><p>{_text(info.get('summary', ''))} "
        f'<span class="dim">Version {escape(info["version"])}.</span> '
        f'<a href="/">Overview</a> · <a href="/openapi.json">openapi.json</a></p>'
    )
    body = [
        top,
        f'<h2>Routes</h2><div class="stacked">{contents}</div><h2>Messages</h2><p>{messages}</p>',
        *(_route(*route) for route in routes),
        "<h2>Fields of the messages</h2>",
        *(_message(name, schemas[name]) for name in sorted(schemas)),
    ]
    return html.page(f"{info['title']}: reference", "\n".join(body), nonce=nonce)


def _routes(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if route := methods.get(method):
                yield method.upper(), path, route


def _purpose(route: Schema) -> str:
    """Return the first sentence of a route's description; without one its summary, which FastAPI makes of a name."""
    description = " ".join(route.get("description", "").split("\n\n")[0].split())
    sentence = re.split(r"(?<=[.:;])\s", description)[0].rstrip(".:;")
    return _text(sentence or route.get("summary", ""))


def _route_link(method: str, path: str) -> str:
    link = f'<a href="#{_anchor(method, path)}"><code>{escape(path)}</code></a>'
    return f'<span class="method">{method}</span> {link}'


def _anchor(method: str, path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{method}{path}".lower())


def _route(method: str, path: str, route: Schema) -> str:
    parts = [f'<h3 id="{_anchor(method, path)}">{method} <code>{escape(path)}</code></h3>']
    parts += [f"<p>{_text(part)}</p>" for part in route.get("description", "").split("\n\n")]
    if parameters := route.get("parameters"):
        rows = [
            (f"<code>{escape(item['name'])}</code>", item["in"], _type(item.get("schema", {})),
             _text(item.get("description") or item.get("schema", {}).get("description", "")))
            for item in parameters
        ]  # fmt: skip
        parts.append(html.table(rows, ("parameter", "in", "type", "meaning")))
    if body := route.get("requestBody"):
        parts.append(f"<p>Body: {', '.join(_content(body))}</p>")
    answers = [
        (escape(status), _text(answer.get("description", "")), ", ".join(_content(answer)))
        for status, answer in route.get("responses", {}).items()
    ]
    parts.append(html.table(answers, ("status", "answer", "message")))
    return "\n".join(parts)


def _content(holder: Schema) -> Iterator[str]:
    for media_type, content in holder.get("content", {}).items():
        yield f"{_type(content.get('schema', {}))} <span class=dim>{escape(media_type)}</span>"


def _message(name: str, schema: Schema) -> str:
    parts = [f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>']
    parts += [f"<p>{_text(part)}</p>" for part in schema.get("description", "").split("\n\n") if part]
    if "enum" in schema:
        parts.append(
            "<p>One of "
            + ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
            + "</p>"
        )
    required = set(schema.get("required", ()))
    rows = [
        (f"<code>{escape(field)}</code>", _type(value), _default(value, is_required=field in required),
         _text(value.get("description", "")))
        for field, value in schema.get("properties", {}).items()
    ]  # fmt: skip
    if rows:
        parts.append(html.table(rows, ("field", "type", "default", "meaning")))
    return "\n".join(parts)


def _type(schema: Schema) -> str:
    """Return the type of a schema in words, with links to the messages in it."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(_type(option) for option in schema[key]))
    if "const" in schema:
        return f"<code>{escape(repr(schema['const']))}</code>"
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"map to {_type(schema['additionalProperties'])}"
    return escape(str(schema.get("type", "any"))) + _bounds(schema)


def _bounds(schema: Schema) -> str:
    signs = (("minimum", "≥"), ("exclusiveMinimum", "&gt;"), ("maximum", "≤"), ("exclusiveMaximum", "&lt;"))
    bounds = [f"{sign} {schema[key]:g}" for key, sign in signs if key in schema]
    return f' <span class="dim">{", ".join(bounds)}</span>' if bounds else ""


def _default(schema: Schema, *, is_required: bool) -> str:
    if is_required:
        return "required"
    return f"<code>{escape(repr(schema['default']))}</code>" if "default" in schema else ""


def _text(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))
