import type { ProviderFailure } from '../../errors.ts';

/** A call that failed, as far as words about it need to know. */
export interface FailedCall {
  readonly pool: string;
  readonly host: string;
  readonly method: string;
  /** Below the base URL, without a query. */
  readonly path: string;
  /** Whether the request was to change something. */
  readonly changes: boolean;
  readonly failure: ProviderFailure;
  readonly status: number | null;
  readonly reason: string;
  /** The provider's own words, fit to be shown. */
  readonly providerMessage: string | null;
  /** The provider's own number for the error; null where its errors have none. */
  readonly providerCode: number | null;
}

/** What happened and was not done, and what to do about it. */
export interface Explanation {
  readonly message: string;
  readonly advice: string;
  /** Where the provider's own words tell more of the failure than its status does. */
  readonly failure?: ProviderFailure;
}

const READ_FIRST = 'Nothing to do by hand: the pool is read before anything is sent again.';
const TRY_AGAIN = "A run tries again by itself. If it lasts, look at the provider's status page.";

/** The words for a failure where the provider has none of its own. */
export function explainFailure(call: FailedCall): Explanation {
  const what = `Pool ${call.pool}: ${call.method} ${call.path} at ${call.host}`;
  const said = call.providerMessage === null ? '' : `: "${call.providerMessage}"`;
  const status = call.status === null ? '' : ` (${call.status})`;
  const undone = call.changes ? 'Nothing was changed.' : 'Nothing was read.';
  const unsure = call.changes ? 'The change may or may not have been applied.' : undone;
  switch (call.failure) {
    case 'not-sent':
      return {
        message: `${what} was not sent: ${call.reason}. ${undone}`,
        advice:
          "Check the network and the pool's `baseUrl`. `cohort-sync check` tells when it answers; a run tries again by itself.",
      };
    case 'timeout':
    case 'broken':
      return {
        message: `${what} was sent, but ${call.reason}. ${unsure}`,
        advice: call.changes ? READ_FIRST : TRY_AGAIN,
      };
    case 'unavailable':
      return {
        message: `${what} failed at the provider${status}${said}. ${unsure}`,
        advice: call.changes ? READ_FIRST : TRY_AGAIN,
      };
    case 'wrong-answer':
      return {
        message: `${what} was answered, but ${call.reason}. ${unsure}`,
        advice:
          "Check that the pool's `baseUrl` is the provider's API and no proxy answers in its place. " +
          'If it is, the provider has changed its API.',
      };
    case 'rate-limited':
      return {
        message: `${what} was put off: too many requests${status}${said}. ${undone}`,
        advice: 'Nothing to do: a run tries again when the provider allows it.',
      };
    case 'auth':
      return {
        message: `${what} was refused: the credentials are not accepted${status}${said}. ${undone}`,
        advice: "Check the pool's credentials in the configuration and the environment.",
      };
    case 'scope':
      return {
        message: `${what} was refused: the credentials do not allow it${status}${said}. ${undone}`,
        advice: 'Give the key the scope that this request needs.',
      };
    case 'not-found':
      return {
        message: `${what} was refused: there is no such thing${status}${said}. ${undone}`,
        advice: 'Check the ids of this pool in the configuration.',
      };
    case 'refused':
    case 'contradiction':
    case 'no-seats':
      return {
        message: `${what} was refused${status}${said}. ${undone}`,
        advice: "Do what the provider says, or correct the pool's settings.",
      };
  }
}
