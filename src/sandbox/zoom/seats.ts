import type { Effect } from '../log.ts';
import { licensed, type ZoomState, type ZoomUser } from './state.ts';

/** What the parts of the stand-in need in order to change the state. */
export interface ChangeContext {
  readonly state: ZoomState;
  /** When it happens, in milliseconds since the epoch. */
  readonly now: number;
  readonly by: Effect['by'];
  effect(effect: Pick<Effect, 'kind' | 'license' | 'from' | 'to'>): void;
  /** Notes that the number of seats changed. */
  seatsChanged(from: number, to: number): void;
}

/** Why a user can't be given another type now. */
export type TypeRefusal = 'full' | 'quota' | 'basic-full' | 'events';

/** Zoom's words where the account has moved its licenses about too often (community.zoom.com, thread 79929). */
export const QUOTA_TEXT = 'You have exceeded the limit of license assignments for your account.';

export function typeRefusal({ state, by }: ChangeContext, user: ZoomUser, type: 1 | 2): TypeRefusal | null {
  const { plan, settings, users } = state;
  if (user.type === type) return null;
  if (type === 2 && licensed(state) >= plan.hosts) return 'full';
  if (type === 2 && by === 'api' && settings.assignmentsLeft === 0) return 'quota';
  const basics = users.filter((other) => other.type === 1).length;
  if (type === 1 && settings.maxBasic !== null && basics >= settings.maxBasic) return 'basic-full';
  return type === 1 && user.upcomingEvents ? 'events' : null;
}

/** Gives a user another type, where nothing stands against it. Whether that changed anything. */
export function setType(context: ChangeContext, user: ZoomUser, type: 1 | 2): boolean {
  const { state } = context;
  if (user.type === type) return false;
  const had = user.type === 2;
  user.type = type;
  if (type === 2 && context.by === 'api' && state.settings.assignmentsLeft !== null) {
    state.settings = { ...state.settings, assignmentsLeft: state.settings.assignmentsLeft - 1 };
  }
  if (type === 2) context.effect({ kind: 'assign', license: user.id, from: null, to: user.email });
  else if (had) context.effect({ kind: 'unassign', license: user.id, from: user.email, to: null });
  return true;
}

/** Sets the number of seats. */
export function setHosts(context: ChangeContext, hosts: number): void {
  const { plan } = context.state;
  const from = plan.hosts;
  if (from === hosts) return;
  plan.hosts = hosts;
  context.seatsChanged(from, hosts);
}
