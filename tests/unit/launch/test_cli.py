"""What the command line takes."""

from __future__ import annotations

import pytest

from bot import cli


@pytest.mark.parametrize("given", [["check", "--fast"], ["up", "--prot", "8001"], ["dance"], []])
def test_unknown_words_are_refused_with_the_usage(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(given)

    assert ended.value.code == 2
    assert "usage: kouan" in capsys.readouterr().err
