import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { CohortSyncError, messageOf } from '../errors.ts';

/** Limits on slow and large requests (milliseconds, bytes). */
export interface ServerLimits {
  readonly headersMs: number;
  readonly requestMs: number;
}

const LIMITS: ServerLimits = { headersMs: 10_000, requestMs: 20_000 };

/** Largest headers of a request (bytes). */
const MAX_HEADERS = 16 * 1024;

type Fetch = Parameters<typeof getRequestListener>[0];

interface Address {
  readonly host: string;
  /** 0 is a free one. */
  readonly port: number;
}

/** The one place where this process serves HTTP. */
export interface Listener {
  /**
   * From now on requests to this address are answered by `fetch`. Where it listens there already nobody notices; at
   * another address it listens there first, and then no longer at the old one.
   * @returns the URL. @throws CohortSyncError if the address can't be had; then all stays as it was.
   */
  serve(address: Address, fetch: Fetch): Promise<string>;
  /** Takes no more connections; requests under way have until the deadline (milliseconds). */
  close(deadline: number): Promise<void>;
}

/** How long requests under way get when the address changes (milliseconds). */
const MOVE_MS = 5_000;

export function createListener(limits: ServerLimits = LIMITS): Listener {
  let now: (HttpServer & { readonly asked: Address }) | null = null;
  return {
    serve: async (asked, fetch) => {
      if (now !== null && now.asked.host === asked.host && now.asked.port === asked.port) {
        now.use(fetch);
        return now.url;
      }
      const before = now;
      now = { ...(await listen(asked, fetch, limits)), asked };
      void before?.close(MOVE_MS);
      return now.url;
    },
    close: async (deadline) => now?.close(deadline),
  };
}

interface HttpServer {
  readonly url: string;
  use(fetch: Fetch): void;
  close(deadline: number): Promise<void>;
}

async function listen({ host, port }: Address, fetch: Fetch, limits: ServerLimits): Promise<HttpServer> {
  let current = fetch;
  const listener = getRequestListener((request, env) => current(request, env));
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs / 2),
      maxHeaderSize: MAX_HEADERS,
    },
    (request, response) => void listener(request, response),
  );
  const address = await bind(server, host, port);
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${address.port}`,
    use: (next) => {
      current = next;
    },
    close: async (deadline) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), deadline);
      await closed;
      clearTimeout(timer);
    },
  };
}

function bind(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(
        new CohortSyncError(
          `the HTTP server can't listen on ${host} port ${port}: ${messageOf(cause)}`,
          'Free that port, or set http.host and http.port.',
          { cause },
        ),
      );
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      const address = server.address();
      if (address === null || typeof address === 'string') fail('no address');
      else resolve(address);
    });
  });
}
