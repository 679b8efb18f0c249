import type { Holder, PoolState } from '../provider.ts';
import type { License, LicenseCount, Plan, Subscription } from './wire.ts';

/** The comparable form of a grantee; empty for a license that nobody holds. */
export type KeyOf = (grantee: string) => string;

/** The four answers that make up one reading of a pool. */
export interface PoolAnswers {
  readonly subscription: Subscription;
  readonly licenses: readonly License[];
  readonly count: LicenseCount;
  readonly plan: Plan;
}

/** A pool, or in which way the answers contradict each other. */
export type PoolReading =
  | { readonly kind: 'pool'; readonly state: PoolState }
  | { readonly kind: 'contradiction'; readonly problem: string };

/** Puts the answers together and checks them against each other. The order of the license list has no influence. */
export function poolOf(pool: string, answers: PoolAnswers, keyOf: KeyOf): PoolReading {
  const { subscription, count, plan } = answers;
  const all = licensesOf(subscription.uuid, answers.licenses);
  const live = all.filter(isLive);
  const problem = duplicateIn(all) ?? countProblem(count, all, live, keyOf);
  if (problem !== null) return { kind: 'contradiction', problem };

  const free = live.filter((license) => holderKey(license, keyOf) === '');
  const state: PoolState = {
    pool,
    total: subscription.quantity,
    totalFrom: 'subscription quantity',
    usable: live.length,
    limits: {
      min: plan.perSeatAmount ?? 1,
      max: plan.maxSeatAmount && plan.maxSeatAmount > 0 ? plan.maxSeatAmount : null,
    },
    holders: holdersOf(live, keyOf),
    freeSeats: free.map(({ uuid }) => uuid),
  };
  return { kind: 'pool', state };
}

/** The licenses of one subscription, canceled ones too, in the order of their ids. */
export function licensesOf(subscriptionUuid: string, licenses: readonly License[]): License[] {
  return licenses
    .filter((license) => belongsTo(subscriptionUuid, license))
    .toSorted((one, other) => byText(one.uuid, other.uuid));
}

/** The id in the configuration may be written in another case than Salable's. */
export function belongsTo(subscriptionUuid: string, license: License): boolean {
  return license.subscriptionUuid?.toLowerCase() === subscriptionUuid.toLowerCase();
}

/** A removed seat stays in the list as CANCELED. */
export function isLive(license: License): boolean {
  return license.status.toUpperCase() !== 'CANCELED';
}

/** The key of whoever holds a license; empty if nobody does (null, or an empty text). */
export function holderKey(license: Pick<License, 'granteeId'>, keyOf: KeyOf): string {
  return license.granteeId === null ? '' : keyOf(license.granteeId);
}

function holdersOf(live: readonly License[], keyOf: KeyOf): Holder[] {
  const byKey = Map.groupBy(live, (license) => holderKey(license, keyOf));
  byKey.delete('');
  return [...byKey]
    .toSorted(([one], [other]) => byText(one, other))
    .map(([key, held]) => ({
      grantee: held[0]?.granteeId ?? key,
      seats: held.map(({ uuid }) => uuid),
      count: held.length,
    }));
}

function duplicateIn(licenses: readonly License[]): string | null {
  const twice = licenses.find((license, index) => licenses[index - 1]?.uuid === license.uuid);
  return twice ? `license ${twice.uuid} is listed twice` : null;
}

/**
 * Whether the count agrees with the list: a list that was cut short must not pass for a smaller pool. The reference
 * says neither whether the count includes canceled licenses nor how it takes an empty grantee: each reading will do.
 */
function countProblem(
  count: LicenseCount,
  all: readonly License[],
  live: readonly License[],
  keyOf: KeyOf,
): string | null {
  const held = (of: readonly License[]) => of.filter((license) => holderKey(license, keyOf) !== '').length;
  const named = (of: readonly License[]) => of.filter((license) => license.granteeId !== null).length;
  const possible = [
    { count: live.length, assigned: [held(live), named(live)] },
    { count: all.length, assigned: [held(all), named(all), held(live), named(live)] },
  ];
  const agrees = possible.some(
    (reading) => reading.count === count.count && reading.assigned.includes(count.assigned),
  );
  if (agrees && count.assigned + count.unassigned === count.count) return null;
  return (
    `the list of licenses has ${held(live)} assigned of ${live.length}, ` +
    `the count says ${count.assigned} assigned and ${count.unassigned} unassigned of ${count.count}`
  );
}

function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
