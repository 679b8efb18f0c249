import { rowName } from '../cohorts/row-name.ts';
import type { Entitlement } from '../cohorts/types.ts';
import { addDays } from '../dates.ts';
import { whyBarred } from '../planning/barred.ts';
import { compareText, type Demand, demandByKey, entitledOn, nextOf } from '../planning/demand.ts';
import { shieldsOf } from '../planning/shields.ts';
import type { PlanInput, PoolPlan } from '../planning/types.ts';
import type { ProblemDocument } from './documents.ts';
import { CONFLICT } from './quarrels.ts';

/** Where a person stands in a pool. `unknown`: the pool could not be read. */
export type Standing =
  | 'has'
  | 'keeps'
  | 'lacks'
  | 'loses'
  | 'waits'
  | 'held'
  | 'conflict'
  | 'unmanaged'
  | 'unknown';

/** The same after a person's name. */
export const STANDS: Readonly<Record<Standing, string>> = {
  has: 'has a seat',
  keeps: 'keeps the seat',
  lacks: 'has no seat',
  loses: 'loses the seat at the next run',
  waits: 'waits for a seat',
  held: 'is held for approval',
  conflict: 'is left alone after a conflict',
  unmanaged: 'is not managed',
  unknown: 'could not be looked up',
};

export interface Answer {
  readonly state: Standing;
  readonly reason: string;
  /** The rule or setting that decides. */
  readonly rule: string;
}

const RULE = {
  window: 'cohorts.assignDaysBefore and cohorts.keepDaysAfter',
  doubtful: 'rule 2: a doubtful row never takes anything away',
  expected: 'rule 6: expected departures pass',
  allowed: 'guardrails.unexplainedRemovals: so few pass',
  decided: 'rule 8: a person has decided it',
  gap: 'rule 15: seats.keepUnusedDays',
  locked: 'the provider does not give this seat back now',
  barred: 'the provider can not give this person a seat',
  order: 'rule 3: free, then buy, then fill',
  unknown: 'rule 5: it takes away only from those it knows',
  protect: "rule 5: the pool's protect list",
  status: 'roster.columns.status',
} as const;

/** What is looked at: a plan with its input, the roster's problems, and the person. */
export interface Subject {
  readonly input: PlanInput;
  readonly plan: PoolPlan;
  readonly problems: readonly ProblemDocument[];
  /** Normalized email; null where only the grantee is known. */
  readonly person: string | null;
  /** Who the person is to the provider. */
  readonly keys: ReadonlySet<string>;
}

/** Where a person stands by a plan, and why. */
export function standingOf(subject: Subject): Answer {
  return byPlan(subject) ?? unreadable(subject) ?? byRoster(subject);
}

/** What the plan says of the person; null if it has no line on them. */
function byPlan({ input, plan, keys, problems, person }: Subject): Answer | null {
  const isPerson = ({ grantee }: { readonly grantee?: string }) =>
    grantee !== undefined && keys.has(input.keyOf(grantee));
  const held = plan.held.find(isPerson);
  if (held !== undefined) {
    const state = held.guardrail === CONFLICT ? 'conflict' : 'held';
    return { state, reason: held.reason, rule: `guardrail ${held.guardrail}` };
  }
  const leaving = plan.unassign.find((line) => isPerson(line) && !line.keepsOne);
  if (leaving !== undefined) {
    return { state: 'loses', reason: leaving.reason, rule: leavingRule(leaving) };
  }
  const barred = plan.barred.find(isPerson);
  if (barred !== undefined) return { state: 'lacks', reason: barred.reason, rule: RULE.barred };
  const waiting = plan.waiting.find(isPerson);
  if (waiting !== undefined) return { state: 'waits', reason: waiting.reason, rule: RULE.order };
  const kept = plan.kept.find(isPerson);
  if (kept !== undefined) {
    const fault = faultOf(problems, person);
    const reason = fault === null ? kept.reason : `${kept.reason} (${fault})`;
    return { state: 'keeps', reason, rule: keptRule(kept.reason) };
  }
  return plan.unmanaged.some((grantee) => keys.has(input.keyOf(grantee))) ? unmanaged(input, keys) : null;
}

function leavingRule({ approved, explained, reason }: PoolPlan['unassign'][number]): string {
  if (approved) return RULE.decided;
  if (!explained) return RULE.allowed;
  return reason.startsWith('someone needs the seat') ? RULE.gap : RULE.expected;
}

function keptRule(reason: string): string {
  if (reason.startsWith('teaches again')) return RULE.gap;
  if (reason.startsWith('removal was rejected')) return RULE.decided;
  return reason.includes(', but ') ? RULE.locked : RULE.doubtful;
}

