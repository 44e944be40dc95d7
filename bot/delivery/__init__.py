"""Delivery: outbox, fan-out, queue, limits, workers, receipts."""
