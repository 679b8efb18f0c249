import { onTestFinished } from 'vitest';
import type { SalablePoolConfig } from '../../../config/schema.ts';
import { systemClock } from '../../../src/dates.ts';
import type { ProviderDeps } from '../../../src/providers/http/client.ts';
import { createSalable } from '../../../src/providers/salable/provider.ts';
import type { SalableOptions } from '../../../src/sandbox/salable/options.ts';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';

export const KEY = 'test_s4lable/key+canary';
export const OURS = '5a928004-a2ef-4e00-8343-c8e7d40b4b41';

/** A sandbox with a Salable of these options, closed by the end of the test, and the provider for a pool in it. */
export async function openSalable(
  salable: SalableOptions,
  settings: Partial<SalablePoolConfig> = {},
  deps: Partial<ProviderDeps> = {},
) {
  const sandbox = await startSandbox({ salable: { keys: [{ key: KEY }], ...salable } });
  onTestFinished(() => sandbox.close());
  const config: SalablePoolConfig = {
    id: 'salable-teaching',
    provider: 'salable',
    baseUrl: `${sandbox.url}/salable`,
    apiKey: KEY,
    subscriptionUuid: OURS,
    proration: 'create_prorations',
    grantee: 'email',
    version: 'v1',
    seats: { min: 1, max: null, spare: 0, keepUnusedDays: 14, settleSeconds: 900 },
    protect: [],
    ...settings,
  };
  return { sandbox, provider: createSalable(config, { clock: systemClock, ...deps }) };
}
