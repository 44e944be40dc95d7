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
web_pages = Gauge("kouan_web_pages", "Pages of the web chat open in this process", registry=registry)
