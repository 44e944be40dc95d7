"""Workers' counters, handed to the web process through Redis: one `/metrics` tells of the whole service.

A worker leaves its counters every few seconds under a name of its own that Redis forgets by itself; a worker that ended is gone
from `/metrics` after that, as it is from a Prometheus that asks it directly.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot import metrics

logger = logging.getLogger(__name__)

_PREFIX = "kouan:metrics:"
_KEPT_S = 30
_WORKERS_MOST = 200


async def leave_metrics(redis: Redis, process: str) -> None:
    """Leave this process's counters for whoever is asked for all. Raises RedisError."""
    await redis.set(f"{_PREFIX}{process}", generate_latest(metrics.registry), ex=_KEPT_S)


async def gathered(redis: Redis) -> bytes:
    """This process's counters and all workers', in Prometheus' text format; without workers' while Redis is away.

    A worker's lines carry its name in the label `process`.
    """
    try:
        texts = await _left(redis)
    except (RedisError, OSError) as error:
        logger.warning("workers' metrics are missing: %s", type(error).__name__)
        texts = {}
    together = CollectorRegistry()
    together.register(_Together(metrics.registry.collect(), texts))
    return generate_latest(together)


async def _left(redis: Redis) -> dict[str, str]:
    names: list[bytes] = []
    async for name in redis.scan_iter(match=f"{_PREFIX}*", count=500):
        names.append(bytes(name))
        if len(names) >= _WORKERS_MOST:
            break
    values: Any = await redis.mget(names) if names else []
    found = zip(names, values, strict=True)
    return {name.decode().removeprefix(_PREFIX): value.decode() for name, value in found if value is not None}


class _Together(Collector):
    """Families of the same name are one family: Prometheus refuses a name that begins twice."""

    def __init__(self, own: Iterable[Metric], texts: Mapping[str, str]) -> None:
        self._families: dict[str, Metric] = {}
        for family in own:
            self._take(family, None)
        for process, text in sorted(texts.items()):
            for family in text_string_to_metric_families(text):
                self._take(family, process)

    def _take(self, family: Metric, process: str | None) -> None:
        known = self._families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
        for sample in family.samples:
            labels = dict(sample.labels) | ({"process": process} if process else {})
            known.add_sample(sample.name, labels, sample.value, sample.timestamp, sample.exemplar)

    def collect(self) -> Iterable[Metric]:
        """See Collector."""
        return self._families.values()
