"""Faults on order: what networks and overloaded servers do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

FaultKind = Literal["429", "500", "502", "timeout", "cut", "cut_after", "garbage"]


@dataclass
class Fault:
    """One order. It is used up after `count` calls.

    kind: `timeout` keeps the caller waiting for `delay_s`, then cuts; `cut` drops the connection before anything is
        done, `cut_after` when the work is done and only the answer gets lost; `garbage` answers 200 with no JSON.
    methods: lower-case names of the methods it befalls; empty: all. chat_id: this chat alone.
    """

    kind: FaultKind
    count: int = 1
    methods: frozenset[str] = frozenset()
    chat_id: int | None = None
    retry_after_s: int = 1
    delay_s: float = 30.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"fault must be one of {get_args(FaultKind)}")


class Faults:
    """The orders that are open, oldest first."""

    def __init__(self) -> None:
        self._open: list[Fault] = []
        self.befallen = 0

    def order(self, fault: Fault) -> None:
        """Add an order."""
        self._open.append(fault)

    def clear(self) -> None:
        """Take every order back."""
        self._open.clear()

    def strike(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that befalls this call, counted; None when it goes well."""
        if not self._open:
            return None
        for fault in self._open:
            if (not fault.methods or method in fault.methods) and fault.chat_id in (None, chat_id):
                fault.count -= 1
                if fault.count <= 0:
                    self._open.remove(fault)
                self.befallen += 1
                return fault
        return None
