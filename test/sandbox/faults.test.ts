import { describe, expect, it } from 'vitest';
import type { FaultOrder } from '../../src/sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { HEADERS, salable, sheets, subscription } from './calls.ts';

const options = {
  salable: { subscriptions: [{ type: 'none' as const, seats: 1, assigned: ['ann@x.org'] }, { seats: 2 }] },
};
const SEATS = '/subscriptions/*/seats';

function buy(sandbox: Sandbox, signal?: AbortSignal) {
  return fetch(`${sandbox.url}/salable/subscriptions/${subscription(sandbox).uuid}/seats`, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ increment: 1 }),
    redirect: 'manual',
    ...(signal && { signal }),
  });
}

const bought = (sandbox: Sandbox) => subscription(sandbox).quantity - 1;

describe('a fault', () => {
  it.each([
    { when: 'before' as const, applied: 0 },
    { when: 'after' as const, applied: 1 },
  ])('that answers 500 $when the effect leaves $applied seats bought', async ({ when, applied }) => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order({ match: { path: SEATS }, fault: { kind: 'status', status: 500, when } });
    const answer = await buy(sandbox);
    expect([answer.status, await answer.json()]).toEqual([500, { error: 'ordered error 500' }]);
    expect(bought(sandbox)).toBe(applied);
    expect(sandbox.requests()).toMatchObject([
      { status: 500, ending: 'answered', changed: applied === 1, faults: ['status'] },
    ]);
  });

  it.each([
    { when: 'before' as const, how: 'reset' as const, applied: 0 },
    { when: 'after' as const, how: 'reset' as const, applied: 1 },
    { when: 'after' as const, how: 'close' as const, applied: 1 },
  ])(
    'that drops the connection ($how) $when the effect leaves $applied seats bought',
    async ({ when, how, applied }) => {
      await using sandbox = await startSandbox(options);
      sandbox.faults.order({ match: { method: 'POST' }, fault: { kind: 'drop', when, how } });
      await expect(buy(sandbox)).rejects.toThrow('fetch failed');
      expect(bought(sandbox)).toBe(applied);
      expect(sandbox.requests()).toMatchObject([{ status: null, ending: 'dropped', changed: applied === 1 }]);
    },
  );

  it('that keeps silent leaves the caller waiting until it gives up', async () => {
    await using sandbox = await startSandbox(options);
    const silence = sandbox.faults.order({ fault: { kind: 'silence', when: 'after' } });
    const giveUp = new AbortController();
    const answer = buy(sandbox, giveUp.signal);
    const outcome = expect(answer).rejects.toThrow('given up');
    await silence.hit();
    giveUp.abort(new Error('given up'));
    await outcome;
    expect(bought(sandbox)).toBe(1);
    expect(sandbox.requests()).toMatchObject([{ ending: 'silent', changed: true }]);
  });

  it('that holds a request lets its effect land after the caller has given up', async () => {
    await using sandbox = await startSandbox(options);
    const hold = sandbox.faults.order({ fault: { kind: 'hold' } });
    const landed = sandbox.faults.hook({}, { after: () => undefined });
    const giveUp = new AbortController();
    const outcome = expect(buy(sandbox, giveUp.signal)).rejects.toThrow('given up');
    await hold.hit();
    giveUp.abort(new Error('given up'));
    await outcome;
    expect(bought(sandbox)).toBe(0);
    expect(sandbox.requests()).toMatchObject([{ ending: 'open', changed: false }]);
    hold.release();
    await landed.hit();
    expect(bought(sandbox)).toBe(1);
  });

  it('that holds the answer has let the effect happen', async () => {
    await using sandbox = await startSandbox(options);
    const hold = sandbox.faults.order({ fault: { kind: 'hold', when: 'after' } });
    const answer = buy(sandbox);
    await hold.hit();
    expect(bought(sandbox)).toBe(1);
    expect(hold.report()).toMatchObject({ hits: 1, held: 1 });
    hold.release();
    expect((await answer).status).toBe(204);
    expect(hold.report().held).toBe(0);
  });

  it('that limits the rate can carry any Retry-After', async () => {
    await using sandbox = await startSandbox(options);
    const headers = { 'Retry-After': 'Sun, 22 Nov 2026 12:00:00 GMT' };
    sandbox.faults.order({ fault: { kind: 'status', status: 429, headers, body: '<h1>Slow down</h1>' } });
    const answer = await salable(sandbox, 'GET', '/licenses');
    expect(answer).toMatchObject({ status: 429, text: '<h1>Slow down</h1>' });
    expect(answer.headers.get('retry-after')).toBe(headers['Retry-After']);
    expect(answer.headers.get('content-type')).toMatch('text/plain');
  });

  it('of the sheet has the body that Google sends', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order({ match: { provider: 'sheets' }, fault: { kind: 'status', status: 429 } });
    expect(await sheets(sandbox, '/sandbox-roster')).toMatchObject({
      status: 429,
      body: {
        error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ reason: 'RATE_LIMIT_EXCEEDED' }] },
      },
    });
  });

  it('that shows a login page answers 200 with HTML', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order({ fault: { kind: 'html' } });
    const answer = await salable(sandbox, 'GET', '/licenses');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch('text/html');
    expect(answer.text).toMatch('Sign in');
  });

  it('that cuts the JSON leaves a whole HTTP message', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order({ fault: { kind: 'cut' } });
    const cut = await salable(sandbox, 'GET', '/licenses');
    const whole = await salable(sandbox, 'GET', '/licenses');
    expect(cut.status).toBe(200);
    expect(cut.body).toBeNull();
    expect(whole.text.startsWith(cut.text)).toBe(true);
  });

  it('that breaks the connection in the body has sent the status', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order({ fault: { kind: 'cut', how: 'broken' } });
    const response = await fetch(`${sandbox.url}/salable/licenses`, { headers: HEADERS });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('that stalls the body keeps the rest to itself', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order({ fault: { kind: 'cut', how: 'stalled' } });
    const giveUp = new AbortController();
    const response = await fetch(`${sandbox.url}/salable/licenses`, {
      headers: HEADERS,
      signal: giveUp.signal,
    });
    const text = expect(response.text()).rejects.toThrow('given up');
    giveUp.abort(new Error('given up'));
    await text;
    expect(sandbox.requests()).toMatchObject([{ status: 200, ending: 'silent' }]);
  });

  it('that shortens a list is well-formed and wrong', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order({ fault: { kind: 'shorten', keep: 1 } });
    expect((await salable(sandbox, 'GET', '/licenses')).body).toHaveLength(1);
  });

  it('that redirects leads to another origin, which sees whether a key comes along', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order({ fault: { kind: 'redirect' }, times: 2 });
    const answer = await salable(sandbox, 'GET', '/licenses');
    const location = answer.headers.get('location') ?? '';
    expect(answer.status).toBe(307);
    expect(new URL(location).origin).not.toBe(sandbox.url);
    expect(sandbox.trapped()).toEqual([]);
    await fetch(location, { headers: { 'x-api-key': 'test_sandbox' } });
    expect(sandbox.trapped()).toEqual([{ method: 'GET', path: '/', secrets: ['x-api-key'] }]);
  });

  it('that delays lets the request go on', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order({ fault: { kind: 'delay', milliseconds: 1 } });
    sandbox.faults.order({ fault: { kind: 'delay', milliseconds: 1, when: 'after' } });
    expect((await buy(sandbox)).status).toBe(204);
    expect(sandbox.requests()).toMatchObject([{ faults: ['delay', 'delay'], changed: true }]);
  });
});

