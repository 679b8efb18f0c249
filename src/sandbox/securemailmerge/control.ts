import { z } from 'zod';
import { CohortSyncError } from '../../errors.ts';
import type { Effect } from '../log.ts';
import type { ControlOperation } from '../stand-in.ts';
import {
  type SecureMailMergeEdit,
  type SecureMailMergeOptions,
  type SecureMailMergeSettingsChange,
  secureMailMergeEdit,
  secureMailMergeOptions,
  secureMailMergeSettings,
} from './options.ts';
import { type ChangeContext, freeOf, give, type SecureMailMergeState, take } from './state.ts';

/** The live state of the stand-in. Holds no key. */
export const secureMailMergeReport = z.object({
  settings: secureMailMergeSettings,
  subscriptions: z.array(
    z.object({
      type: z.string(),
      id: z.string(),
      licenses: z.number(),
      /** Addresses, sorted. */
      assigned: z.array(z.string()),
      free: z.number(),
    }),
  ),
});
export type SecureMailMergeReport = Readonly<z.output<typeof secureMailMergeReport>>;

/** Drives the stand-in from within the process; the control API offers the same below `/sandbox/securemailmerge`. */
export interface SecureMailMergeControl {
  /** `GET /`: what is true now. */
  report(): SecureMailMergeReport;
  /** `PUT /`: forgets everything and starts anew from options. */
  reset(options: SecureMailMergeOptions): SecureMailMergeReport;
  /** `PATCH /settings`: changes the named settings, keeps the rest. */
  change(settings: Partial<SecureMailMergeSettingsChange>): SecureMailMergeReport;
  /** `POST /edit`: what the owner does by hand. Throws at the first step that can't be done; those before it are. */
  edit(edit: SecureMailMergeEdit): SecureMailMergeReport;
}

interface Access {
  context(by: Effect['by']): ChangeContext;
  reset(options: SecureMailMergeOptions): void;
}

export function makeSecureMailMergeControl({ context, reset }: Access) {
  const report = () => reportOf(context('person').state);
  // The schema is applied to the whole: a part alone would bring the defaults of the other settings along.
  const change = (settings: object) => {
    const { state } = context('person');
    state.settings = secureMailMergeSettings.parse({ ...state.settings, ...settings });
    return report();
  };
  const methods: SecureMailMergeControl = {
    report,
    reset: (options) => {
      reset(options);
      return report();
    },
    change,
    edit: (edit) => {
      editByHand(context('person'), secureMailMergeEdit.parse(edit));
      return report();
    },
  };
  const operations: Record<string, ControlOperation> = {
    'GET /': methods.report,
    'PUT /': (input) => methods.reset(secureMailMergeOptions.parse(input ?? {})),
    'PATCH /settings': (input) => change(z.looseObject({}).parse(input)),
    'POST /edit': (input) => methods.edit(secureMailMergeEdit.parse(input)),
  };
  return { methods, operations };
}

/** A copy: later changes don't show in it. */
function reportOf({ settings, subscriptions }: SecureMailMergeState): SecureMailMergeReport {
  return {
    settings: structuredClone(settings),
    subscriptions: subscriptions.map((subscription) => ({
      type: subscription.type,
      id: subscription.id,
      licenses: subscription.licenses,
      assigned: [...subscription.assigned.values()].sort(),
      free: freeOf(subscription),
    })),
  };
}

function editByHand(context: ChangeContext, edit: z.output<typeof secureMailMergeEdit>): void {
  const { subscriptions } = context.state;
  const subscription = subscriptions.find(({ id }) => id === (edit.subscription ?? subscriptions[0]?.id));
  if (subscription === undefined) throw impossible('there is no such subscription');
  for (const email of edit.unassign) {
    if (!take(context, subscription, email)) throw impossible(`${email} has no license`);
  }
  const from = subscription.licenses;
  if (from + edit.licenses < subscription.assigned.size) throw impossible('these licenses are assigned');
  subscription.licenses += edit.licenses;
  if (edit.licenses !== 0) context.licensesChanged(subscription.id, from, subscription.licenses);
  for (const email of edit.assign) {
    if (freeOf(subscription) === 0) throw impossible(`no license is left for ${email}`);
    if (!give(context, subscription, email)) throw impossible(`${email} has a license`);
  }
  if (edit.apiKey !== undefined) subscription.apiKey = edit.apiKey;
}

function impossible(what: string): CohortSyncError {
  return new CohortSyncError(`the sandbox can't do this: ${what}`, 'Look at GET /sandbox/securemailmerge.');
}
