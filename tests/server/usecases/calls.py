"""Short forms of single calls, for tests that need objects to be there."""

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.bootstrap import Bootstrap
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import SiteContent
from reconciler.server.domain.site import Site
from reconciler.server.domain.token import Token, TokenContent
from reconciler.server.domain.write import Circumstances, Written
from reconciler.server.usecases.bootstraps import put_bootstrap
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.sites import put_site
from reconciler.server.usecases.tokens import put_token
from tests.server.company import ONCE


def bootstrap(
    world: World, caller: Caller, name: str, text: str = "{}", how: Circumstances = ONCE
) -> Written[Bootstrap]:
    return put_bootstrap(world, caller, name, text.encode(), how)


def token(
    world: World, caller: Caller, name: str, to: str, how: Circumstances = ONCE
) -> Written[Token]:
    content = TokenContent(AppId.PTT_PRO_ANDROID, to, "")
    return put_token(world, caller, name, content, how)


def site(world: World, caller: Caller, name: str, how: Circumstances = ONCE) -> Written[Site]:
    return put_site(world, caller, name, SiteContent("pro-1"), how)