describe('an order', () => {
  const status = { kind: 'status' as const, status: 503 };

  async function statuses(order: FaultOrder, count = 5) {
    await using sandbox = await startSandbox(options);
    sandbox.faults.order(order);
    const seen: number[] = [];
    for (let call = 0; call < count; call++) seen.push((await salable(sandbox, 'GET', '/licenses')).status);
    return seen;
  }

  it('hits the next matching request once', async () => {
    expect(await statuses({ fault: status })).toEqual([503, 200, 200, 200, 200]);
  });

  it('hits from the nth match on, as often as it says', async () => {
    expect(await statuses({ match: { nth: 2 }, times: 3, fault: status })).toEqual([200, 503, 503, 503, 200]);
  });

  it('hits always if it says so', async () => {
    expect(await statuses({ match: { nth: 3 }, times: 'always', fault: status })).toEqual([
      200, 200, 503, 503, 503,
    ]);
  });

  it.each([
    { match: { provider: 'sheets' }, hit: false },
    { match: { method: 'PUT' }, hit: false },
    { match: { path: '/licenses/*' }, hit: false },
    { match: { path: '/license*' }, hit: true },
    { match: { path: '/**' }, hit: true },
    { match: { provider: 'salable', method: 'GET', path: '/licenses' }, hit: true },
  ])('for $match hits GET /licenses: $hit', async ({ match, hit }) => {
    expect(await statuses({ match, fault: status }, 1)).toEqual([hit ? 503 : 200]);
  });

  it('that is canceled hits no more and lets go what it held', async () => {
    await using sandbox = await startSandbox(options);
    const hold = sandbox.faults.order({ times: 'always', fault: { kind: 'hold' } });
    const answer = buy(sandbox);
    await hold.hit();
    sandbox.faults.clear();
    expect((await answer).status).toBe(204);
    expect((await buy(sandbox)).status).toBe(204);
    expect(sandbox.faults.reports()).toEqual([]);
  });

  it('that makes no sense is refused', async () => {
    await using sandbox = await startSandbox(options);
    expect(() => sandbox.faults.order({ fault: { kind: 'status', status: 99 } })).toThrow();
    expect(() => sandbox.faults.order({ times: 0, fault: status })).toThrow();
  });
});

describe('a hook', () => {
  it('runs before and after the effect of the request', async () => {
    await using sandbox = await startSandbox(options);
    const seen: unknown[] = [];
    sandbox.faults.hook(
      { method: 'POST' },
      {
        before: async ({ n, path }) => void seen.push(['before', n, path, bought(sandbox)]),
        after: (_request, answer) => {
          seen.push(['after', answer.status, bought(sandbox)]);
          return undefined;
        },
      },
    );
    await buy(sandbox);
    expect(seen).toEqual([
      ['before', 1, `/subscriptions/${subscription(sandbox).uuid}/seats`, 0],
      ['after', 204, 1],
    ]);
  });

  it('may replace the answer', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.faults.hook({}, { after: (_request, answer) => ({ ...answer, body: [] }) });
    expect((await salable(sandbox, 'GET', '/licenses')).body).toEqual([]);
  });

  it('that kills the caller after the effect leaves the effect', async () => {
    await using sandbox = await startSandbox(options);
    const caller = new AbortController();
    sandbox.faults.hook(
      { path: SEATS },
      {
        after: () => {
          caller.abort(new Error('killed'));
          return undefined;
        },
      },
    );
    await expect(buy(sandbox, caller.signal)).rejects.toThrow('killed');
    expect(bought(sandbox)).toBe(1);
  });
});
