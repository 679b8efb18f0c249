# The service in a container: docker build -t cohort-sync . && docker run -v "$PWD/settings:/work" cohort-sync
# The folder /work holds cohort-sync.yaml and what it names. Give it a Redis by redis.url: the image has none. To be
# reached from outside the container http.host has to be 0.0.0.0, which needs http.tokens. See compose.yaml.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional
# Of the 340 APIs of googleapis one is used: the others are nine tenths of all packages. Types and maps nobody reads here.
RUN find node_modules/googleapis/build/src/apis -mindepth 1 -maxdepth 1 -type d ! -name sheets -exec rm -rf {} + \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin/cohort-sync.js bin/cohort-sync.js
COPY config/cohort-sync.example.yaml config/cohort-sync.schema.json config/
USER node
WORKDIR /work
EXPOSE 8080
# For a port other than 8080 set HEALTH_PORT. Processes without HTTP (--only worker) need --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT ?? 8080}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No shell in between, so that signals reach the process.
ENTRYPOINT ["node", "/app/bin/cohort-sync.js"]
CMD ["serve"]
