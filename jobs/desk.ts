import { randomUUID } from 'node:crypto';
import type { PoolConfig } from '../config/schema.ts';
import { type Clock, toInstant } from '../src/dates.ts';
import { ProviderError } from '../src/errors.ts';
import { answersOf, countedBy, readAccount, type StoredAccount, totalOf } from '../src/ledger/account.ts';
import { type Assignment, assignmentWrites, countKnown } from '../src/ledger/assignments.ts';
import { type AuditEntry, auditWrite } from '../src/ledger/audit.ts';
import { type Fence, fenced } from '../src/ledger/fence.ts';
import { commit, type Store, type Write } from '../src/ledger/store.ts';
import type { LineResult, Provider, SeatLine } from '../src/providers/provider.ts';
import { saidSeats } from '../src/runs/read-pool.ts';
import { type Change, heard } from './account-of-answer.ts';
import type { Desk } from './ask-by-halves.ts';

/** Who asks for changes, for the ledger. */
export interface Acting {
  readonly store: Store;
  readonly fence: Fence;
  readonly run: string;
  readonly clock: Clock;
}

type Action = 'assign' | 'unassign';

export interface DeskOptions {
  /** What the work is; anything else that is asked is an aside, which the audit has to be told of here. */
  readonly action: Action;
  readonly provider: Provider;
  readonly pool: PoolConfig;
  readonly acting: Acting;
  /** The pool's assignments. Kept in step with what is noted. */
  readonly marks: Map<string, Assignment>;
  readonly call: (action: Action, lines: readonly SeatLine[]) => Promise<readonly LineResult[]>;
}

/** Goes before "buy 2". */
const NONE_LEFT = 'the provider says that no seat is left';

/** The desk of one piece of work on a pool that can't be read. */
export async function openDesk(options: DeskOptions): Promise<Desk> {
  const { action: main, provider, pool, acting, marks, call } = options;
  const book: Book = { ...options, account: await readAccount(acting.store, pool.id), told: false };
  const atFirst: ReadonlyMap<string, Assignment> = new Map(marks);
  const keyOf = ({ grantee }: SeatLine) => provider.keyOf(grantee);
  return {
    inDoubt: (line) => (marks.get(keyOf(line))?.state ?? 'assigned') !== 'assigned',
    undo: (action, line) =>
      keep(book, [[keyOf(line), action === 'assign' ? null : (atFirst.get(keyOf(line)) ?? null)]]),
    room: () => {
      const { value } = book.account;
      const total = totalOf(value, saidSeats(pool))?.total ?? 0;
      return { seats: total - (countedBy(value)?.assigned ?? countKnown(marks)), told: book.told };
    },
    ask: async (action, lines) => {
      const before = await intend(book, action, lines);
      try {
        const results = await call(action, lines);
        await note(book, action, lines, results, before);
        return { kind: 'results', results };
      } catch (cause) {
        if (!(cause instanceof ProviderError)) throw cause;
        if (action !== main && cause.effectUnknown) await keep(book, [], asides(book, lines, 'unknown'));
        if (cause.failure === 'refused') return { kind: 'refused', reason: cause.message };
        if (cause.failure === 'no-seats') return { kind: 'no-seats', reason: NONE_LEFT };
        // Certainly nothing was applied: as if it had not been asked.
        if (!cause.effectUnknown) await keep(book, before);
        throw cause;
      }
    },
  };
}

/** The ledger's side of the work. */
interface Book extends DeskOptions {
  account: StoredAccount;
  /** An answer in this piece of work has told the count. */
  told: boolean;
}

async function keep(book: Book, changes: readonly Change[], more: readonly Write[] = []): Promise<void> {
  const { acting, pool, marks } = book;
  const writes = [...assignmentWrites(pool.id, changes), ...more];
  if (writes.length === 0) return;
  await commit(acting.store, { id: `assignments:${randomUUID()}`, expect: [fenced(acting.fence)], writes });
  apply(marks, changes);
}

