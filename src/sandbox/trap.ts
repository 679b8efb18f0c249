import { z } from 'zod';
import type { Serve } from './server.ts';

/** A request that came to the other origin; a client that holds on to its key never makes one. */
export const trapped = z.object({
  method: z.string(),
  path: z.string(),
  /** Names of the headers that carried a secret. */
  secrets: z.array(z.string()),
});
export type Trapped = Readonly<z.output<typeof trapped>>;

const SECRET_HEADERS = ['x-api-key', 'authorization', 'cookie'];

/** Another origin, to which redirects lead: takes down who comes and answers as if all were well. */
export function serveTrap(visitors: Trapped[]): Serve {
  return async (request, response) => {
    visitors.push({
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      secrets: SECRET_HEADERS.filter((name) => name in request.headers),
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };
}
