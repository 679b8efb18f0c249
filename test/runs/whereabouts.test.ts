import { expect, test } from 'vitest';
import { fromInstant } from '../../src/dates.ts';
import type { PlacedEvent } from '../../src/ledger/events.ts';
import { type RunFacts, whereabouts } from '../../src/runs/whereabouts.ts';

const NOW = fromInstant('2026-11-28T11:00:30Z');

function event(pool: string | null, text: string, more: Partial<PlacedEvent['event']> = {}): PlacedEvent {
  const base = { at: '2026-11-28T11:00:04Z', pool, step: 'x', text, done: null, of: null, until: null };
  return { id: '1-0', event: { ...base, ...more } };
}

function worker(beatAt: string) {
  return { worker: 'w', host: 'h', pid: 1, startedAt: beatAt, beatAt, silentAfter: 90 };
}

function where(facts: Partial<RunFacts>): string[] {
  const usual = {
    now: NOW,
    timeZone: 'America/New_York',
    events: [event(null, 'read 3 rows'), event('a', 'assign 60 people', { done: 20, of: 60 })],
    pools: [{ pool: 'a', restMs: 0, leaseMs: 25_000 }],
    workers: [worker('2026-11-28T11:00:20Z')],
    lease: 30_000,
  };
  return whereabouts({ ...usual, ...facts }).map(({ text }) => text);
}

test('says which stage, how far, and since when', () => {
  expect(where({})).toEqual(['assign 60 people (20 of 60), since 06:00:04']);
});

test('a pool of which nothing was told is where its run is', () => {
  expect(where({ pools: [{ pool: 'b', restMs: 0, leaseMs: null }] })).toEqual([
    'read 3 rows, since 06:00:04',
  ]);
});

test('says until when is waited, once', () => {
  const until = '2026-11-28T11:01:00Z';
  expect(where({ events: [event('a', 'waiting for 12 seats', { until })] })).toEqual([
    'waiting for 12 seats, until 06:01:00, since 06:00:04',
  ]);
  expect(where({ events: [event('a', 'try 3 of 5, at 06:01:00', { until })] })).toEqual([
    'try 3 of 5, at 06:01:00, since 06:00:04',
  ]);
});

test('says that the provider is left alone, that a lease runs out, that nobody works', () => {
  const pool = { pool: 'a', restMs: 0, leaseMs: 25_000 };
  expect(where({ pools: [{ ...pool, restMs: 20_000 }] })[0]).toMatch(
    /^the provider is left alone until 06:00:50\. Last: assign 60/,
  );
  expect(where({ pools: [{ ...pool, leaseMs: 5_000 }] })[0]).toMatch(
    /^waiting for the lease of a worker that is not heard of: .* by 06:00:45\./,
  );
  // A third of this lease is no whole number of milliseconds.
  expect(where({ pools: [{ ...pool, leaseMs: 300 }], lease: 1_000 })[0]).toMatch(/ by 06:00:30\./);
  expect(where({ workers: [worker('2026-11-28T10:59:00Z')] })[0]).toMatch(/^assign 60/);
  expect(where({ workers: [worker('2026-11-28T10:58:59Z')] })[0]).toMatch(/^no worker is running/);
  expect(where({ workers: [] })[0]).toMatch(/^no worker is running/);
});
