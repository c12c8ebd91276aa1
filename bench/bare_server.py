"""The bare framework: what a token delivers, from memory, with nothing recorded.

`python -m bench.bare_server FILE` answers `GET /client/api/v1/bootstrap?token=…` from FILE (a JSON
object: token to text) with the same framework, web server and HTTP parser as the bundled server,
and prints its port.
"""

import json
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response


def make_app(texts: dict[str, str]) -> FastAPI:
    """One route, one look-up."""
    app = FastAPI(openapi_url=None)

    @app.get("/client/api/v1/bootstrap")
    async def deliver(token: str) -> Response:
        return Response(texts[token], media_type="application/json")

    return app


def main(file: str) -> None:
    """Serve until a signal."""
    texts = json.loads(Path(file).read_text(encoding="utf-8"))
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(make_app(texts), http="h11", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
