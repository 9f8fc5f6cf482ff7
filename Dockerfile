FROM python:3.12-slim

# No bytecode and no buffering: the file system may be read-only, and logs should appear at once.
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    PORT=8501

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .

# A number, so that Kubernetes' runAsNonRoot can check it.
USER 10001
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/_stcore/health', timeout=4)"]
# exec: the server itself receives the stop signal.
CMD ["sh", "-c", "exec streamlit run main.py --server.address=0.0.0.0 --server.port=${PORT}"]
