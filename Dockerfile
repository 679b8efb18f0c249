# The service in a container: docker build -t cohort-sync . && docker run -v "$PWD/settings:/work" cohort-sync check
# The folder /work holds cohort-sync.yaml and what it names. Give it a Redis by redis.url: the image has none.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

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
ENTRYPOINT ["node", "/app/bin/cohort-sync.js"]
CMD ["--help"]
