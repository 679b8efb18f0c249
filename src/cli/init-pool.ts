import { messageOf, UsageError } from '../errors.ts';
import { sandboxClient } from '../sandbox/control-client.ts';
import { SANDBOX_API_KEY } from '../sandbox/salable/options.ts';
import { uuidOf } from '../sandbox/salable/state.ts';
import { type PoolPlace, variable } from './init-config.ts';
import type { CommandIo } from './io.ts';

/** Where `cohort-sync sandbox` listens if it isn't told otherwise. */
export const SANDBOX_URL = 'http://127.0.0.1:8090';

/**
 * The pool of a first configuration: the sandbox that is named, the real Salable where the environment has a key for it,
 * and otherwise the sandbox that `cohort-sync sandbox` will serve.
 *
 * @throws UsageError if the sandbox that is named doesn't answer.
 */
export async function placeOfPool(
  { terminal }: CommandIo,
  sandbox: string | true | undefined,
): Promise<PoolPlace & { readonly next: readonly string[] }> {
  if (sandbox !== undefined) {
    const url = (sandbox === true ? SANDBOX_URL : sandbox).replace(/\/$/, '');
    return { ...sandboxPool(url, await subscriptionOf(url)), next: [] };
  }
  if (terminal.env.SALABLE_API_KEY) {
    const missing = terminal.env.SALABLE_SUBSCRIPTION_UUID === undefined;
    return {
      sandbox: false,
      baseUrl: 'https://api.salable.app',
      apiKey: variable('SALABLE_API_KEY'),
      subscriptionUuid: variable('SALABLE_SUBSCRIPTION_UUID'),
      next: missing ? ['Put the UUID of your Salable subscription into SALABLE_SUBSCRIPTION_UUID.'] : [],
    };
  }
  const next =
    'The pool is a stand-in, for trying out. Start it in another terminal: cohort-sync sandbox ' +
    '(the configuration says what to put in its place for the real Salable)';
  return { ...sandboxPool(SANDBOX_URL, uuidOf('5a', 1)), next: [next] };
}

function sandboxPool(url: string, subscriptionUuid: string): PoolPlace {
  return { sandbox: true, baseUrl: `${url}/salable`, apiKey: SANDBOX_API_KEY, subscriptionUuid };
}

async function subscriptionOf(url: string): Promise<string> {
  try {
    const { subscriptions } = await sandboxClient(url).salable.report();
    const [first] = subscriptions;
    if (first !== undefined) return first.uuid;
  } catch (cause) {
    throw new UsageError(
      `no sandbox answers at ${url}: ${messageOf(cause)}`,
      'Start one in another terminal with `cohort-sync sandbox`, and name the URL that it prints.',
    );
  }
  throw new UsageError(`the sandbox at ${url} has no subscription`, 'Start another one.');
}
