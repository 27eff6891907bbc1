"""`make run` on SQLite, as it comes."""

from pathlib import Path

import pytest

from make_run import polls_by_itself_and_stops_on_ctrl_c


@pytest.mark.timeout(1_500)
def test_airflow_polls_by_itself_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    polls_by_itself_and_stops_on_ctrl_c(tmp_path, {})
