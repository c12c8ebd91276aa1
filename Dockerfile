# The bundled server in an image: docker build -t pvm .
# Nothing secret is built in: addresses and passwords come as files at run time (compose.yaml).

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
# The locked versions first: they change less often than the program.
COPY requirements/server.txt requirements/dev.txt requirements/
RUN python -m venv /opt/pvm \
    && /opt/pvm/bin/pip install --require-hashes --no-deps --requirement requirements/server.txt
# What builds the wheel is locked too, among the tools for development.
RUN awk '/^[a-z]/ { wanted = /^(hatchling|packaging|pathspec|pluggy|trove-classifiers)==/ } wanted' \
        requirements/dev.txt > requirements/build.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --no-deps --requirement requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY specs/examples/retail specs/examples/retail
COPY specs/examples/ci specs/examples/ci
COPY .github/actions/pvm .github/actions/pvm
COPY reconciler reconciler
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/pvm/bin/pip install --no-deps --no-index dist/*.whl \
    && /opt/pvm/bin/pip uninstall --yes pip

FROM python:3.13-slim-bookworm
COPY --from=build /opt/pvm /opt/pvm
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data
# Numbers, so that an orchestrator can see that this is not root.
USER 10001:10001
# Without a database setting the server keeps .pvm/server.db here.
WORKDIR /data
VOLUME /data
ENV PATH=/opt/pvm/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PVM_SERVER_HOST=0.0.0.0
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/admin/api/v1/health', timeout=4)"]
ENTRYPOINT ["pvm"]
CMD ["serve"]
