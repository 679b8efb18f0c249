import type { ZoomPoolConfig } from '../../../config/schema.ts';
import { counted } from '../../counted.ts';
import { normalizeEmail } from '../../emails.ts';
import { ProviderError } from '../../errors.ts';
import type { ProviderDeps } from '../http/client.ts';
import type { LineResult, PoolState, Provider, SeatLine, SendGate, TotalChange } from '../provider.ts';
import { createZoomApi } from './api.ts';
import { missingScopes } from './failures.ts';
import { type Decision, decideAssign, decideUnassign, type Sent } from './lines.ts';
import { configuredSeats, poolOf, rollOf, type SeatTotal, seatsInUsage, summaryProblem } from './pool.ts';
import { contradiction, readRoll, type ZoomUser } from './roll.ts';
import { invite, lockOf, update } from './updates.ts';

/** Most users of one bulk update (types of @zoom/rivet 0.4.0). */
const BATCH_SIZE = 30;

const BUY_AT = "in Zoom's web portal (Plans and Billing, Plan Management)";

/** Zoom's number for what an account of this kind may not do. */
const NOT_FOR_THIS_ACCOUNT = 200;

/**
 * The licensed users of one Zoom account as a pool. Keeps its access token, and the name of the plan as last read;
 * nothing else outlives a call.
 * @throws CohortSyncError if the configured addresses can't be used.
 */
export function createZoom(config: ZoomPoolConfig, deps: ProviderDeps): Provider {
  const api = createZoomApi(config, deps);
  const keyOf = normalizeEmail;
  const byApi = config.seatChanges === 'partner';
  let planType: string | null = null;

  /** By the account's usage; null where it can't be read and the configuration tells. */
  async function readSeats(signal: AbortSignal): Promise<SeatTotal | null> {
    try {
      const seats = seatsInUsage(await api.usage(signal));
      if (seats === null) throw noPlan(config);
      planType = seats.type;
      return { total: seats.total, totalFrom: seats.totalFrom };
    } catch (cause) {
      if (config.purchasedSeats === null || byApi || !isUnreadable(cause)) throw cause;
      return null;
    }
  }

  async function readOnce(signal: AbortSignal) {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    try {
      const [users, summary, seats] = await Promise.all([
        readRoll(api, config.id, either),
        api.summary(either),
        readSeats(either),
      ]);
      const roll = rollOf(users, keyOf);
      const twice = roll.size < users.length ? 'a user is listed twice' : null;
      return { users, roll, seats, problem: twice ?? summaryProblem(users, summary) };
    } finally {
      // Where one has failed, the others are not waited for.
      failed.abort();
    }
  }

  async function readPool(signal: AbortSignal): Promise<{ state: PoolState; users: readonly ZoomUser[] }> {
    // Somebody may have changed the account between the requests of one reading; hardly twice.
    const first = await readOnce(signal).catch((cause: unknown) => {
      if (cause instanceof ProviderError && cause.failure === 'contradiction') return null;
      throw cause;
    });
    const reading = first?.problem === null ? first : await readOnce(signal);
    if (reading.problem !== null) throw contradiction(config.id, reading.problem);
    const { users, roll } = reading;
    const seats = reading.seats ?? configuredSeats(config.purchasedSeats ?? 0, users);
    return { state: poolOf(config.id, roll, seats, config.createUsers), users };
  }

  const currentRoll = async (signal: AbortSignal) => rollOf(await readRoll(api, config.id, signal), keyOf);

  async function assign(lines: readonly SeatLine[], gate: SendGate, signal: AbortSignal) {
    if (isNothing(lines)) return [];
    const decisions = decideAssign(lines, await currentRoll(signal), keyOf, config.createUsers);
    const updated = await update(api, sentOf(decisions), 2, gate, signal);
    const invited = decisions.flatMap((each) => (each.kind === 'invite' ? [each.line.grantee] : []));
    const stop = updated.find(({ outcome }) => outcome === 'no-seats' || outcome === 'quota');
    const invitations =
      stop === undefined
        ? await invite(api, invited, gate, signal)
        : invited.map((grantee) => ({ ...stop, grantee }));
    return inOrder(decisions, updated, invitations);
  }

  async function unassign(lines: readonly SeatLine[], gate: SendGate, signal: AbortSignal) {
    if (isNothing(lines)) return [];
    const decided = decideUnassign(lines, await currentRoll(signal), keyOf);
    const decisions = await Promise.all(decided.map((decision) => unlessLocked(decision, signal)));
    return inOrder(decisions, await update(api, sentOf(decisions), 1, gate, signal), []);
  }

  async function unlessLocked(decision: Decision, signal: AbortSignal): Promise<Decision> {
    if (decision.kind !== 'send') return decision;
    const { grantee } = decision.line;
    try {
      const reason = await lockOf(api, decision.user, signal);
      if (reason === null) return decision;
      return { kind: 'settled', result: { grantee, outcome: 'locked', reason } };
    } catch (cause) {
      // One user of whom Zoom tells nothing keeps the license; the others are looked at all the same.
      if (!(cause instanceof ProviderError) || cause.failure !== 'refused') throw cause;
      return { kind: 'settled', result: { grantee, outcome: 'refused', reason: cause.message } };
    }
  }

  async function changeTotal({ observed, expected }: TotalChange, gate: SendGate, signal: AbortSignal) {
    if (!byApi) throw notByApi(config);
    const possible = [observed, expected].every((total) => Number.isSafeInteger(total) && total >= 0);
    if (!possible || observed === expected) {
      throw new RangeError(`no change of the total: from ${observed} to ${expected}`);
    }
    if (planType === null) await readSeats(signal);
    if (planType === null) throw noPlan(config);
    await api.setHosts({ type: planType, hosts: expected }, gate, signal);
    return { kind: 'accepted' } as const;
  }

  return {
    pool: config.id,
    kind: 'zoom',
    capabilities: {
      ...{ listsHolders: true, changesTotal: byApi, batchSize: BATCH_SIZE },
      buyAt: byApi ? null : BUY_AT,
    },
    keyOf,
    read: async (signal) => (await readPool(signal)).state,
    assign,
    unassign,
    changeTotal,
    followChange: () =>
      Promise.reject(new Error('Zoom changes its total at once: there is nothing to follow')),
    check: async (signal) => {
      const { state, users } = await readPool(signal);
      const pending = users.filter(({ status }) => status === 'pending').length;
      const parts = [
        `${counted(state.total, 'seat')} by ${state.totalFrom}`,
        `${state.holders.length} assigned`,
      ];
      if (pending > 0) parts.push(`${counted(pending, 'invitation')} pending`);
      const granted = api.scopes();
      const lacking = granted === null ? [] : missingScopes(granted);
      if (lacking.length > 0) parts.push(`the app seems to lack the scopes ${lacking.join(', ')}`);
      return `Zoom account with ${counted(users.length, 'user')}: ${parts.join(', ')}`;
    },
  };
}

