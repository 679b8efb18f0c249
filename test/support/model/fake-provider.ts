import { ProviderError, type ProviderFailure } from '../../../src/errors.ts';
import type {
  ChangeProgress,
  LineResult,
  PoolState,
  Provider,
  SeatLine,
  SendGate,
  TotalAnswer,
} from '../../../src/providers/provider.ts';

export const POOL = 'teaching';

/** What becomes of a change of the total. Those with `late` in them take effect after the caller has given up. */
export const TOTAL_FATES = [
  'accepted',
  'event',
  'event fails',
  'event never ends',
  'event ends late',
  'event is partial',
  'success without seats',
  'done, answer lost',
  'done late, answer lost',
  'not done, answer lost',
  'never sent',
  'refused',
  'rate-limited',
  'failed, not done',
  'failed, done',
  'answer is a riddle, done',
] as const;
export type TotalFate = (typeof TOTAL_FATES)[number];

/** What becomes of a batch of lines. */
export const LINE_FATES = [
  'done',
  'done, answer lost',
  'not done, answer lost',
  'half done',
  'rate-limited',
  'failed',
  'refused',
] as const;
export type LineFate = (typeof LINE_FATES)[number];

export interface ModelEffect {
  readonly kind: 'increment' | 'decrement' | 'assign' | 'unassign';
  readonly by: 'api' | 'person';
  readonly grantee: string | null;
  readonly from: number | null;
  readonly to: number | null;
}

interface Pending {
  readonly reference: string;
  readonly delta: number;
  readonly ends: number | null;
  readonly outcome: 'done' | 'failed' | 'partial' | 'empty';
  status: ChangeProgress['status'];
}

/** What the fake has to know of the world around it. */
export interface ProviderWorld {
  now(): number;
  at(when: number, run: () => void): void;
  /** The wall clock's time, for `Retry-After`. */
  clock(): number;
  nextTotalFate(): TotalFate;
  nextLineFate(): LineFate;
  /** Told before each change of the total that arrives, and after each effect. */
  onSend(change: { readonly observed: number; readonly expected: number }, unsettled: boolean): void;
  onEffect(effect: ModelEffect): void;
}

/** How a process reaches the provider: its steps may fail it, kill it, or keep it. */
export interface Wire {
  step(what: string): Promise<void>;
}

export interface FakeProvider {
  connect(wire: Wire): Provider;
  readonly total: () => number;
  readonly holders: () => string[];
  /** Changes of the total that are still to take effect. */
  readonly unsettled: () => number;
  /** Whose seats are free. */
  readonly free: () => number;
  /** What a person does in the portal; nothing where it is not possible. */
  buyByHand(seats: number): void;
  freeByHand(grantee: string): void;
  assignByHand(grantee: string): void;
}

/** How long changes take (milliseconds): well within the settle time. */
const EVENT_MS = 4_000;
const LATE_MS = 20_000;
/** Long after the settle time: only who knows of the event can know that it is not over. */
const VERY_LATE_MS = 40 * 60_000;

