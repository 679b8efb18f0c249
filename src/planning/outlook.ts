import { addDays, type IsoDate } from '../dates.ts';
import { compareText } from './demand.ts';
import { neededSeats } from './forecast.ts';
import type { PlanInput } from './types.ts';

/** From how many days before today to how many after it an outlook reaches. */
export const OUTLOOK_DAYS = { past: 70, coming: 182 } as const;

/** Most cohorts that an outlook names; those that are furthest from today are left out first. */
const MOST_COHORTS = 60;

/** From this day on so many seats are needed, until the next step. */
export interface NeedStep {
  readonly date: IsoDate;
  readonly needed: number;
}

/** A cohort with people who have a seat in the pool by it. */
export interface CohortSpan {
  readonly cohort: string;
  readonly startsOn: IsoDate;
  readonly endsOn: IsoDate;
  readonly people: number;
}

/** How a pool was and will be, if nothing is bought or given back: seats needed, and the cohorts that need them. */
export interface Outlook {
  readonly today: IsoDate;
  readonly until: IsoDate;
  /** Seats paid for. */
  readonly total: number;
  /** The most seats that runs may have, by the configuration; null for no limit. */
  readonly max: number | null;
  /** `manual`: a person buys and drops seats. */
  readonly changes: 'api' | 'manual';
  /** In the order of their days; the first one is of the first day that is looked at. */
  readonly steps: readonly NeedStep[];
  readonly cohorts: readonly CohortSpan[];
}

/** The outlook on a pool, by the roster and the pool as they are. */
export function outlookOf(input: PlanInput): Outlook {
  const from = addDays(input.today, -OUTLOOK_DAYS.past);
  const needed = neededSeats(input, from, OUTLOOK_DAYS.past + OUTLOOK_DAYS.coming);
  const until = addDays(input.today, OUTLOOK_DAYS.coming);
  const steps: NeedStep[] = [];
  needed.forEach((seats, day) => {
    if (seats !== steps.at(-1)?.needed) steps.push({ date: addDays(from, day), needed: seats });
  });
  return {
    ...{ today: input.today, until, total: input.state.total, steps },
    max: input.policy.seats.max,
    changes: input.policy.changesTotal ? 'api' : 'manual',
    cohorts: cohortsBetween(input, from, until),
  };
}

/** Seats that an outlook says are needed on a day; null before its first one. */
export function neededOn({ steps }: Pick<Outlook, 'steps'>, date: IsoDate): number | null {
  return steps.findLast((step) => step.date <= date)?.needed ?? null;
}

function cohortsBetween({ roster, keyOf, today }: PlanInput, from: IsoDate, until: IsoDate): CohortSpan[] {
  const found = new Map<string, { readonly span: Omit<CohortSpan, 'people'>; readonly keys: Set<string> }>();
  for (const { cohort, startsOn, endsOn, canceled, grantee } of roster.entitlements) {
    if (canceled || endsOn < from || startsOn > until) continue;
    const name = JSON.stringify([cohort, startsOn, endsOn]);
    const known = found.get(name) ?? { span: { cohort, startsOn, endsOn }, keys: new Set() };
    known.keys.add(keyOf(grantee));
    found.set(name, known);
  }
  const spans = [...found.values()].map(({ span, keys }) => ({ ...span, people: keys.size })).sort(byStart);
  const past = spans.filter(({ endsOn }) => endsOn < today);
  const rest = spans.filter(({ endsOn }) => endsOn >= today).slice(0, MOST_COHORTS);
  const room = MOST_COHORTS - rest.length;
  return [...(room > 0 ? past.slice(-room) : []), ...rest];
}

function byStart(a: CohortSpan, b: CohortSpan): number {
  return (
    compareText(a.startsOn, b.startsOn) || compareText(a.cohort, b.cohort) || compareText(a.endsOn, b.endsOn)
  );
}
