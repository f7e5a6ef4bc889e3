"""What a process counts, for `/metrics`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "http_request_seconds",
    "Time until an answer began.",
    ["method", "route", "status"],
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
STREAMS = Gauge("live_streams", "Open event streams.", registry=REGISTRY)
CACHE = Gauge(
    "cache_reads_total", "Cache reads of this process by where they were answered.", ["tier"], registry=REGISTRY
)
JOBS = Gauge("jobs", "Jobs in the ledger by queue and status.", ["queue", "status"], registry=REGISTRY)
JOB_AGE = Gauge(
    "job_oldest_seconds", "Age of the oldest job by queue and status.", ["queue", "status"], registry=REGISTRY
)
DEAD = Gauge("jobs_dead_letters", "Failed jobs kept for an operator.", registry=REGISTRY)
OUTBOX = Gauge("outbox_events", "Events committed and not yet sent.", registry=REGISTRY)
WORKERS = Gauge("workers", "Workers that reported lately.", ["kind"], registry=REGISTRY)
LOST = Counter("requests_unhandled_total", "Requests that ended in an error nobody expected.", registry=REGISTRY)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer."""
    REQUESTS.labels(method, route, str(status)).observe(seconds)
    if status == 500:
        LOST.inc()


def exposition() -> bytes:
    """Return everything counted, in Prometheus' text format."""
    return generate_latest(REGISTRY)
