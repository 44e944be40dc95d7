"""State machines as data: the states, what each means, and the listed transitions. Pure.

One table of transitions serves code, API, database and documents: `bot/store/history.py` moves along it,
`tests/architecture/test_states.py` compares it with the database's constraint and with the picture in docs/states.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True)
class Machine(Generic[State]):
    """The life of one kind of case.

    name: of the kind, as in `case_history.machine`. table: where the state stands, in a column `state`. start: the states in
    which a case may begin. transitions: for each state those that may follow; none: it is final. meaning: one plain sentence
    for each.
    """

    name: str
    table: str
    start: frozenset[State]
    transitions: Mapping[State, frozenset[State]]
    meaning: Mapping[State, str]

    def allows(self, before: State, after: State) -> bool:
        """Whether the step is listed."""
        return after in self.transitions[before]

    def before(self, after: State) -> frozenset[State]:
        """From where a state may be reached."""
        return frozenset(state for state, targets in self.transitions.items() if after in targets)

    @property
    def final(self) -> frozenset[State]:
        """The states that nothing follows."""
        return frozenset(state for state, targets in self.transitions.items() if not targets)

    def mermaid(self) -> str:
        """The picture, as docs/states.md has it."""
        lines = ["stateDiagram-v2", *(f"    [*] --> {state}" for state in self.transitions if state in self.start)]
        for state, targets in self.transitions.items():
            lines += [f"    {state} --> {target}" for target in self.transitions if target in targets]
        return "\n".join([*lines, *(f"    {state} --> [*]" for state in self.transitions if state in self.final)])
