import type { Clock } from '../../dates.ts';
import type { Accounting } from '../accounting.ts';
import type { Effect, LogWriter } from '../log.ts';
import type { StandIn } from '../stand-in.ts';
import { makeSecureMailMergeControl, type SecureMailMergeControl } from './control.ts';
import type { SecureMailMergeOptions } from './options.ts';
import { answer } from './requests.ts';
import { type ChangeContext, initialState, type SecureMailMergeState } from './state.ts';

const PROVIDER = 'securemailmerge';
const PREFIX = '/securemailmerge';

export interface SecureMailMergeStandIn extends StandIn {
  readonly control: SecureMailMergeControl;
}

interface Parts {
  readonly clock: Clock;
  readonly log: LogWriter;
  readonly accounting: Accounting;
}

/** A stand-in for SecureMailMerge's licensing API at `/securemailmerge`, as strict as its reference. */
export function makeSecureMailMerge(
  options: SecureMailMergeOptions,
  { clock, log, accounting }: Parts,
): SecureMailMergeStandIn {
  let state = start(options);
  const context = (by: Effect['by']): ChangeContext => ({
    state,
    by,
    effect: (effect) => log.effect({ provider: PROVIDER, by, ...effect }),
    licensesChanged: (subscription, from, to) => {
      const kind = to < from ? 'decrement' : 'increment';
      log.effect({ provider: PROVIDER, by, kind, subscription, license: null, from, to });
      accounting.changed(subscription, { at: clock.now(), by, from, to });
    },
  });
  const control = makeSecureMailMergeControl({
    context,
    reset: (to) => {
      state = start(to);
    },
  });
  return {
    provider: PROVIDER,
    ownPath: (path) => (path.startsWith(`${PREFIX}/`) ? path.slice(PREFIX.length) : null),
    handle: (request) => answer(request, context('api')),
    settleDue: () => {},
    errorBody: (status) => ({ success: false, errors: [`ordered error ${status}`] }),
    controls: control.operations,
    control: control.methods,
  };

  function start(from: SecureMailMergeOptions): SecureMailMergeState {
    const fresh = initialState(from);
    // A subscription that nobody asked for is on no invoice.
    if (Object.keys(from).length === 0) return fresh;
    for (const { id, licenses } of fresh.subscriptions) accounting.opened(PROVIDER, id, licenses);
    return fresh;
  }
}
