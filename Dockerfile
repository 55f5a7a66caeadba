# syntax=docker/dockerfile:1
# One image for all functions: FUNCTION_TARGET chooses one. Its dispatcher is another command: python -m runtime.dispatcher
FROM python:3.13-slim@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS build
ARG SOURCE_DATE_EPOCH=0
WORKDIR /src
COPY . .
RUN container/install python3 /opt/redline

FROM python:3.13-slim@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285
LABEL org.opencontainers.image.title="redline" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/redline /opt/redline
ENV PATH=/opt/redline/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /
USER 65532:65532
EXPOSE 8080
CMD ["redline-serve"]