/** A provider with relative seat changes, events and every way to fail, in memory. Its seats are the oracle's. */
export function fakeProvider(
  world: ProviderWorld,
  start: { seats: number; assigned: readonly string[] },
): FakeProvider {
  const seats = new Map<string, string | null>();
  let made = 0;
  let total = start.seats;
  const pending: Pending[] = [];
  const addSeat = () => seats.set(`seat-${String(++made).padStart(4, '0')}`, null);
  for (let count = 0; count < start.seats; count++) addSeat();
  const free = () => [...seats].filter(([, holder]) => holder === null).map(([id]) => id);
  for (const grantee of start.assigned) seats.set(free()[0] ?? 'none', grantee);

  const changeTotal = (delta: number, by: ModelEffect['by'], usable = delta) => {
    const from = total;
    total += delta;
    for (let count = 0; count < usable; count++) addSeat();
    for (const id of free().reverse().slice(0, Math.max(0, -usable))) seats.delete(id);
    world.onEffect({ kind: delta > 0 ? 'increment' : 'decrement', by, grantee: null, from, to: total });
  };
  const setHolder = (id: string, grantee: string | null, by: ModelEffect['by']) => {
    const before = seats.get(id);
    // Somebody has given the seat back meanwhile.
    if (before === undefined) return;
    seats.set(id, grantee);
    if (before !== null && grantee !== null && before !== grantee) {
      world.onEffect({ kind: 'unassign', by, grantee: before, from: null, to: null });
    }
    const kind = grantee === null ? 'unassign' : 'assign';
    world.onEffect({ kind, by, grantee: grantee ?? before, from: null, to: null });
  };
  const settle = (change: Pending) => {
    if (change.status !== 'pending') return;
    change.status = change.outcome === 'failed' ? 'failed' : 'done';
    const possible = change.delta > 0 || free().length >= -change.delta;
    if (!possible) change.status = 'failed';
    else if (change.outcome === 'done') changeTotal(change.delta, 'api');
    else if (change.outcome === 'partial' && Math.abs(change.delta) > 1)
      changeTotal(Math.sign(change.delta), 'api');
  };
  const inBackground = (delta: number, after: number | null, outcome: Pending['outcome']): Pending => {
    const reference = `event-${pending.length + 1}`;
    const ends = after === null ? null : world.now() + after;
    const change: Pending = { reference, delta, ends, outcome, status: 'pending' };
    pending.push(change);
    if (ends !== null) world.at(ends, () => settle(change));
    return change;
  };
  const unsettled = () => pending.filter(({ status, ends }) => status === 'pending' && ends !== null).length;

  const read = (): PoolState => {
    const byKey = Map.groupBy(
      [...seats].filter((seat): seat is [string, string] => seat[1] !== null),
      ([, grantee]) => grantee,
    );
    return {
      pool: POOL,
      total,
      totalFrom: 'the model',
      usable: seats.size,
      limits: { min: 1, max: null },
      holders: [...byKey].map(([grantee, held]) => ({
        grantee,
        seats: held.map(([id]) => id),
        count: held.length,
      })),
      freeSeats: free(),
    };
  };

  const totalChange = (delta: number): TotalAnswer => {
    // As the real one: only seats that nobody holds can be given back.
    if (free().length < -delta) throw failure('refused');
    switch (world.nextTotalFate()) {
      case 'accepted':
        changeTotal(delta, 'api');
        return { kind: 'accepted' };
      case 'event':
        return { kind: 'pending', reference: inBackground(delta, EVENT_MS, 'done').reference };
      case 'event fails':
        return { kind: 'pending', reference: inBackground(delta, EVENT_MS, 'failed').reference };
      case 'event never ends':
        return { kind: 'pending', reference: inBackground(delta, null, 'failed').reference };
      case 'event ends late':
        return { kind: 'pending', reference: inBackground(delta, VERY_LATE_MS, 'done').reference };
      case 'event is partial':
        return { kind: 'pending', reference: inBackground(delta, EVENT_MS, 'partial').reference };
      case 'success without seats':
        return { kind: 'pending', reference: inBackground(delta, EVENT_MS, 'empty').reference };
      case 'done, answer lost':
        changeTotal(delta, 'api');
        throw failure('broken');
      case 'done late, answer lost':
        inBackground(delta, LATE_MS, 'done');
        throw failure('timeout');
      case 'not done, answer lost':
        throw failure('timeout');
      case 'never sent':
        throw failure('not-sent');
      case 'refused':
        throw failure('refused');
      case 'rate-limited':
        throw failure('rate-limited', world.clock() + 2_000);
      case 'failed, not done':
        throw failure('unavailable');
      case 'failed, done':
        changeTotal(delta, 'api');
        throw failure('unavailable');
      case 'answer is a riddle, done':
        changeTotal(delta, 'api');
        throw failure('wrong-answer');
    }
  };

  const update = async (wire: Wire, lines: readonly SeatLine[], gate: SendGate, assigning: boolean) => {
    await wire.step('list');
    const results = lines.map((line): LineResult | null => decide(line, assigning));
    if (results.every((result) => result !== null)) return results.filter((result) => result !== null);
    await gate();
    await wire.step('lines, before');
    const fate = world.nextLineFate();
    if (fate === 'rate-limited') throw failure('rate-limited', world.clock() + 2_000);
    if (fate === 'failed') throw failure('unavailable');
    if (fate === 'refused') throw failure('refused');
    if (fate === 'not done, answer lost') throw failure('broken');
    const open = lines.filter((_, place) => results[place] === null);
    const done = fate === 'half done' ? open.slice(0, Math.ceil(open.length / 2)) : open;
    for (const { grantee, seat } of done)
      if (seat !== null) setHolder(seat, assigning ? grantee : null, 'api');
    await wire.step('lines, after');
    if (fate === 'done, answer lost') throw failure('broken');
    return lines.map(
      ({ grantee }, place) => results[place] ?? { grantee, outcome: 'applied' as const, reason: null },
    );
  };
  const decide = ({ grantee, seat }: SeatLine, assigning: boolean): LineResult | null => {
    const holder = seat === null ? undefined : seats.get(seat);
    const has = [...seats.values()].includes(grantee);
    if (assigning && has) return { grantee, outcome: 'already', reason: 'has a seat' };
    if (assigning && holder !== null) return { grantee, outcome: 'refused', reason: 'the seat is taken' };
    if (!assigning && holder !== grantee) return { grantee, outcome: 'already', reason: 'it is not theirs' };
    return null;
  };

  return {
    total: () => total,
    holders: () => [...seats.values()].filter((holder) => holder !== null).sort(),
    unsettled,
    free: () => free().length,
    buyByHand: (count) => {
      if (count > 0 || (free().length >= -count && total + count >= 1)) changeTotal(count, 'person');
    },
    freeByHand: (grantee) => {
      for (const [id, holder] of seats) if (holder === grantee) setHolder(id, null, 'person');
    },
    assignByHand: (grantee) => {
      const id = free()[0];
      if (id !== undefined && ![...seats.values()].includes(grantee)) setHolder(id, grantee, 'person');
    },
    connect: (wire) => ({
      pool: POOL,
      kind: 'salable',
      capabilities: { listsHolders: true, changesTotal: true, batchSize: 3, buyAt: null },
      keyOf: (grantee) => grantee,
      read: async () => {
        await wire.step('read');
        return read();
      },
      assign: (lines, gate) => update(wire, lines, gate, true),
      unassign: (lines, gate) => update(wire, lines, gate, false),
      changeTotal: async ({ observed, expected }, gate) => {
        await wire.step('connect');
        await gate();
        await wire.step('total, before');
        world.onSend({ observed, expected }, unsettled() > 0);
        const answer = attempt(() => totalChange(expected - observed));
        await wire.step('total, after');
        return answer();
      },
      followChange: async (reference) => {
        await wire.step('event');
        const change = pending.find((each) => each.reference === reference);
        return { status: change?.status ?? 'failed', detail: change?.status ?? 'no such event' };
      },
      check: async () => 'well',
    }),
  };
}

/** What came of it now, to be told later. */
function attempt<T>(run: () => T): () => T {
  try {
    const value = run();
    return () => value;
  } catch (cause) {
    return () => {
      throw cause;
    };
  }
}

function failure(kind: ProviderFailure, retryAt: number | null = null): ProviderError {
  return new ProviderError(
    { pool: POOL, failure: kind, request: 'model', retryAt },
    `the model says ${kind}`,
    '',
  );
}
