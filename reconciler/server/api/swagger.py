"""The Swagger page at /admin/swagger-ui/, from files that this package ships."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

_STATIC = Path(__file__).resolve().parent / "static"
_PAGE = "/admin/swagger-ui"

router = APIRouter(include_in_schema=False)


@router.get("/")
@router.get(_PAGE)
def go_to_page() -> Response:
    """The page's own address ends in a slash, because its links are relative."""
    return RedirectResponse(f"{_PAGE}/", status_code=307)


@router.get(f"{_PAGE}/")
def page() -> Response:
    """The page itself."""
    return FileResponse(_STATIC / "swagger" / "index.html", media_type="text/html; charset=utf-8")


@router.get(f"{_PAGE}/start.js")
def script() -> Response:
    """How the page starts; a file, because the page allows no inline script."""
    return FileResponse(
        _STATIC / "swagger" / "start.js", media_type="text/javascript; charset=utf-8"
    )


def files() -> Mount:
    """The vendored files; the version in their path lets a browser keep them."""
    return Mount(f"{_PAGE}/vendor", StaticFiles(directory=_STATIC / "vendor"), name="vendor")
