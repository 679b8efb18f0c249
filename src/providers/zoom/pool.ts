import type { Holder, PoolState } from '../provider.ts';
import type { ZoomUser } from './roll.ts';
import type { PlanUsage, UserSummary } from './wire.ts';

export type KeyOf = (grantee: string) => string;

/** How many seats there are, and who says so. */
export interface SeatTotal {
  readonly total: number;
  readonly totalFrom: string;
}

export const LICENSED = 2;
const BASIC = 1;

/** The users of the account by key, whatever their number of lists. */
export type Roll = ReadonlyMap<string, ZoomUser>;

export function rollOf(users: readonly ZoomUser[], keyOf: KeyOf): Map<string, ZoomUser> {
  return new Map(users.map((user) => [keyOf(user.email), user]));
}

/** Puts the pool together. The order of the lists has no influence. */
export function poolOf(pool: string, roll: Roll, seats: SeatTotal, createsUsers: boolean): PoolState {
  const sorted = [...roll].toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  const barred = sorted.flatMap(([key, user]) => {
    const reason = whyBarred(user);
    return reason === null ? [] : [[key, reason] as const];
  });
  const state: PoolState = {
    ...{ pool, ...seats, usable: seats.total, limits: { min: 0, max: null } },
    holders: sorted.flatMap(([, user]) => (user.type === LICENSED ? [holderOf(user)] : [])),
    freeSeats: [],
    barred: new Map(barred),
  };
  if (createsUsers) return state;
  return { ...state, users: { keys: new Set(roll.keys()), whyOthersNot: NO_USER } };
}

export const NO_USER =
  "has no user in the Zoom account: add them in Zoom's portal, or set the pool's `createUsers: true` to invite them";

const PENDING_LOCK =
  'their invitation to Zoom is still pending, and Zoom changes no pending user: cancel it under User Management';

function holderOf({ email, status }: ZoomUser): Holder {
  const holder = { grantee: email, seats: [], count: 1 };
  return status === 'pending' ? { ...holder, locked: PENDING_LOCK } : holder;
}

/** Why a user can't be given a license that they could use. */
export function whyBarred({ status, type }: ZoomUser): string | null {
  if (status === 'pending') {
    const held = type === LICENSED ? 'a license waits for them, but they have' : 'has';
    return `${held} not accepted the invitation to Zoom yet: ask them to, or send it again under User Management`;
  }
  if (status === 'inactive') return "their Zoom user is deactivated: activate it in Zoom's User Management";
  if (type === BASIC || type === LICENSED) return null;
  return `their Zoom user is of the special type ${type}, which cohort-sync leaves alone: change it in Zoom's portal`;
}

/**
 * Whether the lists agree with Zoom's own count: a list that was cut short must not pass for a smaller pool. The
 * reference does not say which statuses each number counts, nor where special types belong: each reading will do.
 */
export function summaryProblem(users: readonly ZoomUser[], summary: UserSummary): string | null {
  const { licensed_users_count: licensed, basic_users_count: basics, pending_users_count: pending } = summary;
  const listed = users.filter(({ status }) => status === 'pending').length;
  if (pending != null && pending !== listed) {
    return `${listed} users are pending by the list, ${pending} by the summary`;
  }
  const isLicensed = ({ type }: ZoomUser) => type === LICENSED;
  const isBasic = ({ type }: ZoomUser) => type === BASIC;
  const isOther = ({ type }: ZoomUser) => type !== LICENSED;
  const agrees =
    possibleCounts(users, isLicensed).includes(licensed) &&
    (basics == null || [isBasic, isOther].some((is) => possibleCounts(users, is).includes(basics)));
  if (agrees) return null;
  return (
    `the lists have ${users.filter(isLicensed).length} licensed and ${users.filter(isBasic).length} Basic users, ` +
    `the summary counts ${licensed} and ${basics ?? 'no number of'}`
  );
}

/** How many users of a kind there are, without or with those who were deactivated, or have not accepted yet. */
function possibleCounts(users: readonly ZoomUser[], is: (user: ZoomUser) => boolean): number[] {
  const readings = [[], ['inactive'], ['pending'], ['inactive', 'pending']];
  return readings.map(
    (more) =>
      users.filter((user) => is(user) && (user.status === 'active' || more.includes(user.status))).length,
  );
}

/** The plan that holds the seats: `plan_base`, or on Workplace accounts one of the others. Null if none does. */
export function seatsInUsage(usage: PlanUsage): (SeatTotal & { readonly type: string | null }) | null {
  const { plan_base: base } = usage;
  if (base && base.hosts > 0) return seatsOf('plan_base', [base]);
  const found = (['plan_zoom_one', 'plan_zoom_one_premier', 'plan_united'] as const).flatMap((name) => {
    const plans = [usage[name] ?? []].flat();
    return plans.length === 0 ? [] : [{ name, plans }];
  });
  if (found.length > 0) {
    return seatsOf(
      found.map(({ name }) => name).join(' and '),
      found.flatMap(({ plans }) => plans),
    );
  }
  return base ? seatsOf('plan_base', [base]) : null;
}

/** What the configuration says was bought; but Zoom never lets more users be licensed than are paid for. */
export function configuredSeats(purchasedSeats: number, users: readonly ZoomUser[]): SeatTotal {
  const licensed = users.filter(({ type }) => type === LICENSED).length;
  if (licensed <= purchasedSeats) {
    return { total: purchasedSeats, totalFrom: 'purchasedSeats of the configuration' };
  }
  const totalFrom = 'the number of licensed users, which is above purchasedSeats of the configuration';
  return { total: licensed, totalFrom };
}

function seatsOf(
  name: string,
  plans: readonly { readonly hosts: number; readonly type?: string | null | undefined }[],
) {
  const total = plans.reduce((sum, { hosts }) => sum + hosts, 0);
  return { total, totalFrom: `the usage of Zoom's plan (${name})`, type: plans[0]?.type ?? null };
}
