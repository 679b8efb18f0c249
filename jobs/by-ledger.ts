import { randomUUID } from 'node:crypto';
import type { PoolConfig } from '../config/schema.ts';
import { type Clock, toInstant } from '../src/dates.ts';
import { ProviderError } from '../src/errors.ts';
import { answersOf, readAccount, type StoredAccount, totalOf } from '../src/ledger/account.ts';
import { type Assignment, assignmentWrites, countKnown, readAssignments } from '../src/ledger/assignments.ts';
import { type Fence, fenced } from '../src/ledger/fence.ts';
import { commit, type Store } from '../src/ledger/store.ts';
import type { LineResult, Provider, SeatLine, SendGate } from '../src/providers/provider.ts';
import { readPool, saidSeats } from '../src/runs/read-pool.ts';
import { type Change, heard } from './account-of-answer.ts';
import { assignAll, type Desk, unassignAll } from './ask-by-halves.ts';

/** Most lines of one job: all requests of a stage come one after another, so that each count can be told from the last. */
const LINES_OF_A_JOB = 500;

/** Who asks for changes, for the ledger. */
export interface Acting {
  readonly store: Store;
  readonly fence: Fence;
  readonly run: string;
  readonly clock: Clock;
}

/**
 * A provider whose assignments can't be read, with the ledger as the state: reading shows what the ledger has, and each
 * change is noted as intended before it is asked for and as done in one write with what its answer counted. Providers
 * that can be read are left as they are.
 */
