import type { z } from 'zod';
import { CohortSyncError } from '../../errors.ts';
import { type userOptions, type ZoomOptions, type ZoomSettings, zoomOptions } from './options.ts';

/** One user, as the stand-in keeps it. */
export interface ZoomUser {
  readonly id: string;
  readonly email: string;
  type: 1 | 2 | 4 | 99;
  status: 'active' | 'inactive' | 'pending';
  addOns: readonly string[];
  upcomingEvents: boolean;
  inMeeting: boolean;
  refusal: string | null;
  readonly createdAt: number;
}

/** Everything that the Zoom stand-in knows. Times are milliseconds since the epoch by the sandbox's clock. */
export interface ZoomState {
  readonly accountId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly plan: { readonly kind: 'plan_base' | 'plan_zoom_one'; readonly type: string; hosts: number };
  readonly users: ZoomUser[];
  settings: ZoomSettings;
  /** Live access tokens and when they expire. */
  readonly tokens: Map<string, number>;
  tokensIssued: number;
  /** Page tokens: where the next page of which list begins, and when the token expires. */
  readonly pages: Map<string, Page>;
  /** Requests by label: of the current second, and of the current day (UTC). */
  readonly requests: Map<string, { second: number; inSecond: number; day: string; inDay: number }>;
}

export interface Page {
  /** The list's other parameters, which have to stay the same. */
  readonly of: string;
  readonly from: number;
  readonly expiresAt: number;
}

/** The state that options describe. Throws a ZodError for wrong options. */
export function initialState(options: ZoomOptions, now: number): ZoomState {
  const { accountId, clientId, clientSecret, plan, users, settings } = zoomOptions.parse(options);
  const state: ZoomState = {
    ...{ accountId, clientId, clientSecret, plan: { ...plan }, users: [], settings },
    ...{ tokens: new Map(), tokensIssued: 0, pages: new Map(), requests: new Map() },
  };
  for (const user of users) addUser(state, user, now);
  if (licensed(state) > plan.hosts) {
    throw new CohortSyncError(
      `the sandbox's Zoom account has ${plan.hosts} seats and ${licensed(state)} licensed users`,
      'Give it at least as many seats as licensed users.',
    );
  }
  return state;
}

export function addUser(state: ZoomState, user: z.output<typeof userOptions>, now: number): ZoomUser {
  const added = { ...user, id: `zu${String(state.users.length + 1).padStart(6, '0')}`, createdAt: now };
  state.users.push(added);
  return added;
}

/** By id or email. A pending user has no id that anyone could know. */
export function findUser(state: ZoomState, idOrEmail: string): ZoomUser | undefined {
  return state.users.find(
    ({ id, email, status }) =>
      (id === idOrEmail && status !== 'pending') || email.toLowerCase() === idOrEmail.toLowerCase(),
  );
}

export function holdsSeat({ settings }: ZoomState, { type, status }: ZoomUser): boolean {
  return type === 2 && (status !== 'pending' || settings.pendingHoldsSeat);
}

/** Seats that are taken. */
export function licensed(state: ZoomState): number {
  return state.users.filter((user) => holdsSeat(state, user)).length;
}
