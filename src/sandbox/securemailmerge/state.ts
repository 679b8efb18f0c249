import { CohortSyncError } from '../../errors.ts';
import type { Effect } from '../log.ts';
import {
  type SecureMailMergeOptions,
  type SecureMailMergeSettings,
  secureMailMergeOptions,
} from './options.ts';

export interface Subscription {
  readonly type: string;
  readonly id: string;
  apiKey: string;
  licenses: number;
  /** By the address in lower case, as it was spelled. */
  readonly assigned: Map<string, string>;
}

/** Everything that the SecureMailMerge stand-in knows. */
export interface SecureMailMergeState {
  readonly subscriptions: readonly Subscription[];
  settings: SecureMailMergeSettings;
}

/** What the parts of the stand-in need in order to change the state. */
export interface ChangeContext {
  readonly state: SecureMailMergeState;
  readonly by: Effect['by'];
  effect(effect: Pick<Effect, 'kind' | 'subscription' | 'license' | 'from' | 'to'>): void;
  /** Notes that the number of licenses changed. */
  licensesChanged(subscription: string, from: number, to: number): void;
}

/** The state that options describe. Throws a ZodError for wrong options. */
export function initialState(options: SecureMailMergeOptions): SecureMailMergeState {
  const { subscriptions, settings } = secureMailMergeOptions.parse(options);
  return {
    settings,
    subscriptions: subscriptions.map(({ type, id, apiKey, licenses, assigned }) => {
      const byAddress = new Map(assigned.map((email) => [email.toLowerCase(), email]));
      if (byAddress.size > licenses) {
        throw new CohortSyncError(
          `the sandbox's subscription ${id} has ${licenses} licenses and ${byAddress.size} are assigned`,
          'Give it at least as many licenses as are assigned.',
        );
      }
      return { type, id, apiKey, licenses, assigned: byAddress };
    }),
  };
}

export function freeOf({ licenses, assigned }: Subscription): number {
  return licenses - assigned.size;
}

/** Gives an address a license, if it has none. Whether that changed anything. */
export function give(context: ChangeContext, subscription: Subscription, email: string): boolean {
  const key = email.toLowerCase();
  if (subscription.assigned.has(key)) return false;
  subscription.assigned.set(key, email);
  context.effect({ kind: 'assign', subscription: subscription.id, license: key, from: null, to: email });
  return true;
}

/** Takes the license of an address, if it has one. Whether that changed anything. */
export function take(context: ChangeContext, subscription: Subscription, email: string): boolean {
  const key = email.toLowerCase();
  const spelled = subscription.assigned.get(key);
  if (spelled === undefined) return false;
  subscription.assigned.delete(key);
  context.effect({ kind: 'unassign', subscription: subscription.id, license: key, from: spelled, to: null });
  return true;
}