export function byLedger(provider: Provider, pool: PoolConfig, acting: Acting): Provider {
  if (provider.capabilities.listsHolders) return provider;
  const size = provider.capabilities.batchSize;
  const work = async (
    action: 'assign' | 'unassign',
    lines: readonly SeatLine[],
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<readonly LineResult[]> => {
    const marks = await readAssignments(acting.store, pool.id);
    const open = lines.filter((line) => doneBefore(action, provider, marks, line) === null);
    const call: Call = (what, batch) => provider[what](batch, gate, signal);
    const desk = await openDesk(provider, pool, acting, marks, call);
    const results = await (action === 'assign' ? assignAll : unassignAll)(desk, open, size);
    const byLine = new Map(open.map((line, index) => [line, results[index]]));
    return lines.map(
      (line) =>
        byLine.get(line) ?? {
          grantee: line.grantee,
          outcome: 'already',
          reason: doneBefore(action, provider, marks, line),
        },
    );
  };
  return {
    ...provider,
    capabilities: { ...provider.capabilities, batchSize: LINES_OF_A_JOB },
    read: (signal) => readPool(provider, pool, acting.store, signal),
    assign: (lines, gate, signal) => work('assign', lines, gate, signal),
    unassign: (lines, gate, signal) => work('unassign', lines, gate, signal),
  };
}

type Marks = Map<string, Assignment>;
type Call = (action: 'assign' | 'unassign', lines: readonly SeatLine[]) => Promise<readonly LineResult[]>;

/** Why there is nothing to ask for: an attempt that was broken off later on has done it. Null where there is. */
function doneBefore(
  action: 'assign' | 'unassign',
  provider: Provider,
  marks: Marks,
  { grantee }: SeatLine,
): string | null {
  const mark = marks.get(provider.keyOf(grantee));
  if (action === 'assign')
    return mark?.state === 'assigned' ? `assigned since ${mark.at} (${mark.by})` : null;
  return mark === undefined ? 'the ledger has no seat of theirs' : null;
}

async function openDesk(
  provider: Provider,
  pool: PoolConfig,
  { store, fence, run, clock }: Acting,
  marks: Marks,
  call: Call,
): Promise<Desk> {
  let account: StoredAccount = await readAccount(store, pool.id);
  const atFirst: ReadonlyMap<string, Assignment> = new Map(marks);
  let told = false;
  const keyOf = ({ grantee }: SeatLine) => provider.keyOf(grantee);
  const isInDoubt = (line: SeatLine) => (marks.get(keyOf(line))?.state ?? 'assigned') !== 'assigned';

  const keep = async (changes: readonly Change[]) => {
    if (changes.length === 0) return;
    const writes = assignmentWrites(pool.id, changes);
    await commit(store, { id: `assignments:${randomUUID()}`, expect: [fenced(fence)], writes });
    apply(marks, changes);
  };
  const intend = async (action: 'assign' | 'unassign', lines: readonly SeatLine[]) => {
    const state = action === 'assign' ? 'assigning' : 'unassigning';
    const after = answersOf(account.value);
    const fresh = lines.filter((line) => marks.get(keyOf(line))?.state !== state);
    const before = fresh.map((line): Change => [keyOf(line), marks.get(keyOf(line)) ?? null]);
    const at = toInstant(clock.now());
    await keep(
      fresh.map((line) => [
        keyOf(line),
        { grantee: line.grantee, state, at, run, by: `${action}: asked`, after },
      ]),
    );
    return before;
  };
  const note = async (
    action: 'assign' | 'unassign',
    lines: readonly SeatLine[],
    results: readonly LineResult[],
    before: readonly Change[],
  ) => {
    const counts = results.find((result) => result.counts !== undefined)?.counts ?? null;
    const after = answersOf(account.value) + (counts === null ? 0 : 1);
    const context = { action, run, at: toInstant(clock.now()), after };
    const changes = lines.flatMap((line, index) =>
      changesOf(keyOf(line), line, results[index], before, context),
    );
    if (counts === null) return keep(changes);
    const asked = new Set(lines.map(keyOf));
    const { value, writes, dropped } = heard({
      ...{ pool: pool.id, said: saidSeats(pool), counts, account: account.value },
      ...{ marks, changes, asked, before: new Map(before), ...context },
    });
    const all = [...changes, ...dropped];
    await commit(store, {
      id: `answer:${randomUUID()}`,
      expect: [fenced(fence), account.unchanged],
      writes: [...assignmentWrites(pool.id, all), ...writes],
    });
    apply(marks, all);
    account = { value, unchanged: { ...account.unchanged, value: JSON.stringify(value) } };
    told = true;
  };

  return {
    inDoubt: isInDoubt,
    undo: (action, line) =>
      keep([[keyOf(line), action === 'assign' ? null : (atFirst.get(keyOf(line)) ?? null)]]),
    room: () => {
      const total = totalOf(account.value, saidSeats(pool))?.total ?? 0;
      return { seats: total - (account.value.answer?.assigned ?? countKnown(marks)), told };
    },
    ask: async (action, lines) => {
      const before = await intend(action, lines);
      try {
        const results = await call(action, lines);
        await note(action, lines, results, before);
        return { kind: 'results', results };
      } catch (cause) {
        if (!(cause instanceof ProviderError)) throw cause;
        if (cause.failure === 'refused') return { kind: 'refused', reason: cause.message };
        if (cause.failure === 'no-seats') return { kind: 'no-seats', reason: NONE_LEFT };
        // Certainly nothing was applied: as if it had not been asked.
        if (!cause.effectUnknown) await keep(before);
        throw cause;
      }
    },
  };
}

/** Goes before "buy 2". */
const NONE_LEFT = 'the provider says that no seat is left';

interface Told {
  readonly action: 'assign' | 'unassign';
  readonly run: string;
  readonly at: string;
  readonly after: number;
}

/** What an answer changes of one assignment. */
function changesOf(
  key: string,
  { grantee }: SeatLine,
  result: LineResult | undefined,
  before: readonly Change[],
  { action, run, at, after }: Told,
): Change[] {
  switch (result?.outcome) {
    case 'applied':
    case 'already': {
      if (action === 'unassign') return [[key, null]];
      return [[key, { grantee, state: 'assigned', at, run, by: `assign: ${result.outcome}`, after }]];
    }
    case 'refused': {
      if (action === 'assign') return [[key, null]];
      return before.filter(([known]) => known === key);
    }
    default:
      return [];
  }
}

function apply(marks: Marks, changes: readonly Change[]): void {
  for (const [key, value] of changes) {
    if (value === null) marks.delete(key);
    else marks.set(key, value);
  }
}
