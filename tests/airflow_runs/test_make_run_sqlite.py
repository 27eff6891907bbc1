"""`make run` on SQLite, as it comes."""

from pathlib import Path

import pytest

from make_run import until_first_mail


@pytest.mark.timeout(1_500)
def test_airflow_polls_by_itself_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    ran = until_first_mail(tmp_path, {})
    assert (ran.mails, ran.code, ran.left) == (1, 0, 0), ran.output  # the back-log is one summary; every process ended
    assert ran.processes >= 4, "scheduler, dag-processor, triggerer and api-server"
    assert "Ctrl-C stops" in ran.output
    assert "Stopped." in ran.output
