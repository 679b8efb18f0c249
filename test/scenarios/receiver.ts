import { createServer } from 'node:http';
import type { Queues } from '../../src/queue/queues.ts';
import { until } from '../support/until.ts';

/** What a receiver does with a request. `hang` never answers. */
type Behavior = 'take' | 'refuse' | 'hang' | { readonly redirectTo: string };

/** A webhook's receiver over real HTTP. */
export interface Receiver extends AsyncDisposable {
  /** With a secret in its path, as such addresses have. */
  readonly url: string;
  /** The bodies that it took, parsed, oldest first. */
  readonly taken: readonly unknown[];
  /** How often it was asked, whatever became of it. */
  asked(): number;
  behave(behavior: Behavior): void;
  /** Waits until it has taken so many. */
  untilTaken(count: number): Promise<readonly unknown[]>;
}

export const RECEIVER_SECRET = 'T000-hook-secret';

/** Waits until no notification is left to be sent, those that are put off counted. */
export async function allNoticesSent({ notify }: Queues): Promise<void> {
  await until(
    'an empty queue of notifications',
    async () => (await notify.getJobCountByTypes('waiting', 'active', 'delayed')) === 0,
  );
}

export async function startReceiver(initial: Behavior = 'take'): Promise<Receiver> {
  const taken: unknown[] = [];
  let behavior = initial;
  let asked = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      asked += 1;
      if (behavior === 'hang') return;
      if (typeof behavior === 'object')
        return void response.writeHead(307, { location: behavior.redirectTo }).end();
      if (behavior === 'take') taken.push(JSON.parse(body));
      response.writeHead(behavior === 'take' ? 200 : 503).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/services/${RECEIVER_SECRET}`,
    taken,
    asked: () => asked,
    behave: (next) => {
      behavior = next;
    },
    untilTaken: (count) => until(`${count} notifications`, () => taken.length >= count && taken),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
