import { onTestFinished } from 'vitest';
import type { ZoomPoolConfig } from '../../../config/schema.ts';
import { systemClock } from '../../../src/dates.ts';
import type { ProviderDeps } from '../../../src/providers/http/client.ts';
import { createZoom } from '../../../src/providers/zoom/provider.ts';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import { SANDBOX_ZOOM, type ZoomOptions, type ZoomUserOptions } from '../../../src/sandbox/zoom/options.ts';

export const SECRET = 's3cret/zoom+canary';

export const soon = () => AbortSignal.timeout(15_000);
export const calm = async () => {};

export const licensed = (...emails: string[]): ZoomUserOptions[] =>
  emails.map((email) => ({ email, type: 2 }));
export const basic = (...emails: string[]): ZoomUserOptions[] => emails.map((email) => ({ email }));

export const toLines = (...emails: string[]) => emails.map((grantee) => ({ grantee, seat: null }));

/** A sandbox with a Zoom account of these options, closed by the end of the test, and the provider for it. */
export async function openZoom(
  zoom: ZoomOptions,
  settings: Partial<ZoomPoolConfig> = {},
  deps: Partial<ProviderDeps> = {},
) {
  const sandbox = await startSandbox({ zoom: { clientSecret: SECRET, ...zoom } });
  onTestFinished(() => sandbox.close());
  const config: ZoomPoolConfig = {
    id: 'zoom',
    provider: 'zoom',
    baseUrl: `${sandbox.url}/zoom/v2`,
    oauthUrl: `${sandbox.url}/zoom/oauth/token`,
    ...SANDBOX_ZOOM,
    clientSecret: SECRET,
    tier: 'business',
    seatChanges: 'manual',
    purchasedSeats: null,
    createUsers: false,
    seats: { min: 1, max: null, spare: 0, keepUnusedDays: 14, settleSeconds: 900 },
    protect: [],
    ...settings,
  };
  // Unpaced: the sandbox limits nothing unless a test wants it to.
  const provider = createZoom(config, { clock: systemClock, pace: calm, ...deps });
  /** What was asked, as `GET /users`, the token aside. */
  const asked = () =>
    sandbox
      .requests()
      .filter(({ path }) => path !== '/oauth/token')
      .map(({ method, path }) => `${method} ${path}`);
  return { sandbox, provider, config, asked };
}
