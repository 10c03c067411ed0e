# syntax=docker/dockerfile:1
#
# The image of Parley: the gateway (parley serve), the worker and every other command.
#
#   docker build -t parley:0.1.0 .                        hears on the CPU
#   docker build -t parley:0.1.0-cuda --target cuda .     hears on an NVIDIA GPU
#
# Python is pinned by its version. A version's image is still rebuilt with newer Debian packages;
# to pin the very bytes, look the digest up once and build with it:
#
#   docker buildx imagetools inspect python:3.11.14-slim-bookworm
#   docker build --build-arg PYTHON_IMAGE=python:3.11.14-slim-bookworm@sha256:... .
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm


# --- What the lock names, and nothing that pip would choose by itself ----------------------------
FROM ${PYTHON_IMAGE} AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /opt/parley
RUN python -m venv --without-pip /opt/venv
COPY requirements.lock ./
RUN python -m pip --python /opt/venv/bin/python install --no-deps --require-hashes -r requirements.lock


# --- Parley itself, by the pinned build tools, which stay behind in this stage -------------------
FROM dependencies AS project
COPY requirements-build.lock ./
RUN python -m pip --python /opt/venv/bin/python install --no-deps --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY alembic ./alembic
COPY agents ./agents
COPY api ./api
COPY app ./app
COPY campaigns ./campaigns
COPY compliance ./compliance
COPY core ./core
COPY costs ./costs
COPY db ./db
COPY emulator ./emulator
COPY graph ./graph
COPY voice ./voice
# Editable, because the migrations lie beside the packages; into a folder of its own, so that a
# change of Parley does not copy the dependencies again.
RUN python -m pip --python /opt/venv/bin/python install --no-deps --no-build-isolation --prefix /opt/project --editable .
# Sources that were cloned under a strict umask are readable for their owner alone.
RUN python -m compileall -q /opt/parley && rm -rf build *.egg-info && chmod -R a+rX /opt/parley


# --- What CTranslate2 needs on a GPU: cuBLAS. The driver comes from the host ---------------------
# Its wheel brings its own CUDA runtime and uses no cuDNN, so the large CUDA image is not needed,
# and the Python stays the one that the lock is made for.
FROM dependencies AS cuda-libraries
COPY deploy/requirements-cuda.lock ./
RUN python -m pip --python /opt/venv/bin/python install --no-deps --require-hashes --prefix /opt/cuda -r requirements-cuda.lock


# --- The image: Python, the packages, Parley, and no tool that installs or builds ----------------
FROM ${PYTHON_IMAGE} AS runtime
LABEL org.opencontainers.image.title="Parley" \
      org.opencontainers.image.description="Self-hosted AI phone calls" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/python:3.11.14-slim-bookworm"
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore setuptools wheel pip \
 && groupadd --gid 10001 parley \
 && useradd --uid 10001 --gid parley --home-dir /data --no-create-home --shell /usr/sbin/nologin parley \
 && install --directory --owner parley --group parley --mode 0700 /data
COPY --from=dependencies /opt/venv /opt/venv
COPY --from=project /opt/project /opt/venv
COPY --from=project /opt/parley /opt/parley
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PARLEY_DATA_DIR=/data \
    PARLEY_HOST=0.0.0.0 \
    PARLEY_PORT=8080
WORKDIR /opt/parley
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
# Whether the process answers; /readyz says whether it can take calls. No proxy comes between.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 \
    CMD ["python", "-c", "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', int(os.environ['PARLEY_PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
CMD ["parley", "serve"]


# docker build --target cuda, and run it with --gpus all (NVIDIA's container toolkit on the host)
FROM runtime AS cuda
COPY --from=cuda-libraries /opt/cuda /opt/venv
ENV LD_LIBRARY_PATH=/opt/venv/lib/python3.11/site-packages/nvidia/cublas/lib:/opt/venv/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility


# The last stage is what a plain docker build makes.
FROM runtime AS cpu
