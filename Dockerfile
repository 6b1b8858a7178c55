# Milepost as one image: gateway, api and worker are commands of it (see docker-compose.yml).

# The tools come from the lock file, Node among them: what is tested is what builds.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /tools \
    && /tools/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
       --require-hashes -r requirements.lock
COPY dashboards/package.json dashboards/package-lock.json dashboards/
COPY dashboards/scripts/npm.py dashboards/scripts/
RUN /tools/bin/python dashboards/scripts/npm.py ci --no-fund --no-audit
COPY . .
RUN /tools/bin/python dashboards/scripts/npm.py run build
# What runs needs no linters: only the runtime's packages, in the versions and with the
# hashes of the lock file (uv verifies the hashes of constraints).
RUN /tools/bin/uv venv --python /usr/local/bin/python /app/venv \
    && /tools/bin/uv pip install --no-cache --python /app/venv \
       --constraint requirements.lock -r pyproject.toml \
    && /tools/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation -w /wheel . \
    && /tools/bin/uv pip install --no-cache --python /app/venv --no-deps /wheel/*.whl

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Milepost" \
      org.opencontainers.image.licenses="Apache-2.0"
# A number, so that a cluster can see that it is not root.
RUN useradd --uid 10001 --create-home --home-dir /app --shell /usr/sbin/nologin milepost \
    # For the files of `milepost broker-files`: a volume takes its owner from here.
    && install -d -o milepost -g milepost -m 0700 /files
COPY --from=build /app/venv /app/venv
COPY --from=build /src/dashboards/dist /app/dashboards/dist
ENV PATH=/app/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001
EXPOSE 8080
# Of the default command; the other processes name their own in docker-compose.yml.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/health/ready', timeout=4)"]
ENTRYPOINT ["milepost"]
CMD ["api"]
