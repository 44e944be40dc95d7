"""What the command line takes."""

from __future__ import annotations

import pytest

from bot import cli


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        (["test"], []),
        (["test", "-q"], ["-q"]),
        (["test", "tests/unit", "-q"], ["tests/unit", "-q"]),
        (["test", "-k", "cli", "tests/unit"], ["-k", "cli", "tests/unit"]),
        (["test", "--durations=15"], ["--durations=15"]),
    ],
)
def test_arguments_of_test_go_to_pytest(given: list[str], passed_on: list[str]) -> None:
    assert cli._options(given).pytest == passed_on


def test_unknown_argument_of_another_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli._options(["check", "--fast"])

    assert ended.value.code == 2
    assert "--fast" in capsys.readouterr().err
