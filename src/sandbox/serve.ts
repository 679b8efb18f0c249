import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Hit } from './fault-registry.ts';
import type { Fault } from './faults.ts';
import type { OpenRequest } from './log.ts';
import type { Answer, ArrivedRequest, StandIn } from './stand-in.ts';

export interface Served {
  readonly standIn: StandIn;
  readonly arrived: ArrivedRequest;
  readonly open: OpenRequest;
  readonly hits: readonly Hit[];
  readonly response: ServerResponse;
  /** Where redirects lead that name no location. */
  readonly trapUrl: string;
}

/** How a request ends on the wire. */
type Ending =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'cut'; readonly answer: Answer; readonly how: 'whole' | 'broken' | 'stalled' }
  | { readonly kind: 'drop'; readonly how: 'reset' | 'close' }
  | { readonly kind: 'silence' };

/**
 * Takes one request through: the faults before its effect, the effect, the faults after it, the answer. The first
 * fault that ends the request decides how; one before the effect leaves the effect out.
 */
export async function serveWithFaults(served: Served): Promise<void> {
  const ending = (await endingBefore(served)) ?? (await endingAfter(served));
  send(served, ending);
}

async function endingBefore(served: Served): Promise<Ending | null> {
  const { arrived, open, standIn, hits } = served;
  for (const hit of hits) {
    const { fault } = hit;
    if (fault.kind === 'hook') {
      if (fault.before === undefined) continue;
      hit.comeAbout();
      await fault.before({
        n: open.n,
        provider: standIn.provider,
        method: arrived.method,
        path: arrived.path,
      });
    } else if ('when' in fault && fault.when === 'before') {
      const ending = await meet(served, hit, fault);
      if (ending !== null) return ending;
    }
  }
  return null;
}

async function endingAfter(served: Served): Promise<Ending> {
  const { arrived, open, standIn, hits } = served;
  let answer = standIn.handle(arrived);
  open.note({ changed: answer.changed, summary: answer.summary });
  let ending: Ending | null = null;
  for (const hit of hits) {
    const { fault } = hit;
    if (ending !== null) break;
    if (fault.kind === 'hook') {
      if (fault.after === undefined) continue;
      if (fault.before === undefined) hit.comeAbout();
      const request = { n: open.n, provider: standIn.provider, method: arrived.method, path: arrived.path };
      answer = (await fault.after(request, answer)) ?? answer;
    } else if (fault.kind === 'cut') {
      note(open, hit);
      ending = { kind: 'cut', answer, how: fault.how };
    } else if (fault.kind === 'shorten') {
      note(open, hit);
      answer = {
        ...answer,
        body: Array.isArray(answer.body) ? answer.body.slice(0, fault.keep) : answer.body,
      };
    } else if (fault.when === 'after') {
      ending = await meet(served, hit, fault);
    }
  }
  return ending ?? { kind: 'answer', answer };
}

function note(open: OpenRequest, { fault, comeAbout }: Hit): void {
  open.hitBy(fault.kind);
  // A hold comes about when the request waits at it, and then says so itself.
  if (fault.kind !== 'hold') comeAbout();
}

type PlacedFault = Extract<Fault, { when: unknown }>;

/** Lets a fault happen; null if the request goes on after it. */
async function meet(
  { standIn, open, trapUrl }: Served,
  hit: Hit,
  fault: PlacedFault,
): Promise<Ending | null> {
  note(open, hit);
  const instead = (answer: Pick<Answer, 'status' | 'headers' | 'body'>): Ending => ({
    kind: 'answer',
    answer: { ...answer, changed: fault.when === 'after', summary: '' },
  });
  switch (fault.kind) {
    case 'delay':
      await wait(fault.milliseconds, undefined, { ref: false });
      return null;
    case 'hold':
      await hit.released();
      return null;
    case 'drop':
      return { kind: 'drop', how: fault.how };
    case 'silence':
      return { kind: 'silence' };
    case 'status': {
      const { status, headers, body = standIn.errorBody(status) } = fault;
      return instead({ status, headers, body });
    }
    case 'html':
      return instead({ status: fault.status, headers: HTML, body: LOGIN_PAGE });
    case 'redirect':
      return instead({ status: fault.status, headers: { location: fault.location ?? trapUrl } });
  }
}

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const LOGIN_PAGE =
  '<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1><form></form></body></html>';

function send({ open, response }: Served, ending: Ending): void {
  if (ending.kind === 'silence') {
    open.note({ ending: 'silent' });
    return;
  }
  if (ending.kind === 'drop') {
    open.note({ ending: 'dropped' });
    if (ending.how === 'reset') response.socket?.resetAndDestroy();
    else response.socket?.destroy();
    return;
  }
  const { answer } = ending;
  const body = bodyOf(answer);
  const sent = ending.kind === 'cut' ? body.subarray(0, Math.floor(body.length / 2)) : body;
  const whole = ending.kind !== 'cut' || ending.how === 'whole';
  open.note({
    status: answer.status,
    ending: whole ? 'answered' : ending.how === 'broken' ? 'dropped' : 'silent',
  });
  response.writeHead(answer.status, {
    ...contentType(answer),
    ...Object.fromEntries(
      Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    'content-length': String(whole ? sent.length : body.length),
  });
  if (whole) response.end(sent);
  // Only once the first half has left: the break has to come after it.
  else response.write(sent, () => ending.how === 'broken' && response.socket?.destroy());
}

function contentType({ body }: Answer) {
  if (body === undefined) return {};
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  return { 'content-type': `${type}; charset=utf-8` };
}

function bodyOf({ body }: Answer): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
