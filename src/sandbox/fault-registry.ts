import type { z } from 'zod';
import { CohortSyncError } from '../errors.ts';
import {
  type Fault,
  type FaultOrder,
  type FaultReport,
  faultOrder,
  type HookedRequest,
  pathMatches,
  type RequestHook,
  type RequestMatch,
} from './faults.ts';

/** Orders faults of coming requests. Several that hit one request apply in the order in which they were ordered. */
export interface Faults {
  /** Orders a fault. Its report's `hits` tell whether it came about. */
  order(order: FaultOrder): OrderedFault;
  /** Calls back around the effect of matching requests. `times` as in an order; default: 1. */
  hook(match: RequestMatch, hook: RequestHook, times?: number | 'always'): OrderedFault;
  reports(): readonly FaultReport[];
  /** The order by its id. Throws if there is none. */
  ordered(id: number): OrderedFault;
  /** Cancels all orders and lets held requests go on. */
  clear(): void;
}

export interface OrderedFault {
  readonly id: number;
  report(): FaultReport;
  /** Resolves once it has come about `hits` times (default: 1): for a hold, when the request is waiting. */
  hit(hits?: number): Promise<void>;
  /** Lets held requests go on, the ones to come too. */
  release(): void;
  /** No more requests are hit; held ones go on. */
  cancel(): void;
}

/** What hits one request, in order. */
export interface Hit {
  readonly fault: Fault | ({ readonly kind: 'hook' } & RequestHook);
  /** Notes that the fault has come about; one that an earlier fault forestalls never does. */
  comeAbout(): void;
  /** For a hold: resolves on release. */
  released(): Promise<void>;
}

export interface FaultRegistry extends Faults {
  /** The faults that hit this request; counts it. */
  hitsOn(request: HookedRequest): readonly Hit[];
}

type Settled = Pick<z.output<typeof faultOrder>, 'match' | 'times'> & { readonly fault: Hit['fault'] };

interface Order extends OrderedFault {
  take(request: HookedRequest): Hit | null;
}

export function makeFaultRegistry(): FaultRegistry {
  const orders = new Map<number, Order>();
  let lastId = 0;
  const add = (settled: Settled): OrderedFault => {
    const id = ++lastId;
    const order = makeOrder(id, settled, () => orders.delete(id));
    orders.set(id, order);
    return order;
  };
  return {
    order: (order) => add(faultOrder.parse(order)),
    hook: (match, hook, times = 1) => {
      const parsed = faultOrder.pick({ match: true, times: true }).parse({ match, times });
      return add({ ...parsed, fault: { kind: 'hook', ...hook } });
    },
    reports: () => [...orders.values()].map((order) => order.report()),
    ordered: (id) => {
      const order = orders.get(id);
      if (order === undefined)
        throw new CohortSyncError(`there is no fault ${id}`, 'Look at GET /sandbox/faults.');
      return order;
    },
    clear: () => {
      for (const order of orders.values()) order.cancel();
    },
    hitsOn: (request) => [...orders.values()].flatMap((order) => order.take(request) ?? []),
  };
}

function makeOrder(id: number, { match, times, fault }: Settled, forget: () => void): Order {
  let seen = 0;
  let hits = 0;
  let held = 0;
  let waiters: { readonly hits: number; resolve(): void }[] = [];
  const gate = Promise.withResolvers<void>();
  const matches = (request: HookedRequest) =>
    (match.provider ?? request.provider) === request.provider &&
    (match.method ?? request.method) === request.method &&
    (match.path === undefined || pathMatches(match.path, request.path));

  return {
    id,
    report: () => {
      const shown = fault.kind === 'hook' ? { kind: fault.kind } : fault;
      return { id, match, times, fault: shown, seen, hits, held };
    },
    hit: (wanted = 1) => {
      if (hits >= wanted) return Promise.resolve();
      return new Promise((resolve) => waiters.push({ hits: wanted, resolve }));
    },
    release: () => gate.resolve(),
    cancel: () => {
      forget();
      gate.resolve();
    },
    take: (request) => {
      if (!matches(request)) return null;
      seen += 1;
      if (seen < match.nth || (times !== 'always' && seen >= match.nth + times)) return null;
      return { fault, comeAbout, released };
    },
  };

  function comeAbout() {
    hits += 1;
    for (const waiter of waiters.filter((other) => other.hits <= hits)) waiter.resolve();
    waiters = waiters.filter((other) => other.hits > hits);
  }

  async function released() {
    held += 1;
    comeAbout();
    await gate.promise;
    held -= 1;
  }
}
