import type { SecureMailMergePoolConfig } from '../../../config/schema.ts';
import { ProviderError } from '../../errors.ts';
import { createHttpClient, type ProviderDeps } from '../http/client.ts';
import { createMask, providerWords } from '../http/mask.ts';
import type { SeatCounts, SendGate } from '../provider.ts';
import { explainSecureMailMerge } from './failures.ts';
import { changeAnswer, countsOf, errorsIn, textsOf } from './wire.ts';

/** What came of one request on addresses. */
export interface Said {
  /** Null where the request was refused as one that is not valid (400). */
  readonly counts: SeatCounts | null;
  /** `success`, with no errors beside it. */
  readonly done: boolean;
  /** In the provider's words, the key masked. */
  readonly errors: readonly string[];
  /** The refusal (400), to be thrown where its errors lead no further. */
  readonly refusal: ProviderError | null;
}

export interface SecureMailMergeApi {
  /**
   * PUT assigns, DELETE unassigns; both carry the key in the body, so that nothing of a body may ever be shown.
   * @param emails at least one, all different in any case.
   * @throws ProviderError for everything but 200 and 400.
   */
  change(
    method: 'PUT' | 'DELETE',
    emails: readonly string[],
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<Said>;
}

export function createSecureMailMergeApi(
  config: SecureMailMergePoolConfig,
  deps: ProviderDeps,
): SecureMailMergeApi {
  const { subscriptionType, subscriptionId, apiKey } = config;
  const mask = createMask([apiKey]);
  const path = `/api/manage/${subscriptionType}/${encodeURIComponent(subscriptionId)}`;
  const shown = (errors: readonly string[]) => errors.map((error) => providerWords(error, mask));
  const clientFor = (readError: (body: unknown) => string | null) =>
    createHttpClient({
      ...deps,
      ...{ pool: config.id, baseUrl: config.baseUrl, headers: {}, secrets: [apiKey] },
      ...{ readError, explain: explainSecureMailMerge },
    });
  // The address is looked at here, so that a wrong one is found at the start.
  clientFor(() => null);

  return {
    change: async (method, emails, gate, signal) => {
      // The errors of this one request, whole: an error's message is cut.
      let errors: string[] = [];
      const client = clientFor((body) => {
        errors = errorsIn(body);
        return errors.join('; ') || null;
      });
      try {
        const body = { apiKey, emails };
        const sent = { method, path, body, changes: true, schema: changeAnswer, gate, signal };
        const { data } = await client.request(sent);
        const told = textsOf(data.errors);
        const done = data.success && told.length === 0;
        return { counts: countsOf(data), done, errors: shown(told), refusal: null };
      } catch (cause) {
        if (!(cause instanceof ProviderError) || cause.status !== 400) throw cause;
        return { counts: null, done: false, errors: shown(errors), refusal: cause };
      }
    },
  };
}
