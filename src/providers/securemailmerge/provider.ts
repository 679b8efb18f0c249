import type { SecureMailMergePoolConfig } from '../../../config/schema.ts';
import { normalizeEmail } from '../../emails.ts';
import { ProviderError } from '../../errors.ts';
import type { ProviderDeps } from '../http/client.ts';
import type { LineResult, PoolState, Provider, SeatLine, SendGate } from '../provider.ts';
import { createSecureMailMergeApi, type Said } from './api.ts';
import { BUY_AT } from './failures.ts';
import { byErrors, type Decision, decide, inDoubt } from './lines.ts';

/** No limit is documented; this keeps a request that is refused whole quick to split. */
const BATCH_SIZE = 25;

const SAID = 'purchasedSeats of the configuration';

/**
 * One SecureMailMerge subscription as a pool. Its API has no way to read: who is assigned is for the caller to remember,
 * and all that is ever told are two counts in the answer to a change.
 * @throws CohortSyncError if the configured base URL is not one.
 */
export function createSecureMailMerge(config: SecureMailMergePoolConfig, deps: ProviderDeps): Provider {
  const api = createSecureMailMergeApi(config, deps);

  async function change(
    action: 'assign' | 'unassign',
    lines: readonly SeatLine[],
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<readonly LineResult[]> {
    if (lines.length > BATCH_SIZE) throw new RangeError(`at most ${BATCH_SIZE} lines, not ${lines.length}`);
    const decisions = decide(lines);
    const sent = decisions.filter((decision) => decision.kind === 'send');
    if (sent.length === 0) return inOrder(decisions, []);
    const method = action === 'assign' ? 'PUT' : 'DELETE';
    const emails = sent.map(({ email }) => email);
    const said = await api.change(method, emails, gate, signal);
    const results = resultsOf(action, sent, said);
    const { counts } = said;
    return inOrder(decisions, counts === null ? results : results.map((result) => ({ ...result, counts })));
  }

  return {
    pool: config.id,
    kind: 'securemailmerge',
    capabilities: { listsHolders: false, changesTotal: false, batchSize: BATCH_SIZE, buyAt: BUY_AT },
    keyOf: normalizeEmail,
    read: async () => stateBy(config),
    assign: (lines, gate, signal) => change('assign', lines, gate, signal),
    unassign: (lines, gate, signal) => change('unassign', lines, gate, signal),
    changeTotal: () => Promise.reject(notByApi(config)),
    followChange: () =>
      Promise.reject(new Error('SecureMailMerge sells nothing by API: there is nothing to follow')),
    check: async () => {
      const { subscriptionType, subscriptionId, purchasedSeats } = config;
      const seats =
        purchasedSeats === null ? '`purchasedSeats` is not set' : `${purchasedSeats} seats by ${SAID}`;
      return `SecureMailMerge subscription ${subscriptionType} ${subscriptionId}: ${seats}; nothing of it can be read, so the key is tried with the first change`;
    },
  };
}

type Sent = Decision & { readonly kind: 'send' };

/** @throws ProviderError `refused` where several lines were refused and nothing tells which is at fault. */
function resultsOf(action: 'assign' | 'unassign', sent: readonly Sent[], said: Said): LineResult[] {
  if (said.done) return sent.map(({ line }) => ({ grantee: line.grantee, outcome: 'applied', reason: null }));
  const named = byErrors(sent, said, action);
  if (named !== null) return named;
  const [only] = sent;
  if (sent.length === 1 && only !== undefined) return [alone(action, only.line, said)];
  if (said.refusal !== null) throw said.refusal;
  return sent.map(({ line }) => inDoubt(line));
}

/** One address, refused in words that tell nothing. */
function alone(action: 'assign' | 'unassign', { grantee }: SeatLine, said: Said): LineResult {
  // The reference's one meaning of a 400 to a well-formed DELETE: the address is not assigned.
  if (action === 'unassign' && said.refusal !== null) {
    return {
      grantee,
      outcome: 'already',
      reason: 'SecureMailMerge has no license assigned to this address (400)',
    };
  }
  if (said.refusal !== null) throw said.refusal;
  const words = said.errors.length === 0 ? 'and does not say why' : `"${said.errors.join('; ')}"`;
  return { grantee, outcome: 'refused', reason: `SecureMailMerge did not do it (success: false): ${words}` };
}

function inOrder(decisions: readonly Decision[], results: readonly LineResult[]): LineResult[] {
  const left = [...results];
  return decisions.map((decision) => {
    if (decision.kind === 'settled') return decision.result;
    const { grantee } = decision.line;
    return left.shift() ?? { grantee, outcome: 'unknown', reason: 'no answer' };
  });
}

/** All that can be told without changing anything: what a person has entered. Whoever holds a seat is not known here. */
function stateBy({ id, purchasedSeats }: SecureMailMergePoolConfig): PoolState {
  if (purchasedSeats === null) {
    throw new ProviderError(
      { pool: id, failure: 'refused', request: 'read' },
      `Pool ${id}: how many licenses it has is not known: SecureMailMerge tells that only in the answer to a change, ` +
        'and there was none yet. Nothing was changed.',
      "Set the pool's `purchasedSeats` to the number that the licensing server shows.",
    );
  }
  const seats = { total: purchasedSeats, totalFrom: SAID, usable: purchasedSeats };
  return { pool: id, ...seats, limits: { min: 0, max: null }, holders: [], freeSeats: [] };
}

function notByApi({ id }: SecureMailMergePoolConfig): ProviderError {
  return new ProviderError(
    { pool: id, failure: 'refused', request: 'change the total' },
    `Pool ${id}: SecureMailMerge sells no licenses by API. Nothing was changed.`,
    `Buy or drop them ${BUY_AT}; the pool goes on by itself.`,
  );
}
