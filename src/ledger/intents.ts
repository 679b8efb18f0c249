import { z } from 'zod';
import type { IsoInstant } from '../dates.ts';
import { LedgerConflict } from '../errors.ts';
import { type AuditEntry, auditWrite } from './audit.ts';
import { boughtWrite, notBoughtWrite } from './counts.ts';
import { type Fence, fenced } from './fence.ts';
import { progressOf } from './seats-seen.ts';
import { commit, type Expectation, keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

/**
 * A change of a pool's total that is under way (rule 4). It is written before the provider is called and closed by
 * reading, never by an answer alone. While it is open nothing else changes the pool's total.
 * - `prepared`: written, nothing sent. `sending`: the request may have left. `following`: the provider works on it.
 * - `unknown`: the answer did not come. `in-doubt`: reading could not settle it; a person has to look.
 */
const intentSchema = stored({
  operation: z.string(),
  run: z.string(),
  pool: z.string(),
  action: z.enum(['increment', 'decrement']),
  observed: z.number(),
  expected: z.number(),
  state: z.enum(['prepared', 'sending', 'following', 'unknown', 'in-doubt']),
  preparedAt: z.string(),
  /** When the request may have left; null while it has not. */
  sentAt: z.string().nullable(),
  /** The moment after which it leaves no more, and is broken off if it is on its way; null while nothing was sent. */
  sendBy: z.string().nullable(),
  /** The fence token under which it was prepared or sent. */
  token: z.string(),
  /** The provider's reference to a change in the background. */
  reference: z.string().nullable(),
  /** What the provider last said, or what is in doubt. */
  detail: z.string().nullable(),
  /**
   * Nothing that was asked for: after the ledger had lost something the total was `expected` where it had been `observed`,
   * and nothing in the ledger explains it.
   */
  unexplained: z.literal(true).optional(),
  /** How long it was given to show when it was sent: a setting that is lowered meanwhile doesn't shorten that. */
  settleSeconds: z.number().optional(),
  /** The hash of the account at which the seats are: a pool can be moved to another while this is open. */
  account: z.string().optional(),
  /** The state that it had when its pool was moved to another account: it is in doubt for as long as it is there. */
  before: z.enum(['sending', 'following', 'unknown']).optional(),
});

export type Intent = z.infer<typeof intentSchema>;

/** As it is stored and compared: with its fields in the schema's order, however it was put together. */
function textOf(intent: Intent): string {
  return JSON.stringify(intentSchema.parse(intent));
}

/** The open intent of a pool, if there is one. */
export async function readIntent(store: Store, pool: string): Promise<Intent | null> {
  const json = await readLedger(() => store.redis.get(keys.intent(pool)));
  if (json === null) return null;
  const intent = intentSchema.parse(JSON.parse(json));
  store.continuity?.seats.sawIntent(intent);
  return intent;
}

/**
 * The operation of the last change of a pool's total that was intended, open or over; null if there was none. Read before
 * the total is, it tells later whether that reading is still the latest word.
 */
export function readLastChange({ redis }: Store, pool: string): Promise<string | null> {
  return readLedger(() => redis.get(keys.lastChange(pool)));
}

/** What a change of seats rests on, compared in the very write that announces it. */
export interface Footing {
  /** As `readLastChange` told it before the total was read. */
  readonly lastChange: string | null;
  /** The pool's account, by its hash. */
  readonly account: string;
}

/**
 * A process that stood still may wake when another execution, by the same fence, has made the change already; when the run
 * is over; or when the account belongs to a pool of another id.
 */
function standingOn({ pool, run }: Intent, { lastChange, account }: Footing): Expectation[] {
  return [
    { key: keys.lastChange(pool), value: lastChange, what: `last change of seats of ${pool}` },
    { key: keys.active(pool), value: run, what: `active run of ${pool}` },
    { key: keys.managers, field: account, value: pool, what: `manager of the account of ${pool}` },
  ];
}

/**
 * Opens an intent.
 * @param writes what goes with it.
 * @param footing null for one that nothing will be sent for.
 * @throws LedgerConflict if one is open already, if the fence is lost, or if the footing is.
 */
export async function openIntent(
  store: Store,
  fence: Fence,
  intent: Intent,
  now: number,
  footing: Footing | null,
  writes: readonly Write[] = [],
): Promise<void> {
  const begun =
    intent.unexplained === undefined
      ? entryOf(intent, intent.preparedAt, 'started', 'intended total written')
      : entryOf(intent, intent.preparedAt, 'in-doubt', intent.detail ?? '');
  await commit(store, {
    id: `intent:${intent.operation}:open`,
    expect: [
      fenced(fence),
      { key: keys.intent(intent.pool), value: null, what: 'intent' },
      ...(footing === null ? [] : standingOn(intent, footing)),
    ],
    writes: [
      { command: 'SET', key: keys.intent(intent.pool), args: [textOf(intent)] },
      { command: 'SET', key: keys.lastChange(intent.pool), args: [intent.operation] },
      ...countWrites(intent, now),
      auditWrite(begun),
      ...writes,
    ],
  });
  store.continuity?.seats.sawIntent(intent);
}

/**
 * Puts back an intent that the ledger has lost, or of which it has lost the last that was known: whatever it set going
 * goes on. One that was prepared when it was last seen may have been sent since. Nothing happens where it is closed, or
 * where another one is open.
 * @param at for the audit; now in milliseconds, for the day's count.
 */
export async function putBackIntent(store: Store, lost: Intent, at: IsoInstant, now: number): Promise<void> {
  const json = await readLedger(() => store.redis.get(keys.intent(lost.pool)));
  const standing = json === null ? null : intentSchema.parse(JSON.parse(json));
  const known = standing?.operation !== lost.operation || progressOf(standing) >= progressOf(lost);
  if (standing !== null && known) return;
  const back: Intent =
    lost.state === 'prepared' ? { ...lost, state: 'sending', sentAt: lost.preparedAt, sendBy: at } : lost;
  try {
    await commit(store, {
      id: `intent:${lost.operation}:back:${crypto.randomUUID()}`,
      expect: [
        { key: keys.operation(closingOf(lost)), value: null, what: 'intent' },
        { key: keys.intent(lost.pool), value: json, what: 'intent' },
      ],
      writes: [
        { command: 'SET', key: keys.intent(lost.pool), args: [textOf(back)] },
        { command: 'SET', key: keys.lastChange(lost.pool), args: [lost.operation] },
        ...countWrites(lost, now),
        auditWrite(
          entryOf(lost, at, 'unknown', 'the ledger had lost this; a process that remembers put it back'),
        ),
      ],
    });
  } catch (cause) {
    if (!(cause instanceof LedgerConflict)) throw cause;
  }
}

/** Names the write that closes an intent. */
function closingOf({ operation }: Intent): string {
  return `intent:${operation}:closed`;
}

/** Moves an intent on, if it is still exactly as it was read. @throws LedgerConflict if not. */
export async function moveIntent(store: Store, fence: Fence, from: Intent, to: Intent): Promise<void> {
  // Before the ledger knows: what has happened has happened, whatever becomes of the ledger.
  store.continuity?.seats.sawIntent(to);
  await commit(store, {
    id: `intent:${to.operation}:${to.state}:${fence.token}:${to.reference ?? ''}:${to.detail ?? ''}`,
    expect: [fenced(fence), { key: keys.intent(from.pool), value: textOf(from), what: 'intent' }],
    writes: [{ command: 'SET', key: keys.intent(from.pool), args: [textOf(to)] }],
  });
}

/** How an intent ends. `refused` and `not-sent` certainly had no effect, so that its seats don't count as bought. A change
 * that is `not-applied` did not show in time: it may still, and goes on counting against the day's cap. */
export type IntentEnd = 'applied' | 'refused' | 'not-applied' | 'not-sent';

/** Closes an intent and enters its end in the audit. @param writes what goes with it. @throws LedgerConflict if it is no longer as it was read. */
export async function closeIntent(
  store: Store,
  fence: Fence,
  intent: Intent,
  end: IntentEnd,
  reason: string,
  at: IsoInstant,
  writes: readonly Write[] = [],
): Promise<void> {
  const bought = intent.expected - intent.observed;
  const uncount =
    (end === 'refused' || end === 'not-sent') && bought > 0
      ? [notBoughtWrite(intent.pool, intent.operation, bought)]
      : [];
  await commit(store, {
    id: closingOf(intent),
    expect: [fenced(fence), { key: keys.intent(intent.pool), value: textOf(intent), what: 'intent' }],
    writes: [
      { command: 'DEL', key: keys.intent(intent.pool), args: [] },
      ...uncount,
      ...writes,
      auditWrite(entryOf(intent, at, end, reason)),
    ],
  });
  store.continuity?.seats.forgetIntent(intent.operation);
}

/**
 * Marks an intent that reading can't settle, and says so in the audit. It stays open and blocks the pool's total.
 * @param isElsewhere only for as long as its pool is at another account.
 */
export async function doubtIntent(
  store: Store,
  fence: Fence,
  intent: Intent,
  detail: string,
  at: IsoInstant,
  isElsewhere = false,
): Promise<Intent> {
  if (intent.state === 'in-doubt' && intent.detail === detail) return intent;
  const { state } = intent;
  const before = isElsewhere && state !== 'in-doubt' && state !== 'prepared' ? { before: state } : {};
  const doubted: Intent = { ...intent, state: 'in-doubt', detail, ...before };
  await commit(store, {
    id: `intent:${intent.operation}:doubt:${at}`,
    expect: [fenced(fence), { key: keys.intent(intent.pool), value: textOf(intent), what: 'intent' }],
    writes: [
      { command: 'SET', key: keys.intent(intent.pool), args: [textOf(doubted)] },
      auditWrite(entryOf(intent, at, 'in-doubt', detail)),
    ],
  });
  store.continuity?.seats.sawIntent(doubted);
  return doubted;
}

/** Its pool has its account back: what became of it can be read again. @throws LedgerConflict if it has changed. */
export async function undoubtIntent(store: Store, fence: Fence, intent: Intent): Promise<Intent> {
  const { before, ...rest } = intent;
  if (before === undefined) return intent;
  const again: Intent = { ...rest, state: before, detail: null };
  await moveIntent(store, fence, intent, again);
  return again;
}

function countWrites(intent: Intent, now: number): Write[] {
  const bought = intent.expected - intent.observed;
  return bought > 0 ? [boughtWrite(intent.pool, intent.operation, bought, now)] : [];
}

function entryOf(intent: Intent, at: IsoInstant, outcome: AuditEntry['outcome'], reason: string): AuditEntry {
  const { run, pool, action, observed, expected } = intent;
  return { at, run, pool, action, grantee: null, from: observed, to: expected, outcome, reason };
}
