import { z } from 'zod';
import { addHours, fromInstant, type IsoInstant } from '../dates.ts';
import type { RemovalCount } from '../planning/removal-limit.ts';
import type { Decisions } from '../planning/types.ts';
import { heldLine } from '../runs/documents.ts';
import { auditWrite } from './audit.ts';
import { commit, type Expectation, keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

/** A held line with the name by which it is recognized in a later plan. */
const namedLine = stored({ ...heldLine.shape, id: z.string() });

/** The unexplained removals against their limit, as the latest run that met the hold counted them. */
const removalCount = stored({
  leaving: z.number(),
  today: z.number(),
  managed: z.number(),
  count: z.number(),
  share: z.number(),
  limit: z.number(),
});

/**
 * The part of a pool's plan that waits for a person: these lines and no others (rule 8). It stays the same hold for as
 * long as the plans contain exactly these lines; it is decided once.
 */
const holdSchema = stored({
  id: z.string(),
  pool: z.string(),
  /** The runs that met it, the first one first. */
  runs: z.array(z.string()),
  lines: z.array(namedLine),
  createdAt: z.string(),
  expiresAt: z.string(),
  state: z.enum(['open', 'approved', 'rejected', 'expired', 'superseded']),
  /** Who decided, when, and with which words. */
  by: z.string().nullable(),
  decidedAt: z.string().nullable(),
  note: z.string().nullable(),
  unexplained: removalCount.optional(),
});

/** Where a hold keeps its own text as it was read. A symbol: it is neither stored nor shown, and copies have it too. */
const AS_READ: unique symbol = Symbol('as read');

/** A hold; one that was read knows the text that it was read from. */
export type Hold = z.infer<typeof holdSchema> & { readonly [AS_READ]?: string };
export type NamedLine = z.infer<typeof namedLine>;

const decision = stored({
  hold: z.string(),
  by: z.string(),
  at: z.string(),
  /** Null for rejections: they stand until the line changes. */
  expiresAt: z.string().nullable(),
  /** For changes of quantity: how many seats were seen and approved. */
  seats: z.number().nullable(),
});

/** The current hold of a pool, whatever its state. */
export async function readHold(store: Store, pool: string): Promise<Hold | null> {
  const id = await readLedger(() => store.redis.get(keys.currentHold(pool)));
  return id === null ? null : readHoldById(store, id);
}

/** A hold, whatever has become of it; null if there is none of this id. */
export async function readHoldById(store: Store, id: string): Promise<Hold | null> {
  const json = await readLedger(() => store.redis.get(keys.hold(id)));
  return json === null ? null : { ...holdSchema.parse(JSON.parse(json)), [AS_READ]: json };
}

/** The holds that a run met, one a pool at most. */
export async function readHoldsOfRun(store: Store, run: string): Promise<Hold[]> {
  const ids = await readLedger(() => store.redis.hgetall(keys.holdsOfRun(run)));
  const holds = await Promise.all(Object.values(ids).map((id) => readHoldById(store, id)));
  return holds.filter((hold) => hold !== null).sort((a, b) => (a.pool < b.pool ? -1 : 1));
}

/** Whether a hold was left undecided until it expired. */
export function hasExpired({ state, expiresAt }: Hold, now: IsoInstant): boolean {
  return state === 'open' && fromInstant(expiresAt) <= fromInstant(now);
}

/** The writes by which a run's held lines become the pool's hold, or end the one that stood. Pure. */
export function holdWrites(options: {
  readonly current: Hold | null;
  readonly pool: string;
  readonly run: string;
  readonly lines: readonly NamedLine[];
  readonly now: IsoInstant;
  readonly approvalHours: number;
  readonly unexplained: RemovalCount;
}): Write[] {
  const { current, pool, run, lines, now, approvalHours, unexplained } = options;
  const open = current?.state === 'open' ? current : null;
  const expired = open !== null && hasExpired(open, now);
  if (open !== null && !expired && sameLines(open.lines, lines)) {
    return [store({ ...open, runs: [...open.runs, run], unexplained }), pointer(run, pool, open.id)];
  }
  const ended = open === null ? [] : [store({ ...open, state: expired ? 'expired' : 'superseded' })];
  if (lines.length === 0) return [...ended, { command: 'DEL', key: keys.currentHold(pool), args: [] }];
  const hold: Hold = {
    id: `${run}.${pool}`,
    pool,
    runs: [run],
    lines: [...lines],
    createdAt: now,
    expiresAt: addHours(now, approvalHours),
    state: 'open',
    by: null,
    decidedAt: null,
    note: null,
    unexplained,
  };
  const currentWrite: Write = { command: 'SET', key: keys.currentHold(pool), args: [hold.id] };
  return [...ended, store(hold), currentWrite, pointer(run, pool, hold.id)];
}

function store(hold: Hold): Write {
  return { command: 'SET', key: keys.hold(hold.id), args: [textOf(hold)] };
}

/**
 * That nobody has decided a hold since it was read. Compared is the text that was read: written anew, what a newer version
 * knows more would be missing or stand elsewhere, and nothing could ever be decided or recorded.
 */
export function holdUnchanged(hold: Hold): Expectation {
  return { key: keys.hold(hold.id), value: hold[AS_READ] ?? textOf(hold), what: `hold of ${hold.pool}` };
}

/** As it is stored: with its fields in the schema's order, however it was put together. */
function textOf(hold: Hold): string {
  return JSON.stringify(holdSchema.parse(hold));
}

function pointer(run: string, pool: string, id: string): Write {
  return { command: 'HSET', key: keys.holdsOfRun(run), args: [pool, id] };
}

function sameLines(a: readonly NamedLine[], b: readonly NamedLine[]): boolean {
  const ids = (lines: readonly NamedLine[]) =>
    JSON.stringify(lines.map(({ id, seats }) => [id, seats ?? null]).sort());
  return ids(a) === ids(b);
}

/**
 * Names exactly what is decided: the hold and its lines as somebody saw them. Runs that meet the same lines again leave
 * it as it is.
 */
export function seenHash({ id, lines }: Hold): string {
  const seen = lines.map((line) => [line.id, line.seats ?? null]).sort();
  // Node's own door to it: an import would cost every start of a command 5 ms.
  return process.getBuiltinModule('node:crypto').hash('sha256', JSON.stringify([id, seen]), 'base64url');
}

export interface DecideOptions {
  readonly decision: 'approved' | 'rejected';
  readonly by: string;
  readonly note: string | null;
  readonly at: IsoInstant;
}

/**
 * Decides a hold, once. What is decided are its lines as they stand in it; a line that nobody saw is never among them.
 * @throws LedgerConflict if somebody else decided it meanwhile, or a run has replaced it.
 */
export async function decideHold(ledger: Store, hold: Hold, options: DecideOptions): Promise<void> {
  const decided: Hold = {
    ...hold,
    state: options.decision,
    by: options.by,
    decidedAt: options.at,
    note: options.note,
  };
  const key = options.decision === 'approved' ? keys.approved(hold.pool) : keys.rejected(hold.pool);
  const lines = hold.lines.flatMap(({ id, seats }) => {
    const value: z.infer<typeof decision> = {
      hold: hold.id,
      by: options.by,
      at: options.at,
      expiresAt: options.decision === 'approved' ? hold.expiresAt : null,
      seats: seats ?? null,
    };
    return [id, JSON.stringify(value)];
  });
  // A change in doubt is held again after it was rejected: what is decided last stands.
  const ids = hold.lines.map(({ id }) => id);
  const overturned = options.decision === 'approved' ? forget(keys.rejected(hold.pool), ids) : [];
  await commit(ledger, {
    // Of its own: of two who decide at the same moment one is too late.
    id: `hold:${hold.id}:${options.decision}:${crypto.randomUUID()}`,
    expect: [holdUnchanged(hold)],
    writes: [
      store(decided),
      { command: 'HSET', key, args: lines },
      ...overturned,
      ...decidedWrites(hold, options),
    ],
  });
}

/** The audit's entries on a decision, a line each, so that it is found by person (rule 16). */
function decidedWrites({ pool, runs, lines }: Hold, { decision, by, note, at }: DecideOptions): Write[] {
  const words = note === null ? `by ${by}` : `by ${by}: ${note}`;
  return lines.map(({ action, grantee, seats, reason }) =>
    auditWrite({
      ...{ at, run: runs.at(-1) ?? '', pool, grantee: grantee ?? null },
      action: decision === 'approved' ? 'approve' : 'reject',
      from: `held ${action}`,
      to: grantee === undefined ? (seats ?? null) : null,
      outcome: 'decided',
      reason: `${words} (${reason})`,
    }),
  );
}

/** What people have decided of a pool's lines and that still stands. */
export async function readDecisions(ledger: Store, pool: string, now: IsoInstant): Promise<Decisions> {
  const [[approved, rejected], hold] = await Promise.all([
    readLedger(() =>
      Promise.all([ledger.redis.hgetall(keys.approved(pool)), ledger.redis.hgetall(keys.rejected(pool))]),
    ),
    readHold(ledger, pool),
  ]);
  const standing = new Map<string, number | null>();
  for (const [id, json] of Object.entries(approved)) {
    const { expiresAt, seats } = decision.parse(JSON.parse(json));
    if (expiresAt === null || fromInstant(expiresAt) > fromInstant(now)) standing.set(id, seats);
  }
  const against = Object.entries(rejected).map(
    ([id, json]) => [id, decision.parse(JSON.parse(json)).seats] as const,
  );
  const open = hold?.state === 'open' && !hasExpired(hold, now) ? hold.lines : [];
  return { approved: standing, rejected: new Map(against), pending: new Set(open.map((line) => line.id)) };
}

/** Whether somebody has approved one of these lines since a moment. */
export async function isApprovedSince(
  ledger: Store,
  pool: string,
  ids: readonly string[],
  since: IsoInstant,
): Promise<boolean> {
  if (ids.length === 0) return false;
  const stored = await readLedger(() => ledger.redis.hmget(keys.approved(pool), ...ids));
  return stored.some(
    (json) => json !== null && fromInstant(decision.parse(JSON.parse(json)).at) >= fromInstant(since),
  );
}

/** The writes that use up approvals. */
export function forgetApprovals(pool: string, ids: readonly string[]): Write[] {
  return forget(keys.approved(pool), ids);
}

function forget(key: string, ids: readonly string[]): Write[] {
  return ids.length === 0 ? [] : [{ command: 'HDEL', key, args: ids }];
}

/**
 * The writes that forget decisions on lines that the plan no longer has: an approval is used once, and a rejection
 * stands only for as long as the line is the same.
 */
export function forgetWrites(pool: string, decisions: Decisions, standing: ReadonlySet<string>): Write[] {
  const gone = (ids: Iterable<string>) => [...ids].filter((id) => !standing.has(id));
  return [
    ...forget(keys.approved(pool), gone(decisions.approved.keys())),
    ...forget(keys.rejected(pool), gone(decisions.rejected.keys())),
  ];
}
