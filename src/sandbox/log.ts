import { z } from 'zod';
import { type Clock, toInstant } from '../dates.ts';

/**
 * One request to a stand-in. `ending` says how it went out: `open` is still being worked on or held, `silent` will
 * never be answered, `dropped` lost its connection.
 */
export const requestEntry = z.object({
  /** In the order of arrival, from 1. */
  n: z.number(),
  at: z.string(),
  provider: z.string(),
  method: z.string(),
  /** The provider's own path, without the query. */
  path: z.string(),
  /** As it went over the wire; null where no answer did. */
  status: z.number().nullable(),
  ending: z.enum(['open', 'answered', 'dropped', 'silent']),
  /** Whether the request took effect or set a change going, whatever was answered. */
  changed: z.boolean(),
  /** What was asked, without secrets. */
  summary: z.string(),
  /** Kinds of the ordered faults that hit it. */
  faults: z.array(z.string()),
});

/** One thing that really changed at a provider. The oracle of every test. */
export const effect = z.object({
  n: z.number(),
  at: z.string(),
  provider: z.string(),
  /** `person`: somebody changed it in the provider's portal, by the control API. */
  by: z.enum(['api', 'person']),
  /** `invite`: a person was asked to join the provider's account. */
  kind: z.enum(['increment', 'decrement', 'assign', 'unassign', 'invite']),
  /** The subscription, or what a provider without subscriptions has in its place. */
  subscription: z.string(),
  /** The license, or null where the number of seats changed. */
  license: z.string().nullable(),
  /** Seats or grantee before and after. */
  from: z.union([z.number(), z.string(), z.null()]),
  to: z.union([z.number(), z.string(), z.null()]),
});

export type RequestEntry = Readonly<z.output<typeof requestEntry>>;
export type Effect = Readonly<z.output<typeof effect>>;

export interface SandboxLog {
  requests(): readonly RequestEntry[];
  effects(): readonly Effect[];
  /** Empties both; numbers go on. */
  clear(): void;
}

/** The log as the sandbox's own parts write it. */
export interface LogWriter extends SandboxLog {
  /** Notes an arrival; the returned function notes what became of it. */
  arrived(entry: Pick<RequestEntry, 'provider' | 'method' | 'path'>): OpenRequest;
  effect(effect: Omit<Effect, 'n' | 'at'>, at?: number): void;
}

export interface OpenRequest {
  readonly n: number;
  note(change: Partial<Pick<RequestEntry, 'status' | 'ending' | 'changed' | 'summary'>>): void;
  hitBy(fault: string): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** `clock` stamps the entries; `beforeRead` runs before the log is read, so that nothing due is missing from it. */
export function makeLog(clock: Clock, beforeRead: () => void): LogWriter {
  let requests: Mutable<RequestEntry>[] = [];
  let effects: Effect[] = [];
  let lastRequest = 0;
  let lastEffect = 0;

  return {
    requests: () => {
      beforeRead();
      return requests.map((entry) => ({ ...entry }));
    },
    effects: () => {
      beforeRead();
      return [...effects];
    },
    clear: () => {
      requests = [];
      effects = [];
    },
    arrived: (entry) => {
      const n = ++lastRequest;
      const at = toInstant(clock.now());
      const open: Mutable<RequestEntry> = {
        ...{ n, at, ...entry },
        ...{ status: null, ending: 'open', changed: false, summary: '', faults: [] },
      };
      requests.push(open);
      return {
        n,
        note: (change) => void Object.assign(open, change),
        hitBy: (fault) => {
          open.faults = [...open.faults, fault];
        },
      };
    },
    effect: (effect, at = clock.now()) => {
      effects.push({ n: ++lastEffect, at: toInstant(at), ...effect });
    },
  };
}
