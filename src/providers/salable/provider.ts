import type { SalablePoolConfig } from '../../../config/schema.ts';
import { counted } from '../../counted.ts';
import { normalizeEmail } from '../../emails.ts';
import { ProviderError } from '../../errors.ts';
import type { ProviderDeps } from '../http/client.ts';
import { createMask, providerWords } from '../http/mask.ts';
import type { ChangeProgress, LineResult, PoolState, Provider, SeatLine, SendGate } from '../provider.ts';
import { createSalableApi, type SalableApi } from './api.ts';
import { type Decide, decideAssign, decideUnassign, resultOf } from './lines.ts';
import { type PoolAnswers, poolOf } from './pool.ts';
import type { Event, Subscription } from './wire.ts';

/** No limit is documented; this keeps a request small and a refused batch quick to split. */
const BATCH_SIZE = 100;

/** A subscription in any other status has seats that nobody can rely on. */
const USABLE_STATUSES = ['ACTIVE', 'TRIALING', 'PAST_DUE'];

/**
 * One Salable subscription as a pool, by Salable API v1.
 * @throws CohortSyncError if the configured base URL is not one.
 */
export function createSalable(config: SalablePoolConfig, deps: ProviderDeps): Provider {
  const api = createSalableApi(config, deps);
  const mask = createMask([config.apiKey]);
  const keyOf = config.grantee === 'email' ? normalizeEmail : (grantee: string) => grantee.trim();

  async function readPool(signal: AbortSignal): Promise<{ state: PoolState; subscription: Subscription }> {
    const first = await readAnswers(api, config, signal);
    let reading = poolOf(config.id, first, keyOf);
    if (reading.kind === 'pool') return { state: reading.state, subscription: first.subscription };
    // Somebody may have changed the pool between the requests of one reading; hardly twice.
    const second = await readAnswers(api, config, signal);
    reading = poolOf(config.id, second, keyOf);
    if (reading.kind === 'pool') return { state: reading.state, subscription: second.subscription };
    throw new ProviderError(
      { pool: config.id, failure: 'contradiction', request: 'GET /licenses and /licenses/count' },
      `Pool ${config.id}: Salable's answers contradict each other, read twice: ${reading.problem}. Nothing was changed.`,
      "A run tries again by itself. If it lasts, compare the subscription in the Salable dashboard, and ask Salable's support.",
    );
  }

  async function update(
    decide: Decide,
    lines: readonly SeatLine[],
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<readonly LineResult[]> {
    if (lines.length > BATCH_SIZE) throw new RangeError(`at most ${BATCH_SIZE} lines, not ${lines.length}`);
    if (lines.length === 0) return [];
    const { subscriptionUuid } = config;
    const decisions = decide(lines, { subscriptionUuid, licenses: await api.licenses(signal), keyOf });
    const updates = decisions.flatMap((decision) =>
      decision.kind === 'send' ? [{ uuid: decision.uuid, granteeId: decision.granteeId }] : [],
    );
    const answer =
      updates.length === 0 ? { status: 200, data: [] } : await api.updateLicenses(updates, gate, signal);
    return decisions.map((decision) =>
      decision.kind === 'settled' ? decision.result : resultOf(decision, answer, keyOf),
    );
  }

  return {
    pool: config.id,
    kind: 'salable',
    capabilities: { listsHolders: true, changesTotal: true, batchSize: BATCH_SIZE, buyAt: null },
    keyOf,
    read: async (signal) => (await readPool(signal)).state,
    assign: (lines, gate, signal) => update(decideAssign, lines, gate, signal),
    unassign: (lines, gate, signal) => update(decideUnassign, lines, gate, signal),
    changeTotal: async (change, gate, signal) => {
      const { observed, expected } = change;
      const possible = [observed, expected].every((total) => Number.isSafeInteger(total) && total >= 0);
      if (!possible || observed === expected) {
        throw new RangeError(`no change of the total: from ${observed} to ${expected}`);
      }
      const reference = await api.changeSeats(change, gate, signal);
      return reference === null ? { kind: 'accepted' } : { kind: 'pending', reference };
    },
    followChange: async (reference, signal) => {
      const progress = progressOf(await api.event(reference, signal));
      return { ...progress, detail: providerWords(progress.detail, mask) };
    },
    check: async (signal) => checkLine(await readPool(signal)),
  };
}

/** Four requests. The subscription comes first, since it names the plan; the rest at the same time. */
async function readAnswers(
  api: SalableApi,
  config: SalablePoolConfig,
  signal: AbortSignal,
): Promise<PoolAnswers> {
  const subscription = await api.subscription(signal);
  requireUsable(config, subscription);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  try {
    const [licenses, count, plan] = await Promise.all([
      api.licenses(either),
      api.count(either),
      api.plan(subscription.planUuid, either),
    ]);
    return { subscription, licenses, count, plan };
  } finally {
    // Where one has failed, the others are not waited for.
    failed.abort();
  }
}

function requireUsable(config: SalablePoolConfig, subscription: Subscription): void {
  const facts = { pool: config.id, request: `GET /subscriptions/${config.subscriptionUuid}` };
  if (subscription.uuid.toLowerCase() !== config.subscriptionUuid.toLowerCase()) {
    throw new ProviderError(
      { ...facts, failure: 'wrong-answer' },
      `Pool ${config.id}: Salable was asked for subscription ${config.subscriptionUuid} and answered another one. ` +
        'Nothing was read or changed.',
      "Check the pool's `baseUrl`. If it is right, ask Salable's support.",
    );
  }
  if (!USABLE_STATUSES.includes(subscription.status.toUpperCase())) {
    throw new ProviderError(
      { ...facts, failure: 'refused' },
      `Pool ${config.id}: the Salable subscription ${subscription.uuid} is ${subscription.status}, so its seats ` +
        "can't be relied on. Nothing was read or changed, and nobody's seat was taken for gone.",
      "Bring the subscription back in the Salable dashboard, or set the pool's `subscriptionUuid` to the one that " +
        'took its place.',
    );
  }
}

/** Statuses of an event: the enum in prisma/schema.prisma of Salable/node-sdk. `incomplete` is explained nowhere. */
function progressOf(event: Event): ChangeProgress {
  const code = event.errorCode ? ` (${event.errorCode})` : '';
  const detail = event.errorMessage ? `${event.status}: ${event.errorMessage}${code}` : event.status + code;
  switch (event.status.toLowerCase()) {
    case 'queued':
    case 'retrying':
    case 'pending':
      return { status: 'pending', detail };
    case 'success':
      return { status: 'done', detail };
    case 'failed':
      return { status: 'failed', detail };
    case 'incomplete':
      return { status: 'stuck', detail };
    default:
      return { status: 'stuck', detail: `${detail}: a status that Salable's reference doesn't know` };
  }
}

function checkLine({ state, subscription }: { state: PoolState; subscription: Subscription }): string {
  const assigned = state.holders.reduce((sum, holder) => sum + holder.count, 0);
  const parts = [
    `Salable subscription ${subscription.uuid}: ${counted(state.total, 'seat')}, ${assigned} assigned`,
    ...(state.usable === state.total
      ? []
      : [`${counted(state.usable, 'license')} (a change of seats may be under way)`]),
    ...(subscription.status === 'PAST_DUE' ? ['a payment is overdue (PAST_DUE)'] : []),
  ];
  return parts.join('; ');
}
