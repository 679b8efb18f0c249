import { z } from 'zod';
import type { IsoInstant } from '../dates.ts';
import { LedgerConflict } from '../errors.ts';
import { type AuditEntry, auditWrite } from './audit.ts';
import { boughtWrite, notBoughtWrite } from './counts.ts';
import { type Fence, fenced } from './fence.ts';
import { progressOf } from './seats-seen.ts';
import { commit, keys, readLedger, type Store, type Write } from './store.ts';

/**
 * A change of a pool's total that is under way (rule 4). It is written before the provider is called and closed by
 * reading, never by an answer alone. While it is open nothing else changes the pool's total.
 * - `prepared`: written, nothing sent. `sending`: the request may have left. `following`: the provider works on it.
 * - `unknown`: the answer did not come. `in-doubt`: reading could not settle it; a person has to look.
 */
const intentSchema = z.strictObject({
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
 * Opens an intent. @param writes what goes with it.
 * @throws LedgerConflict if one is open already, or if the fence is lost.
 */
export async function openIntent(
  store: Store,
  fence: Fence,
  intent: Intent,
  now: number,
  writes: readonly Write[] = [],
): Promise<void> {
  const begun =
    intent.unexplained === undefined
      ? entryOf(intent, intent.preparedAt, 'started', 'intended total written')
      : entryOf(intent, intent.preparedAt, 'in-doubt', intent.detail ?? '');
  await commit(store, {
    id: `intent:${intent.operation}:open`,
    expect: [fenced(fence), { key: keys.intent(intent.pool), value: null, what: 'intent' }],
    writes: [
      { command: 'SET', key: keys.intent(intent.pool), args: [textOf(intent)] },
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

/** Marks an intent that reading can't settle, and says so in the audit. It stays open and blocks the pool's total. */
export async function doubtIntent(
  store: Store,
  fence: Fence,
  intent: Intent,
  detail: string,
  at: IsoInstant,
): Promise<Intent> {
  if (intent.state === 'in-doubt' && intent.detail === detail) return intent;
  const doubted: Intent = { ...intent, state: 'in-doubt', detail };
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

function countWrites(intent: Intent, now: number): Write[] {
  const bought = intent.expected - intent.observed;
  return bought > 0 ? [boughtWrite(intent.pool, intent.operation, bought, now)] : [];
}

function entryOf(intent: Intent, at: IsoInstant, outcome: AuditEntry['outcome'], reason: string): AuditEntry {
  const { run, pool, action, observed, expected } = intent;
  return { at, run, pool, action, grantee: null, from: observed, to: expected, outcome, reason };
}
