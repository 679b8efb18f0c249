import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/errors.ts';
import { missingScopes } from '../../../src/providers/zoom/failures.ts';
import { basic, calm, licensed, openZoom, SECRET, soon, toLines } from './stage.ts';

const account = { plan: { hosts: 3 }, users: [...licensed('ann@x.org'), ...basic('bob@x.org')] };
const TOKEN = { path: '/oauth/token' };

async function failureOf(call: Promise<unknown>): Promise<ProviderError> {
  const thrown = await call.catch((error: unknown) => error);
  if (!(thrown instanceof ProviderError)) throw new Error('expected a ProviderError', { cause: thrown });
  expect(inspect(thrown, { depth: 9 })).not.toContain(SECRET);
  return thrown;
}

describe('the access token', () => {
  it('is asked for once, by whatever number of callers, and kept', async () => {
    const { sandbox, provider } = await openZoom(account);
    await Promise.all([provider.read(soon()), provider.read(soon()), provider.check(soon())]);
    await provider.read(soon());
    expect(sandbox.zoom.report().tokensIssued).toBe(1);
    expect(sandbox.requests().filter(({ path }) => path === '/oauth/token')).toHaveLength(1);
  });

  it('is replaced shortly before it expires', async () => {
    let now = 1_000_000;
    const { sandbox, provider } = await openZoom(account, {}, { clock: { now: () => now } });
    await provider.read(soon());
    now += 3_539_000;
    await provider.read(soon());
    expect(sandbox.zoom.report().tokensIssued).toBe(1);
    now += 2_000;
    await provider.read(soon());
    expect(sandbox.zoom.report().tokensIssued).toBe(2);
  });

  it('is replaced once where Zoom no longer takes it, by one request for all who were refused', async () => {
    const { sandbox, provider } = await openZoom(account);
    await provider.read(soon());
    sandbox.zoom.expireTokens();
    expect((await provider.read(soon())).holders).toHaveLength(1);
    expect(sandbox.zoom.report().tokensIssued).toBe(2);

    sandbox.zoom.expireTokens();
    let asked = 0;
    const gate = async () => void asked++;
    // The list finds out; a change made with a token that lapses just then is sent once more, and asked for again.
    sandbox.faults.hook(
      { method: 'POST', path: '/users/features' },
      { before: () => void sandbox.zoom.expireTokens() },
    );
    const [result] = await provider.assign(toLines('bob@x.org'), gate, soon());
    expect([result?.outcome, asked, sandbox.zoom.report().tokensIssued]).toEqual(['applied', 2, 4]);
  });

  it('that is refused again at once is an error, not a loop', async () => {
    const { sandbox, provider, asked } = await openZoom(account);
    await provider.read(soon());
    sandbox.clearLog();
    const body = { code: 124, message: 'Invalid access token.' };
    const fault = { kind: 'status', status: 401, body } as const;
    sandbox.faults.order({ match: { path: '/users/summary' }, times: 'always', fault });
    const error = await failureOf(provider.read(soon()));
    expect(error).toMatchObject({ failure: 'auth', providerCode: 124 });
    expect(error.advice).toContain('activated');
    expect(asked().filter((call) => call === 'GET /users/summary')).toHaveLength(2);
  });

  it.each([400, 401] as const)(
    'that Zoom does not give (%i) names the settings to look at',
    async (status) => {
      const { provider, asked } = await openZoom(
        { ...account, settings: { wrongCredentialsStatus: status } },
        { clientSecret: 'wrong' },
      );
      const error = await failureOf(provider.read(soon()));
      expect(error).toMatchObject({ failure: 'auth', status });
      expect(error.message).toContain('Invalid client_id or client_secret (invalid_client)');
      expect(error.advice).toMatch(/`accountId`, `clientId` and `clientSecret`/);
      expect(asked()).toEqual([]);
    },
  );

  it('that can not be had leaves a change unsent', async () => {
    const { sandbox, provider } = await openZoom(account);
    sandbox.faults.order({ match: TOKEN, times: 'always', fault: { kind: 'drop' } });
    const error = await failureOf(provider.assign(toLines('bob@x.org'), calm, soon()));
    expect(error).toMatchObject({ failure: 'not-sent', effectUnknown: false });
  });

  it('asks nobody again after a failure than the next caller', async () => {
    const { sandbox, provider } = await openZoom(account);
    sandbox.faults.order({ match: TOKEN, fault: { kind: 'status', status: 503 } });
    expect((await failureOf(provider.read(soon()))).failure).toBe('not-sent');
    expect((await provider.read(soon())).total).toBe(3);
  });
});

describe('a scope that the app lacks', () => {
  it.each([
    ['user:read:list_users:admin', 4711],
    ['user:read:summary:admin', 4700],
    ['billing:read:plan_usage:admin', 4711],
  ] as const)('is named: %s', async (missing, scopeCode) => {
    const { sandbox, provider } = await openZoom({ ...account, settings: { scopeCode } });
    const scopes = sandbox.zoom.report().settings.scopes.filter((scope) => scope !== missing);
    sandbox.zoom.change({ scopes });
    const error = await failureOf(provider.read(soon()));
    expect(error).toMatchObject({ failure: 'scope', status: 400 });
    expect(error.advice).toContain(`\`${missing}\``);
  });

  it('is named for taking a license away as well: nobody is made Basic unseen', async () => {
    const { sandbox, provider } = await openZoom(account);
    const scopes = sandbox.zoom.report().settings.scopes;
    sandbox.zoom.change({ scopes: scopes.filter((scope) => !scope.startsWith('meeting:')) });
    const error = await failureOf(provider.unassign(toLines('ann@x.org'), calm, soon()));
    expect(error.advice).toContain('`meeting:read:list_meetings:admin`');
    expect(sandbox.effects()).toEqual([]);
  });

  it('is told by check before it is needed', async () => {
    const { sandbox, provider } = await openZoom(account);
    expect(await provider.check(soon())).not.toContain('scope');
    const { scopes } = sandbox.zoom.report().settings;
    sandbox.zoom.change({ scopes: scopes.filter((scope) => !scope.startsWith('meeting:')) });
    sandbox.zoom.expireTokens();
    expect(await provider.check(soon())).toContain('lack the scopes meeting:read:list_meetings:admin');
    expect(missingScopes(['user:read:admin', 'user:write:admin', 'meeting:read:admin'])).toEqual([]);
  });

  it('of the bulk update is made up for by single updates', async () => {
    const { sandbox, provider, asked } = await openZoom(account);
    const scopes = sandbox.zoom.report().settings.scopes;
    sandbox.zoom.change({ scopes: scopes.filter((scope) => !scope.includes('feature')) });
    const results = await provider.assign(toLines('bob@x.org'), calm, soon());
    expect(results).toEqual([{ grantee: 'bob@x.org', outcome: 'applied', reason: null }]);
    expect(asked().slice(-2)).toEqual(['POST /users/features', 'PATCH /users/zu000002']);

    sandbox.zoom.change({ scopes: scopes.filter((scope) => !/feature|update/.test(scope)) });
    const error = await failureOf(provider.unassign(toLines('ann@x.org'), calm, soon()));
    expect(error.advice).toContain('`user:write:feature:admin`');
  });
});
