import type { AuditEntry } from '../../src/ledger/audit.ts';
import { readGrantees } from '../../src/ledger/grantees.ts';
import type { RunDocument } from '../../src/runs/documents.ts';
import type { Effect } from '../../src/sandbox/log.ts';
import type { School } from './school.ts';

/** The pool of the schools that are judged. */
const POOL = 'teaching';

/** What a change is to come to, whatever happens on the way. */
export interface Goal {
  readonly seats: number;
  /** The total before; it never leaves the range between the two. */
  readonly from: number;
  readonly assigned: readonly string[];
  /** Whose licenses nobody may touch. */
  readonly untouched: readonly string[];
}

/**
 * What is wrong with what was done at the provider, by its own log of effects; empty if nothing is.
 * The ledger is not asked what happened: it has to agree.
 */
export async function faultsIn(
  school: School,
  goal: Goal,
  { ledgerWasLost = false } = {},
): Promise<string[]> {
  const faults: string[] = [];
  const effects = school.sandbox.effects().filter((effect) => effect.by === 'api');
  const subscription = school.sandbox.salable.report().subscriptions[0];
  if (subscription === undefined) return ['there is no subscription'];
  if (subscription.quantity !== goal.seats)
    faults.push(`the total is ${subscription.quantity}, not ${goal.seats}`);
  const assigned = [...subscription.assigned].sort();
  if (JSON.stringify(assigned) !== JSON.stringify([...goal.assigned].sort())) {
    faults.push(`assigned are ${assigned.join(', ')}`);
  }
  faults.push(...faultsInTotals(effects, goal));
  for (const { from, to, kind } of effects) {
    if (goal.untouched.some((who) => who === from || who === to)) faults.push(`${kind} of ${from ?? to}`);
  }
  if (ledgerWasLost) return faults;
  const audit = await school.audit();
  faults.push(...unexplained(effects, audit), ...unfounded(school.sandbox.effects(), audit));
  const ours = [...(await readGrantees(school.service.context.store, POOL))]
    .filter(([, known]) => known.assigned !== null)
    .map(([key]) => key);
  const given = goal.assigned.filter((who) => !goal.untouched.includes(who));
  if (ours.sort().join() !== given.toSorted().join())
    faults.push(`by the ledger, the seats of ${ours.join(', ') || 'nobody'} are its own`);
  return faults;
}

/** Safety alone: holds at every moment, also while faults go on. */
export function faultsInTotals(
  effects: readonly Effect[],
  { seats, from }: Pick<Goal, 'seats' | 'from'>,
): string[] {
  const totals = effects.filter(({ license }) => license === null);
  const least = Math.min(seats, from);
  const most = Math.max(seats, from);
  const outside = totals.filter(({ to }) => Number(to) > most || Number(to) < least);
  return [
    ...outside.map(({ from: before, to }) => `the total went from ${before} to ${to}`),
    ...(totals.length > 1 ? [`the total was changed ${totals.length} times`] : []),
  ];
}

/** Every effect needs an entry of the audit that announced it. */
export function unexplained(effects: readonly Effect[], audit: readonly AuditEntry[]): string[] {
  const started = audit.filter(({ outcome }) => outcome === 'started');
  return effects
    .filter((effect) => !started.some((entry) => announces(entry, effect)))
    .map(({ kind, from, to }) => `nothing in the audit announced ${kind} from ${from} to ${to}`);
}

/** What the audit has as applied has to be among the effects. */
function unfounded(effects: readonly Effect[], audit: readonly AuditEntry[]): string[] {
  return audit
    .filter(({ outcome }) => outcome === 'applied')
    .filter((entry) => !effects.some((effect) => announces(entry, effect)))
    .map(
      ({ action, grantee, from, to }) =>
        `the audit has ${action} ${grantee ?? `${from} to ${to}`}, which never was`,
    );
}

function announces(entry: AuditEntry, { kind, from, to, license }: Effect): boolean {
  if (entry.action !== kind) return false;
  if (license === null) return entry.from === from && entry.to === to;
  return entry.grantee === (kind === 'assign' ? to : from);
}

/** A run after everything is done reads, and writes nothing. */
export async function faultsInFurtherRun(school: School): Promise<string[]> {
  const before = school.sandbox.effects().length;
  const changing = () => school.sandbox.requests().filter(({ method }) => method !== 'GET').length;
  const sent = changing();
  const run: RunDocument = await school.sync();
  const faults: string[] = [];
  if (run.verdict !== 'in-sync')
    faults.push(`a further run ends as ${run.verdict}: ${JSON.stringify(run.pools[0])}`);
  if (school.sandbox.effects().length !== before) faults.push('a further run changes something');
  if (changing() !== sent) faults.push('a further run sends something');
  return faults;
}
