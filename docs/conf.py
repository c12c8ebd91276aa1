"""How the pages become HTML: `make site`. They are plain Markdown and read well without it."""

import re

from sphinx.application import Sphinx

project = "pvm"
author = "The pvm authors"
project_copyright = "The pvm authors, Apache-2.0"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
html_theme = "alabaster"
html_theme_options = {
    "description": "Configuration of a device-provisioning server as code",
    "fixed_sidebar": True,
    "page_width": "66rem",
    "sidebar_width": "15rem",
    "show_powered_by": False,
}
html_copy_source = False

_LINK = re.compile(r"^- \[[^\]]+\]\(([^)#:]+)\.md\)", re.MULTILINE)


def navigation(_: Sphinx, page: str, text: list[str]) -> None:
    """The links of the first page are the menu: a section each, in their order."""
    if page != "index":
        return
    for section in text[0].split("\n## ")[1:]:
        title = section.partition("\n")[0]
        pages = "\n".join(_LINK.findall(section))
        text[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{pages}\n```\n"
    text[0] += "\n```{toctree}\n:hidden:\n:caption: Decisions\n:glob:\n\ndecisions/*\n```\n"


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", navigation)
