"""The worker behind the page of webhooks."""

from collections.abc import Callable
from contextlib import closing

from msgspec.structs import replace

from till.owner.clients import Clients
from till.owner.worker import Worker
from till.presentation.owner_state import (
    DeleteWebhook,
    Done,
    Hitch,
    ListWebhooks,
    PageState,
    RegisterWebhook,
    WebhookRow,
    WebhooksState,
)
from till.vipps import webhooks as api


class WebhookWorker(Worker[WebhooksState]):
    """Lists, registers and deletes; after every change the list is read anew. A secret goes from the wallet to the key store."""

    def __init__(self, open_clients: Callable[[], Clients], publish: Callable[[PageState], None]) -> None:
        super().__init__("webhooks", WebhooksState(), publish)
        self._open = open_clients

    def _take(self, wish: object) -> None:
        self._show(replace(self._state, is_busy=True, hitch=None, done=None))
        with closing(self._open()) as clients:
            done = _done(clients, wish)
            rows = _rows(clients)
        self._show(WebhooksState(rows, done=done))

    def _fail(self, hitch: Hitch) -> None:
        self._show(replace(self._state, is_busy=False, hitch=hitch))


def _done(clients: Clients, wish: object) -> Done | None:
    msn = clients.unit.msn
    match wish:
        case ListWebhooks():
            return None
        case RegisterWebhook(url=url):
            lacking = api.lacking(clients.webhooks.list(), clients.store, msn=msn, url=url)
            if lacking:
                api.register_and_keep(clients.webhooks, clients.store, msn=msn, url=url, events=lacking)
            return Done("webhook_registered" if lacking else "webhook_was_there", {"url": url})
        case DeleteWebhook(id=webhook_id):
            api.delete_and_forget(clients.webhooks, clients.store, msn=msn, webhook_id=webhook_id)
            return Done("webhook_deleted")
    raise TypeError(type(wish).__name__)


def _rows(clients: Clients) -> tuple[WebhookRow, ...]:
    registered, msn = clients.webhooks.list(), clients.unit.msn
    return tuple(
        WebhookRow(
            one.id,
            one.url,
            len(one.events),
            len(api.missing(registered, url=one.url, events=api.PAYMENT_EVENTS)),
            clients.store.get(api.secret_name(msn, one.id)) is not None,
        )
        for one in registered
    )
