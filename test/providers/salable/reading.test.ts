import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ProviderError } from '../../../src/errors.ts';
import { SCOPES } from '../../../src/sandbox/salable/options.ts';
import { KEY, OURS, openSalable } from './stage.ts';

const soon = () => AbortSignal.timeout(15_000);
const ten = { uuid: OURS, seats: 10, assigned: ['ann@x.org', 'bob@x.org'] };

async function failureOf(call: Promise<unknown>): Promise<ProviderError> {
  return call.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: ProviderError) => error,
  );
}

describe('reading a Salable pool', () => {
  it('takes four requests, the subscription first', async () => {
    const { sandbox, provider } = await openSalable({ subscriptions: [ten] });
    await provider.read(soon());
    const paths = sandbox.requests().map(({ method, path }) => `${method} ${path}`);
    expect(paths[0]).toBe(`GET /subscriptions/${OURS}`);
    expect(paths).toHaveLength(4);
  });

  it.each(['ACTIVE', 'TRIALING', 'PAST_DUE'] as const)('reads a subscription that is %s', async (status) => {
    const { provider } = await openSalable({ subscriptions: [{ ...ten, status }] });
    expect(await provider.read(soon())).toMatchObject({ total: 10, usable: 10 });
    const line = await provider.check(soon());
    expect(line.startsWith(`Salable subscription ${OURS}: 10 seats, 2 assigned`)).toBe(true);
    expect(line.includes('PAST_DUE')).toBe(status === 'PAST_DUE');
  });

  it.each(['CANCELED', 'PAUSED', 'DELETED', 'INCOMPLETE'] as const)(
    'does not take a subscription that is %s for an empty pool',
    async (status) => {
      const { provider } = await openSalable({ subscriptions: [{ ...ten, status }] });
      const error = await failureOf(provider.read(soon()));
      expect(error).toMatchObject({ failure: 'refused', pool: 'salable-teaching' });
      expect(error.message).toContain(`${OURS} is ${status}`);
    },
  );

  it('leaves it to the caller that fewer licenses exist than seats are paid', async () => {
    const { sandbox, provider } = await openSalable({ subscriptions: [ten] });
    sandbox.salable.planNextEvents([{ after: { polls: 0 }, seats: { quantity: 3, licenses: 1 } }]);
    const change = { observed: 10, expected: 13 };
    const answer = await provider.changeTotal(change, async () => {}, soon());
    if (answer.kind === 'pending') await provider.followChange(answer.reference, soon());
    expect(await provider.read(soon())).toMatchObject({ total: 13, usable: 11 });
    expect(await provider.check(soon())).toContain('11 licenses');
  });

  it('reads once more where list and count differ, then gives up with both numbers', async () => {
    const { sandbox, provider } = await openSalable({ subscriptions: [ten] });
    const match = { method: 'GET', path: '/licenses' };
    const once = sandbox.faults.order({ match, fault: { kind: 'shorten', keep: 1 } });
    expect(await provider.read(soon())).toMatchObject({ usable: 10 });
    expect([once.report().hits, sandbox.requests().length]).toEqual([1, 8]);

    sandbox.clearLog();
    sandbox.faults.order({ match, times: 'always', fault: { kind: 'shorten', keep: 1 } });
    const error = await failureOf(provider.read(soon()));
    expect(error.failure).toBe('contradiction');
    expect(error.message).toContain('the list of licenses has 1 assigned of 1, the count says 2 assigned');
    expect(sandbox.requests()).toHaveLength(8);
  });

  it('does not take another subscription for the one that it asked for', async () => {
    const { sandbox, provider } = await openSalable({ subscriptions: [ten] });
    sandbox.faults.hook(
      { path: '/subscriptions/*' },
      { after: (_request, answer) => ({ ...answer, body: { ...Object(answer.body), uuid: 'another' } }) },
    );
    expect((await failureOf(provider.read(soon()))).failure).toBe('wrong-answer');
  });

  it('knows grantees that are no emails by their exact ids', async () => {
    const { provider } = await openSalable(
      { subscriptions: [{ ...ten, assigned: ['u_1', 'U_1'] }] },
      { grantee: 'Salable id' },
    );
    expect(provider.keyOf(' U_1 ')).toBe('U_1');
    expect((await provider.read(soon())).holders.map(({ grantee }) => grantee)).toEqual(['U_1', 'u_1']);
  });
});

describe('what Salable refuses', () => {
  it('a key: says that it may be deleted and how test keys look', async () => {
    const { provider } = await openSalable({ subscriptions: [ten] }, { apiKey: 'live_deleted' });
    const error = await failureOf(provider.read(soon()));
    expect(error).toMatchObject({ failure: 'auth', status: 401 });
    expect(error.advice).toMatch(/deleted.*`test_`/);
  });

  it.each(SCOPES)('a key without %s: names the scope', async (missing) => {
    const scopes = SCOPES.filter((scope) => scope !== missing);
    const { provider } = await openSalable({ keys: [{ key: KEY, scopes }], subscriptions: [ten] });
    const attempts = [
      () => provider.read(soon()),
      () => provider.assign([{ grantee: 'new@x.org', seat: freeSeat }], async () => {}, soon()),
      () => provider.changeTotal({ observed: 10, expected: 11 }, async () => {}, soon()),
      () => provider.followChange('e0000000-0000-4000-8000-000000000001', soon()),
    ];
    const freeSeat = '11000000-0000-4000-8000-000000000003';
    const errors: unknown[] = [];
    for (const attempt of attempts) await attempt().catch((error: unknown) => errors.push(error));
    const scoped = errors.filter((error) => inspect(error).includes(`the scope \`${missing}\``));
    expect(scoped[0]).toMatchObject({ failure: 'scope', status: 403 });
  });

  it('an unknown subscription: says which setting to look at', async () => {
    const { provider } = await openSalable({ subscriptions: [{ ...ten, uuid: OURS.replace('5a', '5b') }] });
    const error = await failureOf(provider.read(soon()));
    expect(error).toMatchObject({ failure: 'not-found', status: 404 });
    expect(error.message).toContain(`no subscription ${OURS}`);
    expect(error.advice).toContain('`subscriptionUuid`');
  });

  it('validation: passes on what Salable says of each field', async () => {
    const { sandbox, provider } = await openSalable({ subscriptions: [ten] });
    const validationErrors = [
      { property: 'granteeId', error: [{ property: 'length', error: 'too long' }] },
      { property: 'uuid', error: 'not a uuid' },
    ];
    const body = { validationErrors };
    sandbox.faults.order({ fault: { kind: 'status', status: 400, body } });
    const error = await failureOf(provider.read(soon()));
    expect(error.providerMessage).toBe('granteeId.length: too long; uuid: not a uuid');
  });

  it('with Retry-After: says until when', async () => {
    const { sandbox, provider } = await openSalable(
      { subscriptions: [ten] },
      {},
      { clock: { now: () => 1_000_000 } },
    );
    const fault = { kind: 'status', status: 429, headers: { 'retry-after': '90' } } as const;
    sandbox.faults.order({ fault });
    expect((await failureOf(provider.read(soon()))).retryAt).toBe(1_090_000);
  });
});
