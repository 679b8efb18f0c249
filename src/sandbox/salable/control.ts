import { z } from 'zod';
import { CohortSyncError } from '../../errors.ts';
import type { Effect } from '../log.ts';
import type { ControlOperation } from '../stand-in.ts';
import { applyLine, lineRefusal } from './licenses.ts';
import {
  type EventPlanOptions,
  eventPlan,
  type PortalEdit,
  portalEdit,
  type SalableOptions,
  type SalableSettingsChange,
  salableOptions,
  salableSettings,
} from './options.ts';
import { reportOf, type SalableReport } from './report.ts';
import {
  applySeats,
  type ChangeContext,
  endSeatEvent,
  freeLicenses,
  hasEnded,
  seatRefusal,
} from './seats.ts';
import { activeLicenses } from './state.ts';

/** Drives the Salable stand-in from within the process; the control API offers the same below `/sandbox/salable`. */
export interface SalableControl {
  /** `GET /`: what is true now. */
  report(): SalableReport;
  /** `PUT /`: forgets everything and starts anew from options. */
  reset(options: SalableOptions): SalableReport;
  /** `PATCH /settings`: changes the named settings, keeps the rest. */
  change(settings: Partial<SalableSettingsChange>): SalableReport;
  /** `POST /next-events`: how the next background changes go, one plan each. */
  planNextEvents(plans: readonly EventPlanOptions[]): SalableReport;
  /** `POST /settle`: ends the background changes under way, as their plans say or with another outcome. */
  settle(options?: SettleOptions): SalableReport;
  /**
   * `POST /edit`: what somebody does in the portal. Throws at the first step that the portal would refuse; those
   * before it are done.
   */
  edit(edit: PortalEdit): SalableReport;
}

const settleOptions = z.strictObject({
  /** Default: every event that has not ended. */
  event: z.guid().optional(),
  /** Default: what the event's plan says. */
  outcome: z.enum(['success', 'failed', 'incomplete']).optional(),
});
export type SettleOptions = z.input<typeof settleOptions>;

interface Access {
  context(by: Effect['by']): ChangeContext;
  reset(options: SalableOptions): void;
}

export function makeSalableControl({ context, reset }: Access) {
  const report = () => reportOf(context('person').state);
  // The schema is applied to the whole: a part alone would bring the defaults of the other settings along.
  const change = (settings: object) => {
    const { state } = context('person');
    state.settings = salableSettings.parse({ ...state.settings, ...settings });
    return report();
  };
  const methods: SalableControl = {
    report,
    reset: (options) => {
      reset(options);
      return report();
    },
    change,
    planNextEvents: (plans) => {
      context('person').state.nextEvents.push(...plans.map((plan) => eventPlan.parse(plan)));
      return report();
    },
    settle: (options = {}) => {
      const { event: only, outcome } = settleOptions.parse(options);
      const now = context('api');
      const open = now.state.events.filter(
        (event) => !hasEnded(event) && (only ?? event.uuid) === event.uuid,
      );
      for (const event of open) endSeatEvent(now, event, outcome ?? event.plan.outcome);
      return report();
    },
    edit: (edit) => {
      editByHand(context('person'), portalEdit.parse(edit));
      return report();
    },
  };
  const operations: Record<string, ControlOperation> = {
    'GET /': methods.report,
    'PUT /': (input) => methods.reset(salableOptions.parse(input ?? {})),
    'PATCH /settings': (input) => change(z.looseObject({}).parse(input)),
    'POST /next-events': (input) => methods.planNextEvents(z.array(eventPlan).parse(input)),
    'POST /settle': (input) => methods.settle(settleOptions.parse(input ?? {})),
    'POST /edit': (input) => methods.edit(portalEdit.parse(input)),
  };
  return { methods, operations };
}

function editByHand(context: ChangeContext, edit: z.output<typeof portalEdit>): void {
  const { state } = context;
  const subscription = edit.subscription
    ? state.subscriptions.find(({ uuid }) => uuid === edit.subscription)
    : state.subscriptions[0];
  if (subscription === undefined) throw impossible('there is no such subscription');
  if (edit.status !== undefined) subscription.status = edit.status;
  for (const granteeId of edit.unassign) {
    const held = activeLicenses(state, subscription.uuid).filter(
      (license) => license.granteeId === granteeId,
    );
    if (held.length === 0) throw impossible(`${granteeId} has no license of this subscription`);
    for (const { uuid } of held) applyLine(context, { uuid, granteeId: null });
  }
  const refusal = edit.seats === 0 ? null : seatRefusal(state, subscription, edit.seats);
  if (refusal !== null) throw impossible(refusal);
  applySeats(context, subscription, { quantity: edit.seats, licenses: edit.seats });
  for (const granteeId of edit.assign) {
    const uuid = freeLicenses(state, subscription)[0]?.uuid;
    if (uuid === undefined) throw impossible(`no unassigned license is left for ${granteeId}`);
    const line = { uuid, granteeId };
    const lineFault = lineRefusal(state, line);
    if (lineFault !== null) throw impossible(`${granteeId}: ${lineFault}`);
    applyLine(context, line);
  }
}

function impossible(what: string): CohortSyncError {
  return new CohortSyncError(`the sandbox can't do this: ${what}`, 'Look at GET /sandbox/salable.');
}
