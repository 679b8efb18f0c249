import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../../src/dates.ts';
import { ProviderError } from '../../../src/errors.ts';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
} from '../../../src/providers/http/client.ts';

export const KEY = 'test_k3y/with+odd=chars';

/** An HTTP server for one test, and the requests that it saw. */
export async function serve(listener: RequestListener) {
  const seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    listener(request, response);
  });
  return { url: await listen(server), seen };
}

/** A TCP server for one test: what `talk` does with each connection is the whole conversation. */
export async function serveRaw(talk: (socket: Socket) => void) {
  const received: string[] = [];
  let connections = 0;
  const server = createTcpServer((socket) => {
    const index = connections++;
    received[index] = '';
    socket.on('data', (data) => {
      received[index] += data.toString('latin1');
    });
    socket.on('error', () => {});
    talk(socket);
  });
  return { url: await listen(server), received };
}

/** Answers with JSON. */
export function answer(value: unknown, status = 200, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

export function clientFor(baseUrl: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  return createHttpClient({
    pool: 'teaching',
    baseUrl,
    headers: { 'x-api-key': KEY },
    secrets: [KEY],
    clock: systemClock,
    readError: (body) => z.object({ error: z.string() }).safeParse(body).data?.error ?? null,
    ...options,
  });
}

export const thing = z.object({ name: z.string() });
export type Thing = z.output<typeof thing>;

export function read(change: Partial<HttpRequest<Thing>> = {}): HttpRequest<Thing> {
  const signal = AbortSignal.timeout(15_000);
  return { method: 'GET', path: '/things', schema: thing, signal, changes: false, ...change };
}

export function write(change: Partial<HttpRequest<Thing>> = {}): HttpRequest<Thing> {
  const body = { secretive: 'body-canary' };
  return read({ method: 'POST', body, changes: true, ...change });
}

/** The ProviderError that a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<ProviderError> {
  const outcome = await call.then(
    () => 'nothing was thrown',
    (thrown: unknown) => thrown,
  );
  if (outcome instanceof ProviderError) return outcome;
  throw new Error('expected a ProviderError', { cause: outcome });
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${portOf(server.address())}`;
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}