/** Notes what is about to be asked. Answers how those stood who were not in doubt in this way before. */
async function intend(book: Book, action: Action, lines: readonly SeatLine[]): Promise<Change[]> {
  const { marks, provider, acting, account } = book;
  const state = action === 'assign' ? 'assigning' : 'unassigning';
  const asked = {
    state,
    at: now(book),
    run: acting.run,
    by: `${action}: asked`,
    after: answersOf(account.value),
  } as const;
  const keyOf = ({ grantee }: SeatLine) => provider.keyOf(grantee);
  const fresh = lines.filter((line) => marks.get(keyOf(line))?.state !== state);
  const before = fresh.map((line): Change => [keyOf(line), marks.get(keyOf(line)) ?? null]);
  const changes = fresh.map(({ grantee }): Change => [provider.keyOf(grantee), { grantee, ...asked }]);
  await keep(book, changes, action === book.action ? [] : asides(book, lines, 'started'));
  return before;
}

/** Notes what an answer says of the lines, and of the pool. */
async function note(
  book: Book,
  action: Action,
  lines: readonly SeatLine[],
  results: readonly LineResult[],
  before: readonly Change[],
): Promise<void> {
  const { acting, provider, pool, marks, account } = book;
  const counts = results.find((result) => result.counts !== undefined)?.counts ?? null;
  const after = answersOf(account.value) + (counts === null ? 0 : 1);
  const answer = { action, run: acting.run, at: now(book), after };
  const keys = lines.map(({ grantee }) => provider.keyOf(grantee));
  const changes = lines.flatMap((line, index) =>
    changesOf(keys[index] ?? '', line, results[index], new Map(before), answer),
  );
  const applied = results[0]?.outcome === 'applied' || results[0]?.outcome === 'already';
  const aside = action === book.action ? [] : asides(book, lines, applied ? 'applied' : 'unknown');
  if (counts === null) return keep(book, changes, aside);
  const { value, writes, dropped } = heard({
    ...{ pool: pool.id, said: saidSeats(pool), counts, account: account.value },
    ...{ marks, changes, asked: new Set(keys), before: new Map(before), ...answer },
  });
  const all = [...changes, ...dropped];
  await commit(acting.store, {
    id: `answer:${randomUUID()}`,
    expect: [fenced(acting.fence), account.unchanged],
    writes: [...assignmentWrites(pool.id, all), ...writes, ...aside],
  });
  apply(marks, all);
  book.account = { value, unchanged: { ...account.unchanged, value: JSON.stringify(value) } };
  book.told = true;
}

/** What an answer changes of one assignment. */
function changesOf(
  key: string,
  { grantee }: SeatLine,
  result: LineResult | undefined,
  before: ReadonlyMap<string, Assignment | null>,
  {
    action,
    run,
    at,
    after,
  }: { readonly action: Action; readonly run: string; readonly at: string; readonly after: number },
): Change[] {
  switch (result?.outcome) {
    case 'applied':
    case 'already': {
      if (action === 'unassign') return [[key, null]];
      return [[key, { grantee, state: 'assigned', at, run, by: `assign: ${result.outcome}`, after }]];
    }
    case 'refused': {
      if (action === 'assign') return [[key, null]];
      const stood = before.get(key);
      return stood === undefined ? [] : [[key, stood]];
    }
    default:
      return [];
  }
}

/** The audit's entries on what was done beside the work's own lines (rule 16). */
function asides(book: Book, lines: readonly SeatLine[], outcome: AuditEntry['outcome']): Write[] {
  const { acting, pool } = book;
  const reason = 'a seat whose assignment has no clear answer is taken back and given again';
  const entry = {
    at: now(book),
    run: acting.run,
    pool: pool.id,
    action: 'unassign',
    outcome,
    reason,
  } as const;
  return lines.map(({ grantee }) => auditWrite({ ...entry, grantee, from: 'a seat', to: 'no seat' }));
}

function now({ acting }: Book): string {
  return toInstant(acting.clock.now());
}

function apply(marks: Map<string, Assignment>, changes: readonly Change[]): void {
  for (const [key, value] of changes) {
    if (value === null) marks.delete(key);
    else marks.set(key, value);
  }
}
