# The web page for hosts other than Spaces:
#     docker build -t surnames . && docker run -p 7860:7860 surnames
FROM python:3.12-slim

# The torch that pip finds by itself brings CUDA along. With the address of PyTorch's CPU builds as
# this build argument (its install page gives it) pip takes the one that ends in +cpu.
ARG PIP_EXTRA_INDEX_URL
COPY requirements.txt /app/
RUN pip install --no-cache-dir -r /app/requirements.txt

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
