import type { License, SalableState, Subscription } from './state.ts';

/** What a read sees: the live state, or while reads lag the state from before the last change. */
export interface View {
  readonly subscriptions: readonly Subscription[];
  readonly licenses: readonly License[];
}

/** Keeps what reads go on showing, if they lag. A change within a lag shows up together with the one before it. */
export function keepForReads(state: SalableState, now: number): void {
  const { lag } = state.settings;
  if (lag === null || currentStale(state, now) !== null) return;
  state.stale = {
    subscriptions: structuredClone(state.subscriptions),
    licenses: structuredClone(state.licenses),
    readsLeft: lag.reads ?? null,
    until: lag.milliseconds === undefined ? null : now + lag.milliseconds,
  };
}

/** The state that one read of `what` sees. Counts as a read. */
export function viewFor(state: SalableState, what: 'subscriptions' | 'licenses', now: number): View {
  const stale = currentStale(state, now);
  if (stale === null || !state.settings.lag?.of.includes(what)) return state;
  if (stale.readsLeft !== null) stale.readsLeft -= 1;
  return stale;
}

function currentStale(state: SalableState, now: number) {
  const { stale } = state;
  const over = stale?.readsLeft === 0 || (stale?.until != null && now >= stale.until);
  if (over || state.settings.lag === null) state.stale = null;
  return state.stale;
}
