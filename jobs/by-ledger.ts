import type { PoolConfig } from '../config/schema.ts';
import { type Assignment, type Assignments, readAssignments } from '../src/ledger/assignments.ts';
import type { LineResult, Provider, SeatLine, SendGate } from '../src/providers/provider.ts';
import { readPool } from '../src/runs/read-pool.ts';
import { assignAll, unassignAll } from './ask-by-halves.ts';
import { type Acting, openDesk } from './desk.ts';

/** Most lines of one job: all requests of a stage come one after another, so that each count can be told from the last. */
const LINES_OF_A_JOB = 500;

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
    const results = lines.map((line) => doneBefore(action, marks.get(provider.keyOf(line.grantee)), line));
    const open = lines.filter((_line, index) => results[index] === null);
    const call = (what: typeof action, batch: readonly SeatLine[]) => provider[what](batch, gate, signal);
    const desk = await openDesk({ action, provider, pool, acting, marks, call });
    const answers = [...(await (action === 'assign' ? assignAll : unassignAll)(desk, open, size))];
    return results.flatMap((result) => result ?? answers.shift() ?? []);
  };
  return {
    ...provider,
    capabilities: { ...provider.capabilities, batchSize: LINES_OF_A_JOB },
    read: (signal) => readPool(provider, pool, acting.store, signal),
    assign: (lines, gate, signal) => work('assign', lines, gate, signal),
    unassign: (lines, gate, signal) => work('unassign', lines, gate, signal),
  };
}

/** The result of a line for which an attempt that was broken off later on has done it all; null where it is open. */
function doneBefore(
  action: 'assign' | 'unassign',
  mark: ReturnType<Assignments['get']>,
  { grantee }: SeatLine,
): LineResult | null {
  const reason =
    action === 'assign' ? whyAssigned(mark) : mark === undefined ? 'the ledger has no seat of theirs' : null;
  return reason === null ? null : { grantee, outcome: 'already', reason };
}

function whyAssigned(mark: Assignment | undefined): string | null {
  return mark?.state === 'assigned' ? `assigned since ${mark.at} (${mark.by})` : null;
}
