"""`make run` with Airflow's and our own database on PostgreSQL."""

import uuid
from pathlib import Path

import psycopg
import pytest

from make_run import until_first_mail


@pytest.mark.timeout(1_500)
def test_airflow_polls_by_itself_and_stops_on_ctrl_c(tmp_path: Path, postgresql: str) -> None:
    names = [f"{kind}_{uuid.uuid4().hex[:8]}" for kind in ("airflow", "wirefeed")]
    with psycopg.connect(postgresql, autocommit=True) as admin:
        for name in names:
            admin.execute(f'CREATE DATABASE "{name}"')
    base = postgresql.rsplit("/", 1)[0]
    ran = until_first_mail(tmp_path, {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"{base}/{names[0]}".replace("postgresql://", "postgresql+psycopg2://"),
        "WIREFEED_DATABASE_URL": f"{base}/{names[1]}"})
    assert (ran.mails, ran.code, ran.left) == (1, 0, 0), ran.output  # the back-log is one summary; every process ended
    assert ran.processes >= 4, "scheduler, dag-processor, triggerer and api-server"
    assert "Ctrl-C stops" in ran.output
    assert "Stopped." in ran.output
