import { ProviderError } from '../../errors.ts';
import type { LineResult, SendGate } from '../provider.ts';
import type { UserType, ZoomApi } from './api.ts';
import { capacityIn } from './capacity.ts';
import { bulkResult, refusalResult, type Sent } from './lines.ts';
import type { UserSettings } from './wire.ts';

/** "This API endpoint is not recognized". */
const NO_SUCH_ENDPOINT = 2300;

/** Gives the users of these lines one type: in one request, or one by one where the account has no bulk update. */
export async function update(
  api: ZoomApi,
  sent: readonly Sent[],
  type: UserType,
  gate: SendGate,
  signal: AbortSignal,
): Promise<LineResult[]> {
  const what = type === 1 ? 'unassign' : 'assign';
  if (sent.length === 0) return [];
  try {
    const answer = await api.setTypes(
      sent.map(({ user }) => user),
      type,
      gate,
      signal,
    );
    return sent.map((each) => bulkResult(each, answer, what));
  } catch (cause) {
    if (!(cause instanceof ProviderError)) throw cause;
    const { failure, providerCode, providerMessage } = cause;
    if (capacityIn(cause) !== null) {
      return sent.map(({ line }) => refusalResult(line.grantee, providerCode, providerMessage ?? '', what));
    }
    const lacksScope = failure === 'scope' && cause.status === 400;
    const unavailable = failure === 'not-found' && providerCode === NO_SUCH_ENDPOINT;
    if (!lacksScope && !unavailable) throw cause;
    return updateSingly(api, sent, type, gate, signal, cause);
  }
}

/** @throws the bulk update's error where the app may not change a single user either. */
async function updateSingly(
  api: ZoomApi,
  sent: readonly Sent[],
  type: UserType,
  gate: SendGate,
  signal: AbortSignal,
  bulkError: ProviderError,
): Promise<LineResult[]> {
  const what = type === 1 ? 'unassign' : 'assign';
  const results: LineResult[] = [];
  // What one user is told of the account as a whole holds for those after them: they are not asked for.
  let stopped: LineResult | null = null;
  for (const { line, user } of sent) {
    const { grantee } = line;
    if (stopped !== null) {
      results.push({ ...stopped, grantee });
      continue;
    }
    try {
      await api.setType(user, type, gate, signal);
      results.push({ grantee, outcome: 'applied', reason: null });
    } catch (cause) {
      if (!(cause instanceof ProviderError)) throw cause;
      if (cause.failure === 'scope') throw bulkError;
      if (cause.failure !== 'refused' && cause.failure !== 'not-found') throw cause;
      const words = cause.providerMessage ?? cause.message;
      const result = refusalResult(grantee, cause.providerCode, words, what);
      if (capacityIn(cause) !== null) stopped = result;
      results.push(result);
    }
  }
  return results;
}

/** Invites those who have no user, one by one, until the account has no license or no invitation left. */
export async function invite(
  api: ZoomApi,
  grantees: readonly string[],
  gate: SendGate,
  signal: AbortSignal,
): Promise<LineResult[]> {
  const results: LineResult[] = [];
  let stopped: LineResult | null = null;
  for (const grantee of grantees) {
    if (stopped !== null) {
      results.push({ ...stopped, grantee });
      continue;
    }
    try {
      await api.invite(grantee, gate, signal);
      results.push({ grantee, outcome: 'applied', reason: null });
    } catch (cause) {
      const result = refusedInvitation(grantee, cause);
      if (result === null) throw cause;
      if (capacityIn(cause) !== null || result.retryAt !== undefined) stopped = result;
      results.push(result);
    }
  }
  return results;
}

/** Zoom limits invitations by the day: 1,500 on Pro, 10,000 on Business. The others go on without those left over. */
function refusedInvitation(grantee: string, cause: unknown): LineResult | null {
  if (!(cause instanceof ProviderError)) return null;
  const { failure, providerCode, providerMessage, retryAt } = cause;
  if (failure === 'rate-limited' && retryAt !== null) {
    const reason = 'Zoom takes no more invitations of new users for now';
    return { grantee, outcome: 'refused', reason, retryAt };
  }
  if (failure !== 'refused') return null;
  if (providerCode === 1005 || providerCode === 1009) {
    const reason =
      'their email belongs to a Zoom user of another account, who can not be invited: they have to leave that account first';
    return { grantee, outcome: 'refused', reason };
  }
  return refusalResult(grantee, providerCode, providerMessage ?? cause.message, 'assign');
}

const ADD_ONS = {
  webinar: 'Webinar',
  large_meeting: 'Large Meeting',
  zoom_events: 'Zoom Events',
  zoom_phone: 'Zoom Phone',
} as const;

/** Why a license should stay with its user although the roster no longer gives it; null if it may go. */
export async function lockOf(api: ZoomApi, user: string, signal: AbortSignal): Promise<string | null> {
  const [settings, live] = await Promise.all([
    orNull(api.settings(user, signal)),
    orNull(api.liveMeetings(user, signal)),
  ]);
  if (live !== null && live > 0) return 'is in a meeting as its host: the license is taken back after it';
  const addOns = addOnsIn(settings);
  if (addOns.length === 0) return null;
  return `has ${addOns.join(' and ')}, which needs the license: remove that in Zoom's portal first`;
}

function addOnsIn(settings: UserSettings | null): string[] {
  const feature = settings?.feature ?? {};
  return Object.entries(ADD_ONS).flatMap(([name, shown]) => {
    return Reflect.get(feature, name) === true ? [shown] : [];
  });
}

/** What an account doesn't have can't keep anybody from anything. Other failures do. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof ProviderError && cause.failure === 'not-found') return null;
    throw cause;
  }
}
