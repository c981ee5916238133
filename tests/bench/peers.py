"""The servers that ours is measured beside: `python tests/bench/peers.py APP PORT CANNED HTTP LOOP`.

CANNED is a JSON file, `{"GET /v1/bids": "{...}"}`: what to answer. HTTP and LOOP are uvicorn's settings. What an app
does not need it does not import: its start and its memory are measured.
"""

# No `from __future__ import annotations`: FastAPI reads the annotations of functions that are made inside functions.
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

Canned = dict[str, str]


def floor(canned: Canned) -> Any:
    """The least that an ASGI app can do: read the JSON, count, answer bytes."""
    answers = {where: text.encode() for where, text in canned.items()}
    counter = itertools.count()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if body:
            json.loads(body)
            next(counter)
        answer = answers[f"{scope['method']} {scope['path']}"]
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app


def minimal(canned: Canned) -> Any:
    """FastAPI as its tutorial begins: bodies as pydantic models, answers as dicts."""
    return _fastapi({where: json.loads(text) for where, text in canned.items()}, dict.fromkeys(canned))


def models(canned: Canned) -> Any:
    """FastAPI as services are written: response models, and two middlewares, for the key and for a header."""
    from fastapi import Request, Response
    from starlette.middleware.base import BaseHTTPMiddleware

    values = {where: json.loads(text) for where, text in canned.items()}
    app = _fastapi(values, {where: _model("M", value) for where, value in values.items()})

    async def key(request: Request, call_next: Callable[[Request], Any]) -> Response:
        if "x-api-key" not in request.headers:
            return Response(status_code=401)
        answer: Response = await call_next(request)
        return answer

    async def mark(request: Request, call_next: Callable[[Request], Any]) -> Response:
        answer: Response = await call_next(request)
        answer.headers["x-mock"] = "1"
        return answer

    app.add_middleware(BaseHTTPMiddleware, dispatch=key)
    app.add_middleware(BaseHTTPMiddleware, dispatch=mark)
    return app


def _fastapi(values: dict[str, Any], shapes: dict[str, Any]) -> Any:
    from fastapi import FastAPI
    from pydantic import BaseModel

    class Deposit(BaseModel):
        dseq: str
        deposit: float

    class DepositBody(BaseModel):
        data: Deposit

    class New(BaseModel):
        sdl: str
        deposit: float

    class NewBody(BaseModel):
        data: New

    app = FastAPI()
    counter = itertools.count()

    @app.get("/v1/bids", response_model=shapes["GET /v1/bids"])
    async def bids(dseq: str) -> Any:
        return values["GET /v1/bids"]

    @app.post("/v1/deposit-deployment", response_model=shapes["POST /v1/deposit-deployment"])
    async def deposit(body: DepositBody) -> Any:
        next(counter)
        return values["POST /v1/deposit-deployment"]

    @app.post("/v1/deployments", status_code=201, response_model=shapes["POST /v1/deployments"])
    async def create(body: NewBody) -> Any:
        next(counter)
        return values["POST /v1/deployments"]

    return app


def _model(name: str, value: Any) -> Any:
    """The type of a JSON value, with a pydantic model for each object."""
    from pydantic import create_model

    if isinstance(value, dict):
        fields: dict[str, Any] = {key: (_model(f"{name}_{key}", entry), ...) for key, entry in value.items()}
        return create_model(name, **fields)
    if isinstance(value, list):
        return list[_model(name, value[0])] if value else list[Any]  # type: ignore[misc]
    return Any if value is None else type(value)


APPS: dict[str, Callable[[Canned], Any]] = {"floor": floor, "minimal": minimal, "models": models}


if __name__ == "__main__":
    name, port, canned, http, loop = sys.argv[1:]
    uvicorn.run(
        APPS[name](json.loads(Path(canned).read_text())),
        host="127.0.0.1",
        port=int(port),
        http=http,
        loop=loop,
        log_level="critical",
        lifespan="off",
        date_header=False,
        server_header=False,
    )
