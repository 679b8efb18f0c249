/**
 * Every error that cohort-sync raises on purpose. Each carries its facts as fields and a message for the person who
 * reads it: what happened, and in `advice` what to do next. None carries a secret or a request body.
 */

/** Exit codes of the command line (docs: README, "Exit codes"). */
export const EXIT = {
  ok: 0,
  failed: 1,
  changes: 2,
  held: 3,
  partial: 4,
  usage: 64,
  config: 78,
} as const;

export class CohortSyncError extends Error {
  readonly advice: string;

  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.advice = advice;
  }
}

/** The command line was used wrongly: exit 64. */
export class UsageError extends CohortSyncError {}

/** One fault of the configuration file. */
export interface ConfigFault {
  /** Where in the file, as `pools[0].seats.max`. */
  readonly path: string;
  /** What is expected, and what was found. Never the value of a secret. */
  readonly problem: string;
}

/** The configuration can't be used: exit 78. All faults at once. */
export class ConfigError extends CohortSyncError {
  readonly file: string;
  readonly faults: readonly ConfigFault[];

  constructor(file: string, faults: readonly ConfigFault[]) {
    const lines = faults.map((fault) => `  ${fault.path || '(file)'}: ${fault.problem}`);
    super(
      `${file} can't be used:\n${lines.join('\n')}`,
      'Correct the settings named above and run `cohort-sync check`.',
    );
    this.file = file;
    this.faults = faults;
  }
}

/** What kept the roster from being read. `unavailable` is worth another try; the rest needs a person. */
export type RosterFailure = 'unavailable' | 'denied' | 'not-found' | 'unreadable' | 'wrong-shape';

/** The roster could not be read as a whole. Never thrown for a single bad row. */
export class RosterError extends CohortSyncError {
  readonly failure: RosterFailure;
  /** When the source asked to be left alone until (milliseconds since the epoch). */
  readonly retryAt: number | null;

  constructor(
    failure: RosterFailure,
    message: string,
    advice: string,
    options?: ErrorOptions & { retryAt?: number | null },
  ) {
    super(message, advice, options);
    this.failure = failure;
    this.retryAt = options?.retryAt ?? null;
  }
}

/**
 * Why a provider call failed.
 * - `not-sent`: the connection was never made; nothing can have happened.
 * - `timeout`, `broken`: the answer did not come; a change may or may not have been applied.
 * - `unavailable`: the server said 5xx, or 408, 425 or 499; a change may or may not have been applied.
 * - `auth` 401, `scope` 403, `not-found` 404, `refused` other 4xx, `rate-limited` 429: nothing was applied.
 * - `wrong-answer`: an answer that isn't what the reference says (HTML, cut JSON, a redirect, a new schema).
 * - `contradiction`: answers that are each well-formed but don't agree.
 * - `no-seats`: the pool is full.
 */
export type ProviderFailure =
  | 'not-sent'
  | 'timeout'
  | 'broken'
  | 'unavailable'
  | 'auth'
  | 'scope'
  | 'not-found'
  | 'refused'
  | 'rate-limited'
  | 'wrong-answer'
  | 'contradiction'
  | 'no-seats';

export interface ProviderErrorFacts {
  readonly pool: string;
  readonly failure: ProviderFailure;
  /** Method and path of the request, without query or body. */
  readonly request: string;
  readonly status?: number | null;
  /** The provider's own words, cut to 300 characters and with secrets masked. */
  readonly providerMessage?: string | null;
  /** The provider's own number for the error, where its errors have one beside the status. */
  readonly providerCode?: number | null;
  /** When the provider asked to be left alone until (milliseconds since the epoch). */
  readonly retryAt?: number | null;
}

/** A provider call that did not succeed. */
export class ProviderError extends CohortSyncError {
  readonly pool: string;
  readonly failure: ProviderFailure;
  readonly request: string;
  readonly status: number | null;
  readonly providerMessage: string | null;
  readonly providerCode: number | null;
  readonly retryAt: number | null;

  constructor(facts: ProviderErrorFacts, message: string, advice: string, options?: ErrorOptions) {
    super(message, advice, options);
    this.pool = facts.pool;
    this.failure = facts.failure;
    this.request = facts.request;
    this.status = facts.status ?? null;
    this.providerMessage = facts.providerMessage ?? null;
    this.providerCode = facts.providerCode ?? null;
    this.retryAt = facts.retryAt ?? null;
  }

  /** Whether a request that changes something may have been applied although it failed. */
  get effectUnknown(): boolean {
    return (
      this.failure === 'timeout' ||
      this.failure === 'broken' ||
      this.failure === 'unavailable' ||
      this.failure === 'wrong-answer'
    );
  }
}

/** Redis, or the ledger in it, did not do what was asked. Nothing may be changed at a provider after this. */
export class LedgerError extends CohortSyncError {}

/** What stands in the ledger was written by another version, in a way that this one can't read. Trying again is of no use. */
export class OtherVersionError extends LedgerError {
  constructor(what: string) {
    super(
      `${what} was stored by another version of cohort-sync, which this one can't read`,
      'Give all processes one version.',
    );
  }
}

/** A ledger write was refused because what it was based on has changed meanwhile. */
export class LedgerConflict extends LedgerError {
  readonly what: string;

  constructor(what: string) {
    super(`the ledger's ${what} was changed by another process meanwhile`, 'Read it again and decide anew.');
    this.what = what;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
