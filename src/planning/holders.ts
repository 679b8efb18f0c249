import { daysBetween } from '../dates.ts';
import type { Holder } from '../providers/provider.ts';
import { compareText, type Demand, entitledOn, nextOf } from './demand.ts';
import { explainRemoval, type RemovalReason } from './removal.ts';
import type { PlanInput, PlanLine } from './types.ts';

/** A holder who may lose a seat, and why. `seats` is how many: more than one holds duplicates. */
export interface Leaver extends RemovalReason {
  readonly key: string;
  readonly grantee: string;
  readonly seats: number;
  /** The grantee keeps one seat: only the others go. */
  readonly keepsOne: boolean;
}

/** A holder between two cohorts, who keeps the seat unless someone else would need one bought today. */
export interface GapKeeper {
  readonly key: string;
  readonly grantee: string;
  readonly nextStart: string;
  readonly cohort: string;
}

/** Everyone who holds a seat, sorted by what the roster and the ledger say of them. */
export interface Holders {
  readonly unmanaged: readonly Holder[];
  readonly unmanagedSeats: number;
  /** Keys of managed holders who are entitled today. */
  readonly entitled: ReadonlySet<string>;
  readonly frozen: readonly (PlanLine & { readonly key: string })[];
  readonly gaps: readonly GapKeeper[];
  readonly leavers: readonly Leaver[];
  /** Managed holders, of all kinds. */
  readonly managed: number;
}

/** Sorts the holders of a pool. Takes nobody for a leaver whom the system does not know (rule 5). */
export function sortHolders(input: PlanInput, demands: ReadonlyMap<string, Demand>): Holders {
  const isProtected = matcher(input.policy.protect, input.keyOf);
  const frozen = frozenByKey(input, demands);
  const sorted = {
    unmanaged: [] as Holder[],
    unmanagedSeats: 0,
    entitled: new Set<string>(),
    frozen: [] as (PlanLine & { key: string })[],
    gaps: [] as GapKeeper[],
    leavers: [] as Leaver[],
    managed: 0,
  };
  for (const holder of [...input.state.holders].sort((a, b) => compareText(a.grantee, b.grantee))) {
    const key = input.keyOf(holder.grantee);
    const demand = demands.get(key);
    const known = input.ledger.known.get(key);
    const freeze = frozen.get(key);
    const managed = known !== undefined || demand !== undefined || input.roster.listed.has(key);
    if (isProtected(key) || (!managed && freeze === undefined)) {
      sorted.unmanaged.push(holder);
      sorted.unmanagedSeats += holder.count;
      continue;
    }
    sorted.managed += 1;
    const { grantee } = holder;
    const next = demand && nextOf(demand, input.today);
    if (demand && entitledOn(demand, input.today)) {
      sorted.entitled.add(key);
      if (holder.count > 1) sorted.leavers.push(duplicate(key, holder));
    } else if (freeze !== undefined) {
      sorted.frozen.push({ key, grantee, reason: freeze });
    } else if (next && daysBetween(input.today, next.startsOn) <= input.policy.seats.keepUnusedDays) {
      sorted.gaps.push({ key, grantee, nextStart: next.startsOn, cohort: next.cohort });
      if (holder.count > 1) sorted.leavers.push(duplicate(key, holder));
    } else {
      const why = explainRemoval(input.today, input.policy.seats.keepUnusedDays, demand, known);
      sorted.leavers.push({ key, grantee, seats: holder.count, keepsOne: false, ...why });
    }
  }
  return sorted;
}

function duplicate(key: string, holder: Holder): Leaver {
  return {
    key,
    grantee: holder.grantee,
    seats: holder.count - 1,
    keepsOne: true,
    explained: true,
    reason: `holds ${holder.count} seats: one is enough`,
  };
}

/** The grantee keys that doubtful rows protect, with the reason; of several reasons the first in text order. */
function frozenByKey(input: PlanInput, demands: ReadonlyMap<string, Demand>): Map<string, string> {
  if (input.roster.frozen.length === 0) return new Map();
  const reasons = new Map<string, string>();
  for (const { person, reason } of input.roster.frozen) {
    const before = reasons.get(person);
    if (before === undefined || compareText(reason, before) < 0) reasons.set(person, reason);
  }
  const frozen = new Map<string, string>();
  // Where grantees are emails the person is the key; elsewhere only the roster and the ledger can tell.
  for (const [person, reason] of reasons) frozen.set(input.keyOf(person), reason);
  const add = (key: string, person: string | null) => {
    const reason = person === null ? undefined : reasons.get(person);
    if (reason !== undefined) frozen.set(key, reason);
  };
  for (const demand of demands.values()) add(demand.key, demand.person);
  for (const [key, known] of input.ledger.known) add(key, known.person);
  return frozen;
}

/** Whether a grantee key is on the `protect` list, where `*` stands for any run of characters. */
function matcher(patterns: readonly string[], keyOf: (grantee: string) => string): (key: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const parts = keyOf(pattern)
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 's');
  });
  return (key) => expressions.some((expression) => expression.test(key));
}
