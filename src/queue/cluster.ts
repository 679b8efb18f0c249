import type { Cluster, Redis } from 'ioredis';
import { LedgerError } from '../errors.ts';

/** The slot of all keys: of the tag in `KEY_PREFIX`, as `CLUSTER KEYSLOT` says. */
export const KEY_SLOT = 11_250;

/** Commands without a key. A cluster would send them to any node; they are about the one that holds the ledger. */
const ABOUT_THE_SERVER: ReadonlySet<string | symbol> = new Set(['info', 'config', 'wait', 'call']);

/**
 * A cluster as the ledger needs it: what is asked of the server itself, and the confirmation that the writes of a
 * connection are durable, goes to the node where the ledger is.
 */
export function ledgerOfCluster(cluster: Cluster): Cluster {
  return new Proxy(cluster, {
    get: (target, name) => {
      const asked = ABOUT_THE_SERVER.has(name) ? nodeOf(target) : target;
      const value: unknown = Reflect.get(asked, name, asked);
      return typeof value === 'function' ? value.bind(asked) : value;
    },
  });
}

function nodeOf(cluster: Cluster): Redis {
  const [place] = cluster.slots[KEY_SLOT] ?? [];
  const node = cluster.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === place);
  if (node !== undefined) return node;
  throw new LedgerError(
    'no node of the Redis cluster holds the ledger now',
    'Wait for the failover, or look at the cluster.',
  );
}