function unmanaged(input: PlanInput, keys: ReadonlySet<string>): Answer {
  const demands = demandByKey(input.roster.entitlements, input.keyOf);
  const shields = shieldsOf(input);
  const isProtected = [...keys].some((key) =>
    shields.isProtected({ key, demand: demands.get(key), known: input.ledger.known.get(key) }),
  );
  return isProtected
    ? { state: 'unmanaged', reason: 'holds a seat and is on the protect list', rule: RULE.protect }
    : {
        state: 'unmanaged',
        reason: 'holds a seat that somebody else gave, and was never on the roster',
        rule: RULE.unknown,
      };
}

/** What is wrong with the row that names this person; null if none is at fault. */
function faultOf(problems: readonly ProblemDocument[], person: string | null): string | null {
  const found = problems.find(({ protects }) => person !== null && protects.includes(person));
  return found === undefined ? null : `${rowName(found)}, ${found.column}: ${found.problem}`;
}

/** Someone without a seat whose only row can't be read: no seat is given by it. */
function unreadable({ input, problems, person, keys }: Subject): Answer | null {
  const fault = faultOf(problems, person);
  if (fault === null) return null;
  const demands = demandByKey(input.roster.entitlements, input.keyOf);
  const readable = [...keys].some((key) => (demands.get(key)?.active.length ?? 0) > 0);
  if (readable || holdsSeat(input, keys)) return null;
  return {
    state: 'lacks',
    reason: `no seat is given by a row that can't be read: ${fault}`,
    rule: RULE.doubtful,
  };
}

function holdsSeat({ state, keyOf }: PlanInput, keys: ReadonlySet<string>): boolean {
  return state.holders.some((holder) => keys.has(keyOf(holder.grantee)));
}

/** What the roster's rows say, where the plan leaves the person as they are. */
function byRoster({ input, plan, keys }: Subject): Answer {
  const demands = demandByKey(input.roster.entitlements, input.keyOf);
  const demand = [...keys].map((key) => demands.get(key)).find((each) => each !== undefined);
  const holds = holdsSeat(input, keys);
  const state = holds ? 'has' : 'lacks';
  const current = demand === undefined ? null : entitledOn(demand, input.today);
  if (current !== null) {
    const due = `cohort ${current.cohort}, seat due ${current.from} to ${current.to} (${rowName(current)})${andThen(demand, current)}`;
    if (holds) return { state, reason: due, rule: RULE.window };
    const bar = [...keys].map((key) => whyBarred(input.state, key)).find((why) => why !== null);
    if (bar !== undefined) return { state, reason: `${due}; ${bar}`, rule: RULE.barred };
    const assigned = plan.assign.some((line) => keys.has(input.keyOf(line.grantee)));
    return {
      state,
      reason: `${due}; ${assigned ? 'the next run assigns a seat' : 'no seat yet'}`,
      rule: RULE.window,
    };
  }
  const next = demand === undefined ? null : nextOf(demand, input.today);
  if (next !== null) {
    const reason = `cohort ${next.cohort} starts ${next.startsOn}: a seat is due from ${next.from} (${rowName(next)})`;
    return { state, reason, rule: RULE.window };
  }
  const canceled = demand?.canceled.at(-1);
  if (canceled !== undefined)
    return { state, reason: `${rowName(canceled)} is marked canceled`, rule: RULE.status };
  const ended = demand?.active.at(-1);
  const reason =
    ended === undefined ? withoutRow(input, keys) : `cohort ${ended.cohort} ended ${ended.endsOn}`;
  return { state, reason, rule: RULE.window };
}

/** The cohorts that follow without a day between them: the seat is kept through them. */
function andThen(demand: Demand | undefined, current: Entitlement): string {
  const parts: string[] = [];
  let { to } = current;
  for (;;) {
    const reach = addDays(to, 1);
    const [next] = (demand?.active ?? [])
      .filter((each) => each.from <= reach && each.to > to)
      .toSorted((a, b) => compareText(b.to, a.to));
    if (next === undefined) return parts.join('');
    parts.push(`, then for cohort ${next.cohort} to ${next.to} (${rowName(next)})`);
    to = next.to;
  }
}

function withoutRow({ ledger, roster }: PlanInput, keys: ReadonlySet<string>): string {
  const known = [...keys].map((key) => ledger.known.get(key)).find((each) => each !== undefined);
  const last = known?.lastSeen.toSorted((a, b) => (a.to < b.to ? -1 : 1)).at(-1);
  if (last !== undefined)
    return `no row any more; the last one was cohort ${last.cohort}, ${last.startsOn} to ${last.endsOn}`;
  const seen = known !== undefined || [...keys].some((key) => roster.listed.has(key));
  return seen
    ? 'no row of the roster gives a seat in this pool'
    : 'nobody knows this address: it is not on the roster, never was, and holds no seat';
}
