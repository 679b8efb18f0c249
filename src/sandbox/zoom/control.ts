import { z } from 'zod';
import { CohortSyncError } from '../../errors.ts';
import type { Effect } from '../log.ts';
import type { ControlOperation } from '../stand-in.ts';
import {
  portalEdit,
  type ZoomOptions,
  type ZoomPortalEdit,
  type ZoomSettingsChange,
  zoomOptions,
  zoomSettings,
} from './options.ts';
import { reportOf, type ZoomReport } from './report.ts';
import { type ChangeContext, setHosts, setType, typeRefusal } from './seats.ts';
import { addUser, findUser, licensed, type ZoomUser } from './state.ts';

/** Drives the Zoom stand-in from within the process; the control API offers the same below `/sandbox/zoom`. */
export interface ZoomControl {
  /** `GET /`: what is true now. */
  report(): ZoomReport;
  /** `PUT /`: forgets everything and starts anew from options. */
  reset(options: ZoomOptions): ZoomReport;
  /** `PATCH /settings`: changes the named settings, keeps the rest. */
  change(settings: Partial<ZoomSettingsChange>): ZoomReport;
  /** `DELETE /tokens`: no token is good any more; a new one can be had. */
  expireTokens(): ZoomReport;
  /**
   * `POST /edit`: what somebody does in the portal. Throws at the first step that the portal would refuse; those
   * before it are done.
   */
  edit(edit: ZoomPortalEdit): ZoomReport;
}

interface Access {
  context(by: Effect['by']): ChangeContext;
  reset(options: ZoomOptions): void;
}

export function makeZoomControl({ context, reset }: Access) {
  const report = () => reportOf(context('person').state);
  // The schema is applied to the whole: a part alone would bring the defaults of the other settings along.
  const change = (settings: object) => {
    const { state } = context('person');
    state.settings = zoomSettings.parse({ ...state.settings, ...settings });
    return report();
  };
  const methods: ZoomControl = {
    report,
    reset: (options) => {
      reset(options);
      return report();
    },
    change,
    expireTokens: () => {
      context('person').state.tokens.clear();
      return report();
    },
    edit: (edit) => {
      editByHand(context('person'), portalEdit.parse(edit));
      return report();
    },
  };
  const operations: Record<string, ControlOperation> = {
    'GET /': methods.report,
    'PUT /': (input) => methods.reset(zoomOptions.parse(input ?? {})),
    'PATCH /settings': (input) => change(z.looseObject({}).parse(input)),
    'DELETE /tokens': methods.expireTokens,
    'POST /edit': (input) => methods.edit(portalEdit.parse(input)),
  };
  return { methods, operations };
}

function editByHand(context: ChangeContext, edit: z.output<typeof portalEdit>): void {
  const { state, now } = context;
  for (const email of edit.unassign) setByHand(context, email, 1);
  const seats = state.plan.hosts + edit.seats;
  if (seats < licensed(state)) throw impossible(`${licensed(state)} licenses are assigned`);
  setHosts(context, seats);
  for (const user of edit.add) {
    const type = user.type === 2 ? 1 : user.type;
    const added = addUser(state, { ...user, type }, now);
    if (user.type === 2) setByHand(context, added.email, 2);
  }
  for (const email of edit.accept) {
    const user = named(context, email);
    if (user.status !== 'pending') throw impossible(`${email} is not pending`);
    user.status = 'active';
  }
  for (const email of edit.assign) setByHand(context, email, 2);
  for (const { email, ...changes } of edit.change) {
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    Object.assign(named(context, email), Object.fromEntries(given));
  }
}

function setByHand(context: ChangeContext, email: string, type: 1 | 2): void {
  const user = named(context, email);
  const refusal = typeRefusal(context, user, type);
  if (refusal !== null) throw impossible(`${email}: ${refusal}`);
  setType(context, user, type);
}

function named({ state }: ChangeContext, email: string): ZoomUser {
  const user = findUser(state, email);
  if (user === undefined) throw impossible(`there is no user ${email}`);
  return user;
}

function impossible(what: string): CohortSyncError {
  return new CohortSyncError(`the sandbox can't do this: ${what}`, 'Look at GET /sandbox/zoom.');
}
