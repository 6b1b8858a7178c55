"""Messages to people through Apprise: mail, SMS gateways, WeCom, DingTalk, Feishu and others.

Apprise says only whether it went well.  Why not is overheard from its log, because a channel
without message ids must not be asked again as freely where a message may have been taken.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from fleet.notice_rules import PLACE
from shipment.targets import LOCAL_SCHEMES, Guard, refuse_address
from worker.webhooks import Outcome, Patience, resolve

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

#: Apprise would take them for a list.
_SEVERAL = re.compile(r"[,;|]")
_STATUS = re.compile(r"error=(\d{3})\b")
#: Gateways that answer so may have passed it on.
_PASSED_ON = (502, 504)
_NEVER_SENT = re.compile(
    r"Failed to establish a new connection|Connection refused|Name or service not known"
    r"|NameResolutionError|ConnectTimeout|No route to host|Network is unreachable|Errno -[235]\b"
)
_SMTP_REFUSED = re.compile(r"\([45]\d\d, b['\"]")


class Messengers:
    """Sends messages; may be used by several threads at once."""

    def __init__(
        self,
        guard: Guard,
        patience: Patience,
        resolver: Callable[[str, int], list[str]] = resolve,
    ) -> None:
        self._guard, self._patience, self._resolve = guard, patience, resolver

    def tell(self, channel: str, address: str, title: str, text: str) -> Outcome:
        """Send one message.

        Args:
            channel: Apprise URL, in which ``PLACE`` stands for the recipient's address.
            address: the recipient's; it stays one, whatever is in it.
            title: "" for none.
            text: plain.
        """
        if urlsplit(channel).scheme.lower() in LOCAL_SCHEMES:
            return Outcome(ok=False, detail="refused: it would act on this machine")
        to = "".join(address.split())  # people write telephone numbers in groups
        if _SEVERAL.search(to):
            return Outcome(ok=False, detail="refused: the address is more than one")
        apprise = _apprise()
        asset = apprise.AppriseAsset(async_mode=False)  # one after the other; we have threads
        url = channel.replace(PLACE, quote(to, safe="@"))
        target = apprise.Apprise.instantiate(url, asset=asset)
        if target is None:
            return Outcome(ok=False, detail="Apprise does not understand the channel's address")
        if why := self._refuse(target):
            return Outcome(ok=False, detail=f"refused: {why}")
        target.retry, target.optional = 0, False  # we repeat, and a failure is one
        target.redirects = False  # its host was looked at, another one was not
        target.socket_connect_timeout = self._patience.connect
        target.socket_read_timeout = self._patience.whole
        sender = apprise.Apprise(asset=asset)
        sender.add(target)
        lines: list[str] = []
        listening = _LINES.set(lines)
        try:
            ok = bool(sender.notify(body=text, title=title, body_format="text"))
        finally:
            _LINES.reset(listening)
        return judge(ok=ok, said="\n".join(lines))

    def _refuse(self, target: NotifyBase) -> str:
        """Why nothing may be sent to its host; a host that nobody knows is a token, no host."""
        hosts = {str(getattr(target, name, "") or "") for name in ("host", "smtp_host")} - {""}
        for host in sorted(hosts):
            if self._guard.allows(host):
                continue
            try:
                addresses = self._resolve(host, 0)
            except (OSError, UnicodeError):
                continue
            for address in addresses:
                if why := refuse_address(address):
                    return why
        return ""


def judge(*, ok: bool, said: str) -> Outcome:
    """What came of a try of which Apprise has logged ``said``; nothing of that is kept."""
    if ok:
        return Outcome(ok=True, detail="")
    if found := _STATUS.search(said):
        status = int(found[1])
        unknown = status in _PASSED_ON
        return Outcome(ok=False, detail=f"answered {status}", status=status, unknown=unknown)
    if _NEVER_SENT.search(said):
        return Outcome(ok=False, detail="no connection")
    if _SMTP_REFUSED.search(said):
        return Outcome(ok=False, detail="the mail server refused it")
    return Outcome(ok=False, detail="nobody knows whether it was taken", unknown=True)


#: Where Apprise's log goes meanwhile; it copies the context into the threads that it uses.
_LINES: ContextVar[list[str] | None] = ContextVar("lines", default=None)


class _Overheard(logging.Handler):
    """What Apprise logs for one message, into whatever thread it takes it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, if somebody listens."""
        lines = _LINES.get()
        if lines is not None:
            lines.append(record.getMessage())


@cache
def _apprise() -> Any:  # noqa: ANN401 - a module
    """Loaded when first needed: it takes half a second and 35 MB, and many never need it."""
    import apprise  # noqa: PLC0415 - see above

    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False  # it logs addresses and passwords
    logger.addHandler(_Overheard(logging.DEBUG))
    return apprise
