import { addDays } from '../dates.ts';
import type { Holder } from '../providers/provider.ts';
import { compareText, type Demand, entitledOn, nextOf } from './demand.ts';
import { explainerOf, type RemovalReason } from './removal.ts';
import type { Shields, Subject } from './shields.ts';
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
  /** The first day on which the seat is due again. */
  readonly dueAgain: string;
  readonly cohort: string;
  /** Whether the roster's own dates explain that no seat is due today (rule 6). */
  readonly explained: boolean;
}

/** Everyone who holds a seat, sorted by what the roster and the ledger say of them. */
export interface Holders {
  readonly keys: ReadonlySet<string>;
  /** Seats that are assigned to anyone. */
  readonly seats: number;
  readonly unmanaged: readonly { readonly key: string; readonly grantee: string }[];
  /** How many managed holders are entitled today. */
  readonly entitled: number;
  readonly frozen: readonly (PlanLine & { readonly key: string })[];
  readonly gaps: readonly GapKeeper[];
  readonly leavers: readonly Leaver[];
  /** Managed holders, of all kinds. */
  readonly managed: number;
}

/** Sorts the holders of a pool. Takes nobody for a leaver whom the system does not know (rule 5). */
export function sortHolders(
  input: PlanInput,
  demands: ReadonlyMap<string, Demand>,
  shields: Shields,
): Holders {
  const { today, roster, ledger, policy } = input;
  const keys = new Set(input.state.holders.map((holder) => input.keyOf(holder.grantee)));
  const explain = explainerOf(input, demands, keys);
  const lastStart = addDays(today, policy.seats.keepUnusedDays);
  const unmanaged: { key: string; grantee: string }[] = [];
  const frozen: (PlanLine & { key: string })[] = [];
  const gaps: GapKeeper[] = [];
  const leavers: Leaver[] = [];
  // Whoever is not named takes up a seat all the same.
  let seats = input.state.account?.unaccounted ?? 0;
  let entitled = 0;

  for (const holder of [...input.state.holders].sort((a, b) => compareText(a.grantee, b.grantee))) {
    const { grantee } = holder;
    const key = input.keyOf(grantee);
    const subject: Subject = { key, demand: demands.get(key), known: ledger.known.get(key) };
    const freeze = shields.frozen(subject);
    seats += holder.count;
    const known = subject.known !== undefined || subject.demand !== undefined || roster.listed.has(key);
    if (shields.isProtected(subject) || (!known && freeze === null)) {
      unmanaged.push({ key, grantee });
      continue;
    }
    const isEntitled = subject.demand !== undefined && entitledOn(subject.demand, today) !== null;
    const next = subject.demand === undefined ? null : nextOf(subject.demand, today);
    if (isEntitled) entitled += 1;
    else if (freeze !== null) frozen.push({ key, grantee, reason: freeze });
    else if (next !== null && next.startsOn <= lastStart) {
      const { startsOn: nextStart, from: dueAgain, cohort } = next;
      gaps.push({ key, grantee, nextStart, dueAgain, cohort, explained: explain(subject).explained });
    } else {
      const removal = explain(subject);
      const lock = input.stage.locked.get(key) ?? holder.locked ?? withoutHeir(input, removal);
      if (lock !== undefined) frozen.push({ key, grantee, reason: `${removal.reason}, but ${lock}` });
      else leavers.push({ key, grantee, seats: holder.count, keepsOne: false, ...removal });
      continue;
    }
    if (holder.count > 1 && freeze === null) leavers.push(duplicate(key, holder));
  }
  const managed = keys.size - unmanaged.length;
  return { keys, seats, unmanaged, entitled, frozen, gaps, leavers, managed };
}

/** Whoever is to get the seat under another address can't for now: until then it stays where it is. */
function withoutHeir({ stage }: PlanInput, { renamed }: RemovalReason): string | undefined {
  return renamed === null ? undefined : stage.shortage?.reason;
}

function duplicate(key: string, { grantee, count }: Holder): Leaver {
  const reason = `holds ${count} seats: one is enough`;
  return { key, grantee, seats: count - 1, keepsOne: true, explained: true, reason, renamed: null };
}
