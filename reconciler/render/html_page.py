"""The page around a report: one file that asks nobody for anything and works without its script."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from reconciler.render.html import Content, Html, document, element, embedded, together

Fact = tuple[str, Content]
"""A word, and what there is to say about it."""

STYLE: Final = """\
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1b2430;--dim:#5a6675;--line:#d9dee5;\
--soft:#eef1f5;--add:#116932;--add-bg:#e2f4e8;--mod:#7a4a00;--mod-bg:#fdf0d5;--del:#a3201c;\
--del-bg:#fde7e5;--alert:#8a2380;--alert-bg:#f8e8f7;--focus:#1d5fd1}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1a2028;--text:#e4e9f0;--dim:#9ba7b6;\
--line:#323b47;--soft:#222a34;--add:#7ddc9a;--add-bg:#16331f;--mod:#f0c26a;--mod-bg:#3a2c10;\
--del:#ff9d96;--del-bg:#431b1a;--alert:#e9a3e2;--alert-bg:#3a1d38;--focus:#7fb0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);\
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
header,main,footer{max-width:72rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem}
h1{font-size:1.6rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
h1 small{display:block;font-size:.8rem;font-weight:600;letter-spacing:.08em;color:var(--dim);\
text-transform:uppercase}
h2{font-size:1.15rem;margin:2rem 0 .6rem}
h2 small{font-size:.9rem;font-weight:400;color:var(--dim);margin-left:.4rem}
code,td,dd,.who{overflow-wrap:anywhere;unicode-bidi:isolate}
code{font:.88em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.sums{display:flex;flex-wrap:wrap;gap:.5rem;padding:0;margin:1rem 0;list-style:none}
.sums li{background:var(--card);border:1px solid var(--line);border-radius:.5rem;\
padding:.35rem .8rem;color:var(--dim)}
.sums b{color:var(--text);font-size:1.15rem;margin-right:.15rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.8rem 0}
dt{color:var(--dim)}
dd{margin:0}
[role=search]{position:sticky;top:0;z-index:1;display:flex;gap:.75rem;align-items:center;\
background:var(--bg);padding:.6rem 0}
[role=search][hidden],[data-row][hidden]{display:none}
input{flex:1;max-width:28rem;min-width:0;font:inherit;color:inherit;background:var(--card);\
border:1px solid var(--line);border-radius:.4rem;padding:.35rem .6rem}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.row{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--dim);\
border-radius:.4rem;margin:.4rem 0;padding:.5rem .8rem}
.create{border-left-color:var(--add)}.update{border-left-color:var(--mod)}
.delete{border-left-color:var(--del)}.alert{border-left-color:var(--alert)}
.head{display:flex;flex-wrap:wrap;gap:.1rem .8rem;align-items:baseline}
summary{cursor:pointer}
summary.head{list-style:none}
summary.head::-webkit-details-marker{display:none}
summary.head::before{content:"\\25b8";color:var(--dim);width:.6rem;margin-right:-.3rem}
[open]>summary.head::before{content:"\\25be"}
.tag{font-size:.82rem;font-weight:600;border-radius:.3rem;padding:0 .45rem;white-space:nowrap;\
background:var(--soft)}
.create .tag,ins{color:var(--add);background:var(--add-bg)}
.update .tag{color:var(--mod);background:var(--mod-bg)}
.delete .tag,del{color:var(--del);background:var(--del-bg)}
.alert .tag{color:var(--alert);background:var(--alert-bg)}
ins,del{text-decoration:none;border-radius:.2rem;padding:0 .2rem}
.names,.why,.who{color:var(--dim)}
.names{overflow:hidden;text-overflow:ellipsis}
p{margin:.4rem 0}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.5rem 0;background:var(--card)}
caption{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden;\
white-space:nowrap}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid var(--line);\
font-weight:400;min-width:6rem}
tbody th{overflow-wrap:anywhere;min-width:9.5rem}
thead th{color:var(--dim);font-size:.82rem;font-weight:600;border-top:0}
.list{columns:16rem;margin:.4rem 0;padding:0 0 0 1.1rem;color:var(--dim);font-size:.9rem}
.long{columns:30rem}
.list li{break-inside:avoid;overflow-wrap:anywhere}
.lines p{margin:0;overflow-wrap:anywhere}
footer{color:var(--dim);font-size:.85rem;padding-top:1.5rem;padding-bottom:2rem}
@media (max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}
th,td{padding:.25rem .35rem;min-width:7.5rem}}
@media print{:root{--bg:#fff}body{font-size:10pt}[role=search]{display:none}
details::details-content{content-visibility:visible;block-size:auto}
.row{break-inside:avoid-page}.wide{overflow:visible}header,main,footer{max-width:none}}
"""
SCRIPT: Final = """\
(d=>{let[s,i,o]=["[role=search]","input","output"].map(q=>d.querySelector(q)),\
r=[...d.querySelectorAll("[data-row]")],t;
s.hidden=r.length==0;
i.oninput=()=>{t??=r.map(e=>e.textContent.toLowerCase());
let q=i.value.toLowerCase().trim(),n=0;
r.forEach((e,k)=>{e.hidden=!t[k].includes(q);n+=!e.hidden});
o.value=q?n+" of "+r.length+" rows":""};
addEventListener("beforeprint",()=>d.querySelectorAll("details").forEach(e=>{e.open=true}))
})(document)"""


def page(title: str, kind: str, header: Iterable[Content], sections: Iterable[Content]) -> str:
    """A whole report; `kind` says what it is: a plan, a drift report."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{kind} · {title}"),
        embedded("style", STYLE),
    )
    body = element(
        "body",
        element("header", element("h1", element("small", kind), title), *header),
        element("main", _filter(), *sections),
        element("footer", element("p", "This page loads nothing and holds no secret values.")),
        embedded("script", SCRIPT),
    )
    return document("en", head, body)


def sums(counts: Iterable[tuple[str, str]]) -> Html:
    """Numbers that tell at a glance: `("3,331", "update")`."""
    items = [element("li", element("b", count), " ", what) for count, what in counts]
    return element("ul", *items, class_="sums")


def facts(pairs: Iterable[Fact]) -> Html | None:
    """Words and what there is to say about each; those without are left out."""
    told = [(word, text) for word, text in pairs if text]
    rows = [together((element("dt", word), element("dd", text))) for word, text in told]
    return element("dl", *rows) if rows else None


def section(title: str, about: str, rows: Sequence[Content]) -> Html | None:
    """A heading and what stands below it, if anything does."""
    if not rows:
        return None
    heading = element("h2", title, element("small", about) if about else None)
    return element("section", heading, *rows)


def _filter() -> Html:
    """Shown by the script; without one every row is there all the same."""
    label = element("label", "Filter", for_="filter")
    field = element("input", id="filter", type="search", placeholder="name, field, value, file …")
    return element("div", label, field, element("output"), role="search", hidden=True)


def _policy() -> str:
    style, script = (b64encode(sha256(s.encode()).digest()).decode() for s in (STYLE, SCRIPT))
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )
