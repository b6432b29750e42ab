# One image for every role: web, worker, scheduler and the one-shot commands.
#
#   docker build -t hundredth .
#   docker run --rm hundredth petition keys

# By tag and digest, once `make pin-images` has run.
ARG BASE=python:3.11-slim-bookworm

# --- build: wheels of everything, from the lock, and an environment with only these ----------
FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_INPUT=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# The packages first: they change less often than the code, so this layer is rarely built again.
# Flask-Principal is published only as source; setuptools, from the build lock, makes its wheel.
COPY requirements/build.txt requirements/run.txt requirements/
RUN pip install --no-deps --require-hashes --only-binary :all: -r requirements/build.txt \
    && pip wheel --no-deps --require-hashes --no-build-isolation --only-binary :all: \
        --no-binary flask-principal --wheel-dir /wheels -r requirements/run.txt \
    && python -m venv --without-pip /opt/hundredth \
    && pip --python /opt/hundredth/bin/python install --no-deps --no-index /wheels/*.whl

COPY LICENSE README.md pyproject.toml ./
COPY petition petition
COPY workers workers
COPY templates templates
COPY migrations migrations
RUN pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheel . \
    && pip --python /opt/hundredth/bin/python install --no-deps --no-index /wheel/*.whl

# What is in it, as CycloneDX: docker run --rm hundredth cat /opt/hundredth/sbom.json
COPY scripts/sbom.py scripts/sbom.py
RUN python scripts/sbom.py --installed /opt/hundredth/lib/python*/site-packages \
        /opt/hundredth/sbom.json

# --- the image that runs ---------------------------------------------------------------------------
FROM ${BASE}

# Pango and HarfBuzz lay out the letters; Noto has the alphabets of the signers' names.
# Versions are Debian's own: a pinned one disappears from its mirrors with the next security fix.
# hadolint ignore=DL3008
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        fonts-noto-cjk \
        fonts-noto-core \
        libharfbuzz-subset0 \
        libpango-1.0-0 \
        libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 hundredth \
    && useradd --uid 10001 --gid hundredth --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin hundredth \
    && install -d -o hundredth -g hundredth -m 0750 /data

COPY --from=build /opt/hundredth /opt/hundredth

ENV PATH=/opt/hundredth/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PETITION_DATA_DIR=/data \
    PETITION_LOG_FORMAT=json \
    PETITION_PORT=8000

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM

# Alive, not ready: a web process that waits for its database must not be killed for it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PETITION_PORT\"]}/healthz', timeout=4)"]

CMD ["petition", "web"]
