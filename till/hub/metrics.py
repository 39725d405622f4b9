"""What the hub counts and measures, for those who watch it: OpenMetrics, numbers only."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
#: Seconds; the wallet waits for ten.
_ANSWER_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One process's numbers since it started."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.webhooks = Counter(
            "till_hub_webhooks",
            "Deliveries of the wallet, by what became of them",
            ["outcome"],
            registry=self._registry,
        )
        self.answer_seconds = Histogram(
            "till_hub_webhook_answer_seconds",
            "From a delivery's first byte to its answer",
            buckets=_ANSWER_BUCKETS,
            registry=self._registry,
        )
        self.events = Counter("till_hub_events", "Events sent to tills", ["kind"], registry=self._registry)
        self.journal = Counter(
            "till_hub_journal_batches",
            "Batches of journal records, by what became of them",
            ["outcome"],
            registry=self._registry,
        )
        self._connected = Gauge(
            "till_hub_connected_tills", "Tills that listen to this process", registry=self._registry
        )
        self._job_faults = Gauge(
            "till_hub_failing_jobs", "Jobs that did not succeed the last time", registry=self._registry
        )

    def count_connected(self, count: Callable[[], float]) -> None:
        """Ask `count` how many tills listen, whenever somebody looks."""
        self._connected.set_function(count)

    def page(self, faults: Iterable[str | None]) -> bytes:
        """Return all numbers as text; `faults` has one entry for each job, None where all is well."""
        self._job_faults.set(sum(fault is not None for fault in faults))
        page: bytes = generate_latest(self._registry)  # type: ignore[no-untyped-call]
        return page
