"""What the OpenAPI document says of bodies and answers that the framework does not see."""

from typing import Any

from pydantic import BaseModel

from reconciler.server.api.bodies import FORM, JSON, Body
from reconciler.server.api.exports import CSV
from reconciler.server.api.qr import MEDIA_TYPES
from reconciler.server.api.representation import NDJSON
from reconciler.server.api.rows import ProblemRow, Row

Answers = dict[int | str, dict[str, Any]]

PROBLEM = "application/problem+json"
_REFERENCE = "#/components/schemas/"

DOCUMENT: dict[str, dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The parameters: any JSON object",
        "content": {JSON: {"schema": {"type": "object", "additionalProperties": True}}},
    }
}


def reference(model: type[BaseModel]) -> dict[str, str]:
    """Where the model stands in the document."""
    return {"$ref": _REFERENCE + model.__name__}


def json_body(model: type[Body]) -> dict[str, object]:
    """A JSON body of this model."""
    content = {JSON: {"schema": reference(model)}}
    return {"requestBody": {"required": True, "content": content}}


def form_or_json(form: type[BaseModel], model: type[Body]) -> dict[str, object]:
    """The log-in's two bodies."""
    content = {JSON: {"schema": reference(model)}, FORM: {"schema": reference(form)}}
    return {"requestBody": {"required": True, "content": content}}


def answers(model: type[Row] | None = None, *, tagged: bool = True) -> Answers:
    """200 with this model (or only an error); `tagged` when the answer carries an ETag."""
    problem = {"description": "Refused", "content": {PROBLEM: {"schema": reference(ProblemRow)}}}
    described: Answers = {"default": problem}
    if model is not None:
        described[200] = {"description": "Done", "content": {JSON: {"schema": reference(model)}}}
        if tagged:
            described[200]["headers"] = {"ETag": {"schema": {"type": "string"}}}
    return described


def list_of(model: type[Row], *, table: bool = False) -> Answers:
    """200 with a page of this model, or its rows as lines, or as a table."""
    whole = [NDJSON, CSV] if table else [NDJSON]
    described = answers()
    described[200] = {
        "description": f"A page, or with Accept: {' or '.join(whole)} the whole list",
        "content": {JSON: {"schema": {"$ref": _REFERENCE + page_name(model)}}}
        | {media_type: {"schema": {"type": "string"}} for media_type in whole},
    }
    return described


def texts() -> Answers:
    """200 with a list of texts."""
    schema = {"type": "array", "items": {"type": "string"}}
    return {200: {"description": "The list", "content": {JSON: {"schema": schema}}}}


def rows_of(model: type[Row]) -> Answers:
    """200 with a plain list of this model."""
    schema = {"type": "array", "items": reference(model)}
    return {200: {"description": "The list", "content": {JSON: {"schema": schema}}}}


def page_name(model: type[Row]) -> str:
    """The name of a page of this model in the document."""
    return f"PageOf{model.__name__}"


IMAGE: Answers = {
    **answers(),
    200: {
        "description": "The image",
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in MEDIA_TYPES.values()
        },
    },
}
DELIVERY: Answers = {
    **answers(),
    200: {
        "description": "The parameters",
        "headers": {"ETag": {"schema": {"type": "string"}}},
        "content": DOCUMENT["requestBody"]["content"],
    },
    304: {"description": "The device has them already"},
}
