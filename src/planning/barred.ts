import type { PoolState } from '../providers/provider.ts';
import { compareStarts, compareText, type Demand, entitledOn } from './demand.ts';
import type { PlanInput, PlanLine } from './types.ts';

/** Why the provider can't give a grantee a seat that they could use; null if it can. */
export function whyBarred({ barred, users }: PoolState, key: string): string | null {
  const reason = barred?.get(key);
  if (reason !== undefined) return reason;
  return users === undefined || users.keys.has(key) ? null : users.whyOthersNot;
}

/** Those due a seat today who could not use one, whether they hold it or not. The cohort that starts first comes first. */
export function barredLines(input: PlanInput, demands: ReadonlyMap<string, Demand>): PlanLine[] {
  const found = [...demands.values()].flatMap((demand) => {
    const reason = whyBarred(input.state, demand.key);
    const entitlement = reason === null ? null : entitledOn(demand, input.today);
    return reason === null || entitlement === null ? [] : [{ demand, entitlement, reason }];
  });
  found.sort(
    (a, b) => compareStarts(a.entitlement, b.entitlement) || compareText(a.demand.key, b.demand.key),
  );
  return found.map(({ demand, reason }) => ({ grantee: demand.grantee, reason }));
}
