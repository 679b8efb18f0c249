import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Text that a commit to the ledger has in it and nothing else: the name of its operation's key. */
const COMMIT = ':ledger:op:';

export interface RedisProxy extends AsyncDisposable {
  /** For `redis.url`. */
  readonly url: string;
  /** From now on nothing passes in either direction; what arrives is thrown away. */
  freeze(): void;
  /** Resolves when something has come from the client since the freeze. */
  knocked(): Promise<void>;
  /** Lets the next commit through to Redis and then freezes: its effect is there, its answer is not. */
  freezeAfterCommit(): Promise<void>;
  /** Takes back `freezeAfterCommit`. */
  never(): void;
  /** The answers of so many commits are lost: they are applied and the client's connection breaks. */
  loseReplies(count: number): void;
  /** Commits that came by. */
  commits(): number;
  /** Breaks all connections; new ones are made as ever. */
  cut(): void;
  /** New connections are refused, and those that stand are broken, until it is called with false. */
  away(is: boolean): void;
}

/** Stands between one client and Redis, and can be as bad as a network. */
export async function startRedisProxy(redisSocket: string): Promise<RedisProxy> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-proxy-'));
  const socketPath = path.join(folder, 'redis.sock');
  const pairs = new Set<readonly [Socket, Socket]>();
  let frozen = false;
  let refusing = false;
  let onKnock: (() => void) | null = null;
  let onCommit: (() => void) | null = null;
  let toLose = 0;
  let commits = 0;

  const server = createServer((client) => {
    if (refusing) return void client.destroy();
    const upstream = connect(redisSocket);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    let losing = false;
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end).on('close', end);
    upstream.on('error', end).on('close', end);
    client.on('data', (data) => {
      if (frozen) return onKnock?.();
      if (data.includes(COMMIT)) {
        commits += 1;
        if (onCommit !== null) {
          frozen = true;
          // Redis answers only once it is applied; the answer goes nowhere.
          upstream.once('data', onCommit);
        } else if (toLose > 0) {
          toLose -= 1;
          losing = true;
        }
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (losing) return end();
      if (!frozen) client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));

  const cut = () => {
    for (const [client, upstream] of pairs) {
      client.destroy();
      upstream.destroy();
    }
  };
  return {
    url: `unix://${socketPath}`,
    freeze: () => {
      frozen = true;
    },
    knocked: () =>
      new Promise((resolve) => {
        onKnock = resolve;
      }),
    freezeAfterCommit: () =>
      new Promise((resolve) => {
        onCommit = resolve;
      }),
    never: () => {
      onCommit = null;
    },
    loseReplies: (count) => {
      toLose = count;
    },
    commits: () => commits,
    cut,
    away: (is) => {
      refusing = is;
      if (is) cut();
    },
    [Symbol.asyncDispose]: async () => {
      refusing = true;
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