function isNothing(lines: readonly SeatLine[]): boolean {
  if (lines.length > BATCH_SIZE) throw new RangeError(`at most ${BATCH_SIZE} lines, not ${lines.length}`);
  return lines.length === 0;
}

function sentOf(decisions: readonly Decision[]): Sent[] {
  return decisions.flatMap((decision) => (decision.kind === 'send' ? [decision] : []));
}

/** The results of the lines in their order, from those of the two kinds of requests in theirs. */
function inOrder(
  decisions: readonly Decision[],
  updated: readonly LineResult[],
  invited: readonly LineResult[],
): LineResult[] {
  const results = { send: [...updated], invite: [...invited] };
  return decisions.map((decision) => {
    if (decision.kind === 'settled') return decision.result;
    const { grantee } = decision.line;
    return results[decision.kind].shift() ?? { grantee, outcome: 'unknown', reason: 'no answer' };
  });
}

/** Whether the account or the app may not read its usage, as against a reading that failed. */
function isUnreadable(cause: unknown): boolean {
  if (!(cause instanceof ProviderError)) return false;
  if (cause.failure === 'scope' || cause.failure === 'not-found') return true;
  return cause.failure === 'refused' && cause.providerCode === NOT_FOR_THIS_ACCOUNT;
}

function noPlan({ id }: ZoomPoolConfig): ProviderError {
  return new ProviderError(
    { pool: id, failure: 'wrong-answer', request: 'GET /accounts/me/plans/usage' },
    `Pool ${id}: Zoom's usage of the account names no plan with licenses. Nothing was changed.`,
    "Check in Zoom's portal that the account has a paid plan.",
  );
}

function notByApi({ id }: ZoomPoolConfig): ProviderError {
  return new ProviderError(
    { pool: id, failure: 'refused', request: 'PUT /accounts/{id}/plans/base' },
    `Pool ${id}: Zoom sells no licenses by API to an ordinary account. Nothing was changed.`,
    `Buy or drop them ${BUY_AT}; the pool goes on by itself.`,
  );
}
