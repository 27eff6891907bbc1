# syntax=docker/dockerfile:1
# One image for all of Airflow's services, the desk and the set-up. Same lock file as `make test`: what was tested is what runs.
FROM python:3.12.12-slim-bookworm AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/venv
RUN pip install --no-cache-dir uv==0.9.5
WORKDIR /opt/airflow
COPY pyproject.toml uv.lock README.md ./
# Dependencies only (spaCy's and natasha's models are wheels among them); the package itself is mounted or copied, never installed as a
# wheel: a wheel in site-packages would silently win over plugins/ (docs/decisions/003).
RUN uv sync --frozen --no-dev --extra production --extra celery --no-install-project

FROM python:3.12.12-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH AIRFLOW_HOME=/opt/airflow PYTHONPATH=/opt/airflow/plugins PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    WIREFEED_SHIPPED_CONFIG=/opt/airflow/config WIREFEED_CONFIG=/opt/airflow/config/local WIREFEED_DATA=/opt/airflow/data
RUN useradd --uid 50000 --gid 0 --home-dir /opt/airflow --no-create-home airflow \
 && mkdir -p /opt/airflow/logs /opt/airflow/data /opt/airflow/config/local && chown -R 50000:0 /opt/airflow && chmod -R g=u /opt/airflow \
 && printf '#!/opt/venv/bin/python\nfrom wirefeed.cli import main\nmain()\n' > /usr/local/bin/wirefeed && chmod 755 /usr/local/bin/wirefeed
COPY --from=build /opt/venv /opt/venv
WORKDIR /opt/airflow
COPY --chown=50000:0 dags dags
COPY --chown=50000:0 plugins plugins
COPY --chown=50000:0 config config
COPY --chown=50000:0 deploy deploy
USER 50000:0
CMD ["airflow", "version"]
