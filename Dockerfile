# The image of every process of a hub except its stores; docker-compose.yml runs it with them.
# PostgreSQL and Redis are services of their own there, so the embedded servers are never started.

FROM python:3.13-slim AS dependencies
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/hub \
    && /opt/hub/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
        --only-binary :all: -r /tmp/requirements.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/lawyers-hub --create-home hub \
    && chmod 700 /var/lib/lawyers-hub
COPY --from=dependencies /opt/hub /opt/hub
WORKDIR /app
COPY schema.graphql ./
COPY api ./api
COPY domain ./domain
COPY infrastructure ./infrastructure
COPY jobs ./jobs
COPY projections ./projections
# Every container would compile all of it again at each start: it may not write here.
RUN python -m compileall -q api domain infrastructure jobs projections
ENV PATH=/opt/hub/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HUB_HOME=/var/lib/lawyers-hub \
    HUB_ENVIRONMENT=production
USER hub
VOLUME /var/lib/lawyers-hub
ENTRYPOINT ["python", "-P", "-m", "api"]
CMD ["--help"]
