import type { ZoomPoolConfig } from '../../config/schema.ts';
import { fromInstant, systemClock } from '../../src/dates.ts';
import { createZoom } from '../../src/providers/zoom/provider.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { SANDBOX_ZOOM, type ZoomOptions } from '../../src/sandbox/zoom/options.ts';

export interface ZoomMeasure {
  /** Calls of one reading of 1,200 users, the token included. */
  readonly idleCalls: number;
  /** Time of 300 assignments, to the time that the limit of the requests made for them allows. */
  readonly ratio: number;
  readonly seconds: number;
  /** Requests that were refused for the limit. */
  readonly refused: number;
}

const PEOPLE = Array.from({ length: 1200 }, (_, n) => `p${n}@example.org`);
/** Requests a second with the label Medium, on Pro. */
const LIMIT = 20;

/** What Zoom is asked for nothing, and how near to its limits 300 licenses are assigned. */
export async function benchZoom(): Promise<ZoomMeasure> {
  const idle = await open({ plan: { hosts: 9 }, users: PEOPLE.map((email) => ({ email })) });
  await idle.provider.read(new AbortController().signal);
  const idleCalls = idle.sandbox.requests().length;
  await idle.sandbox.close();

  const busy = await open({
    plan: { hosts: 300 },
    users: PEOPLE.slice(0, 300).map((email) => ({ email })),
    settings: { rateLimits: 'pro' },
  });
  for (let from = 0; from < 300; from += 30) {
    const lines = PEOPLE.slice(from, from + 30).map((grantee) => ({ grantee, seat: null }));
    await busy.provider.assign(lines, async () => {}, new AbortController().signal);
  }
  const measure = { idleCalls, ...timed(busy.sandbox) };
  await busy.sandbox.close();
  return measure;
}

function timed({ requests, zoom }: Sandbox) {
  if (zoom.report().seats.taken !== 300) throw new Error('not all licenses were assigned');
  const paced = requests().filter(({ path }) => path.startsWith('/users'));
  const times = paced.map(({ at }) => fromInstant(at));
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  const refused = paced.filter(({ status }) => status === 429).length;
  return { seconds, refused, ratio: seconds / ((paced.length - 1) / LIMIT) };
}

async function open(zoom: ZoomOptions) {
  const sandbox = await startSandbox({ zoom });
  const config: ZoomPoolConfig = {
    ...{ id: 'zoom', provider: 'zoom', ...SANDBOX_ZOOM, tier: 'pro', seatChanges: 'manual' },
    ...{ purchasedSeats: null, createUsers: false, protect: [] },
    seats: { min: 1, max: null, spare: 0, keepUnusedDays: 14, settleSeconds: 900 },
    baseUrl: `${sandbox.url}/zoom/v2`,
    oauthUrl: `${sandbox.url}/zoom/oauth/token`,
  };
  return { sandbox, provider: createZoom(config, { clock: systemClock }) };
}
