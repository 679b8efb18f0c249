import { timeOfDay } from '../src/dates.ts';
import { messageOf, ProviderError } from '../src/errors.ts';
import { contextOf, type JobContext, namesIn, tell } from './context.ts';
import { RETRY } from './policy.ts';

/**
 * Tells those who watch a run that a job of it failed and when it is tried again. Called where the delay is decided, so
 * that what is told is what happens.
 * @param data the job's.
 * @param attempt how many tries there were, the failed one included.
 * @param delay until the next try (milliseconds).
 */
export async function announceRetry(
  context: JobContext,
  data: unknown,
  cause: unknown,
  attempt: number,
  delay: number,
): Promise<void> {
  const { run, pool } = namesIn(data);
  if (run === undefined) return;
  const until = context.clock.now() + delay;
  const at = timeOfDay(until, context.config.timeZone);
  const limited = cause instanceof ProviderError && cause.failure === 'rate-limited';
  const text =
    `${messageOf(cause)} Trying again in ${Math.ceil(delay / 1_000)} s: ` +
    `try ${attempt + 1} of ${RETRY.soon.attempts}, at ${at}.`;
  const step = limited ? 'rate-limited' : 'retry';
  await tell(contextOf(context, data), run, pool ?? null, step, text, { until });
}

/**
 * Tells that a job is gone on with whose process ended without a word.
 * @param job its id: each begins with the run's (see `trigger.ts` and `sync-pool.ts`).
 * @param poolOfQueue of whose queue it is; null for the queue of runs.
 */
export async function announceTakeOver(
  context: JobContext,
  job: string,
  poolOfQueue: string | null,
): Promise<void> {
  const [run = '', ...rest] = job.split('.');
  const pool = poolOfQueue ?? (rest.length === 0 ? null : rest.join('.'));
  const text =
    'the process that worked on this ended without a word; its lease has run out, and it is gone on with';
  await tell(contextOf(context, { run, pool }), run, pool, 'take-over', text);
}
