# The web page for hosts other than Spaces:
#     docker build -t surnames . && docker run -p 7860:7860 surnames
FROM python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea

# Exact versions with their hashes. On x86-64 the lock's torch includes CUDA and makes a large image;
# for a smaller one, resolve a lock of your own with PyTorch's CPU builds.
COPY requirements.lock /app/
RUN pip install --no-cache-dir --require-hashes -r /app/requirements.lock

WORKDIR /app
COPY app.py LICENSE ./
COPY model model

RUN useradd --create-home --uid 1000 visitor
USER 1000
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONUNBUFFERED=1
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/config')"]
CMD ["python", "app.py"]
