import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import type { FaultRegistry } from './fault-registry.ts';
import type { LogWriter } from './log.ts';
import { serveWithFaults } from './serve.ts';
import type { StandIn } from './stand-in.ts';

/** Far more than any request of the real APIs; a stand-in should fail where the memory would. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** What a server of the sandbox does with a request whose body has been read. */
export type Serve = (request: IncomingMessage, response: ServerResponse, body: string) => Promise<void>;

/** Listens on 127.0.0.1; resolves to the server and its origin. Port 0 takes a free one. */
export async function listen(serve: Serve, port: number): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) => serve(request, response, body))
      .catch((thrown: unknown) => {
        // A request that broke off has nobody to answer to; the rest is a fault of the sandbox itself.
        if (response.headersSent || request.destroyed) response.destroy();
        else response.writeHead(500, { 'content-type': 'text/plain' }).end(`sandbox: ${messageOf(thrown)}\n`);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sandbox has no port');
  return { server, origin: `http://127.0.0.1:${address.port}` };
}

/** Stops listening and breaks every connection, held and silent requests too. */
export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

/** Serves the stand-ins' requests: each is logged, hit by the ordered faults, and answered. */
export function serveStandIns(
  standIns: readonly StandIn[],
  parts: { faults: FaultRegistry; log: LogWriter; trapUrl: string },
): Serve {
  return async (request, response, body) => {
    const method = request.method ?? 'GET';
    const [wholePath = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
    for (const standIn of standIns) {
      const path = standIn.ownPath(wholePath);
      if (path === null) continue;
      const open = parts.log.arrived({ provider: standIn.provider, method, path });
      const arrived = {
        n: open.n,
        method,
        path,
        query: new URLSearchParams(query),
        headers: request.headers,
        body,
      };
      const hits = parts.faults.hitsOn({ n: open.n, provider: standIn.provider, method, path });
      await serveWithFaults({ standIn, arrived, open, hits, response, trapUrl: parts.trapUrl });
      return;
    }
    response
      .writeHead(404, { 'content-type': 'text/plain' })
      .end('No stand-in has this path. See /sandbox.\n');
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
