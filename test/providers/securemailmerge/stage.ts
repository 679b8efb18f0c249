import { onTestFinished } from 'vitest';
import type { SecureMailMergePoolConfig } from '../../../config/schema.ts';
import { systemClock } from '../../../src/dates.ts';
import type { ProviderDeps } from '../../../src/providers/http/client.ts';
import { createSecureMailMerge } from '../../../src/providers/securemailmerge/provider.ts';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import {
  SANDBOX_SECUREMAILMERGE,
  type SecureMailMergeOptions,
  type SecureMailMergeSettingsChange,
} from '../../../src/sandbox/securemailmerge/options.ts';

/** A key that is found wherever it shows. */
export const KEY = '0badcafe-5ec2-4e75-9a11-ca9a21e5beef';

export const calm = async () => {};
export const soon = () => AbortSignal.timeout(15_000);
export const toLines = (...emails: string[]) => emails.map((grantee) => ({ grantee, seat: null }));

/** A sandbox with a SecureMailMerge of these options, closed by the end of the test, and the provider for it. */
export async function openSecureMailMerge(
  subscription: NonNullable<SecureMailMergeOptions['subscriptions']>[number],
  options: {
    readonly settings?: SecureMailMergeSettingsChange;
    readonly config?: Partial<SecureMailMergePoolConfig>;
    readonly deps?: Partial<ProviderDeps>;
  } = {},
) {
  const { settings = {}, config: changes = {}, deps = {} } = options;
  const sandbox = await startSandbox({
    secureMailMerge: { subscriptions: [{ apiKey: KEY, ...subscription }], settings },
  });
  onTestFinished(() => sandbox.close());
  const config: SecureMailMergePoolConfig = {
    id: 'mail-merge',
    provider: 'securemailmerge',
    baseUrl: `${sandbox.url}/securemailmerge`,
    subscriptionType: SANDBOX_SECUREMAILMERGE.subscriptionType,
    subscriptionId: SANDBOX_SECUREMAILMERGE.subscriptionId,
    apiKey: KEY,
    purchasedSeats: subscription.licenses ?? 1,
    seats: { min: 1, max: null, spare: 0, keepUnusedDays: 14, settleSeconds: 900 },
    protect: [],
    ...changes,
  };
  const provider = createSecureMailMerge(config, { clock: systemClock, ...deps });
  const ours = () => {
    const [found] = sandbox.secureMailMerge.report().subscriptions;
    if (found === undefined) throw new Error('the subscription is gone');
    return found;
  };
  return { sandbox, provider, config, ours };
}

/** Every combination of what the reference leaves open, each as settings of the stand-in, with a name. */
export function combinations(): {
  readonly name: string;
  readonly settings: SecureMailMergeSettingsChange;
}[] {
  const found = [];
  for (const reassign of ['accepted', 'refused'] as const) {
    for (const failedBatch of ['nothing', 'in-part'] as const) {
      for (const duplicates of ['any-case', 'exact'] as const) {
        for (const availableLicenses of ['total', 'free'] as const) {
          const name = `reassigning ${reassign}, a failed batch applied ${failedBatch}, duplicates by ${duplicates}, available is ${availableLicenses}`;
          found.push({ name, settings: { reassign, failedBatch, duplicates, availableLicenses } });
        }
      }
    }
  }
  return found;
}
