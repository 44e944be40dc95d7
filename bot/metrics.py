"""Counters and timers for Prometheus. Labels are kinds, never persons, texts or numbers."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

registry = CollectorRegistry()

turns = Counter("kouan_turns", "Messages answered", ["channel", "by", "kind"], registry=registry)
turn_seconds = Histogram(
    "kouan_turn_seconds",
    "Time from a message to its answer, seconds",
    ["by"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    registry=registry,
)
nlu_failures = Counter("kouan_nlu_failures", "Messages that Rasa could not answer", ["reason"], registry=registry)
events = Counter("kouan_clearance_events", "Clearance events taken", ["result"], registry=registry)
deliveries = Counter("kouan_deliveries", "Sends by outcome", ["channel", "lane", "result"], registry=registry)
refusals = Counter("kouan_refusals", "Messages that a channel refused for its limit", registry=registry)
retries = Counter("kouan_retries", "Sends that are tried again after a failure", ["channel"], registry=registry)
resolved = Counter("kouan_resolved", "Deliveries made from audiences", ["lane"], registry=registry)
swept = Counter("kouan_swept", "Deliveries that a sweep found", ["sweep"], registry=registry)
lane_depth = Gauge(
    "kouan_lane_depth", "Entries in a lane's stream, 1 to 25 deliveries each", ["lane", "channel"], registry=registry
)
lag_seconds = Gauge(
    "kouan_lag_seconds", "Age of the oldest delivery that is due and not sent; 0: none", registry=registry
)
permits = Counter("kouan_permits", "Permits given to this process", ["channel", "lane"], registry=registry)
permits_waiting = Gauge("kouan_permits_waiting", "Messages that wait for a permit", ["channel"], registry=registry)
sweeps = Counter("kouan_sweeps", "Sweeps by how they ended", ["result"], registry=registry)
open_incidents = Gauge("kouan_open_incidents", "Incidents of a channel that last", ["channel"], registry=registry)
probes = Counter("kouan_probes", "Probes to canaries, judged", ["channel", "result"], registry=registry)
web_pages = Gauge("kouan_web_pages", "Pages of the web chat open in this process", registry=registry)
handoff_opened = Counter("kouan_handoff_opened", "Cases that people opened", ["team", "why"], registry=registry)
handoff_waiting_seconds = Histogram(
    "kouan_handoff_waiting_seconds",
    "Time from a case's opening to its taking, seconds",
    ["team"],
    buckets=(10, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 24 * 3600),
    registry=registry,
)
handoff_answers = Counter("kouan_handoff_answers", "Messages of staff to people", ["team"], registry=registry)
handoff_closed = Counter("kouan_handoff_closed", "Cases that ended", ["team", "by"], registry=registry)
handoff_queue = Gauge("kouan_handoff_queue", "Cases that wait, by team", ["team"], registry=registry)
handoff_oldest_seconds = Gauge(
    "kouan_handoff_oldest_seconds", "How long the first of a team's queue waits, seconds", ["team"], registry=registry
)
