# docker build -t image-denoiser .                                TensorFlow
# docker build -t image-denoiser --build-arg ENGINE=openvino .    OpenVINO: less size and memory
ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS packages
ARG ENGINE=tensorflow
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# Debian keeps only the newest binutils, so a pinned version would soon fail to build.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends binutils
WORKDIR /app
COPY requirements.txt .
# Of the two engines only the one that serves. Bytecode comes later, of what is really imported.
RUN --mount=type=cache,target=/root/.cache/pip \
    case "$ENGINE" in \
        tensorflow) other='^(openvino|scipy)\b' ;; \
        openvino) other='^tensorflow' ;; \
        *) echo "ENGINE is tensorflow or openvino, not $ENGINE." >&2; exit 1 ;; \
    esac \
    && grep -Ev "$other" requirements.txt > needed.txt \
    && python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-compile -r needed.txt
COPY . .
RUN bash deploy/slim.sh /venv
# One picture through the page, started once: writes the bytecode that serving needs, and fails the
# build if anything does.
ENV PATH=/venv/bin:$PATH KERAS_BACKEND=${ENGINE}
RUN python -m deploy.rehearse && rm -r requirements.txt needed.txt deploy

FROM python:${PYTHON}-slim
ARG ENGINE=tensorflow
# No bytecode and no buffering: the file system may be read-only, and logs should appear at once.
ENV PATH=/venv/bin:$PATH \
    KERAS_BACKEND=${ENGINE} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TF_CPP_MIN_LOG_LEVEL=2 \
    HOME=/tmp \
    PORT=8501
WORKDIR /app
COPY --from=packages /venv /venv
COPY --from=packages /app /app
# A number, so that Kubernetes' runAsNonRoot can check it.
USER 10001:10001
EXPOSE 8501
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/_stcore/health', timeout=4)"]
# exec: the server itself receives the stop signal.
CMD ["sh", "-c", "exec streamlit run main.py --server.address=0.0.0.0 --server.port=${PORT}"]
