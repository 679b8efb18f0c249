import { describe, expect, it, onTestFinished } from 'vitest';
import { clockStartingAt, fromInstant } from '../../src/dates.ts';
import { sandboxClient } from '../../src/sandbox/control-client.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { SANDBOX_ZOOM, type ZoomOptions } from '../../src/sandbox/zoom/options.ts';

const people = (count: number) => Array.from({ length: count }, (_, n) => ({ email: `t${n}@example.org` }));

const MORNING = fromInstant('2026-11-22T11:00:00Z');

async function open(zoom: ZoomOptions) {
  const sandbox = await startSandbox({ zoom, clock: clockStartingAt(MORNING) });
  onTestFinished(() => sandbox.close());
  const { clientId, clientSecret, accountId } = SANDBOX_ZOOM;
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const tokenUrl = `${sandbox.url}/zoom/oauth/token?grant_type=account_credentials&account_id=${accountId}`;
  const issued = await fetch(tokenUrl, { method: 'POST', headers: { authorization: basic } });
  const { access_token: token } = Object(await issued.json());
  const call = async (method: string, path: string, body?: unknown, authorization = `Bearer ${token}`) => {
    const response = await fetch(`${sandbox.url}/zoom/v2${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : Object(JSON.parse(text)),
    };
  };
  return { sandbox, call };
}

describe('the Zoom stand-in', () => {
  it('takes a token while it lives, and says 124 to any other', async () => {
    const { sandbox, call } = await open({ settings: { tokenSeconds: 60 } });
    expect((await call('GET', '/users')).status).toBe(200);
    sandbox.clock.advance(60_000);
    expect(await call('GET', '/users')).toMatchObject({ status: 401, body: { code: 124 } });
    expect(await call('GET', '/users', undefined, 'Bearer made-up')).toMatchObject({ status: 401 });
  });

  it('lets a page token expire after 15 minutes, and takes it for its own list only', async () => {
    const { sandbox, call } = await open({ users: people(5) });
    const { next_page_token: page } = (await call('GET', '/users?page_size=2')).body;
    expect((await call('GET', `/users?page_size=2&next_page_token=${page}`)).body.users).toHaveLength(2);
    expect((await call('GET', `/users?page_size=3&next_page_token=${page}`)).status).toBe(400);
    expect((await call('GET', `/users?status=inactive&page_size=2&next_page_token=${page}`)).status).toBe(
      400,
    );
    sandbox.clock.advance(900_000);
    expect(await call('GET', `/users?page_size=2&next_page_token=${page}`)).toMatchObject({
      status: 400,
      body: { code: 300 },
    });
    expect((await call('GET', '/users?page_size=301')).status).toBe(400);
  });

  it('says 204 to a change of a pending user and changes nothing', async () => {
    const { sandbox, call } = await open({
      plan: { hosts: 2 },
      users: [{ email: 'new@example.org', status: 'pending' }],
    });
    expect((await call('PATCH', '/users/new%40example.org', { type: 2 })).status).toBe(204);
    expect([sandbox.effects(), sandbox.zoom.report().assigned]).toEqual([[], []]);
    expect(sandbox.requests().at(-1)).toMatchObject({ changed: false });
  });

  it('updates at most 30 users at once', async () => {
    const { sandbox, call } = await open({ plan: { hosts: 40 }, users: people(31) });
    const users = sandbox.zoom.report().users.map(({ id }) => ({ id }));
    const body = { feature_type: 'user_type', feature_value: '2', users };
    expect((await call('POST', '/users/features', body)).status).toBe(400);
    expect((await call('POST', '/users/features', { ...body, users: users.slice(1) })).status).toBe(201);
    expect(sandbox.effects()).toHaveLength(30);
  });

  it('counts requests by label and second, and says which limit it was', async () => {
    const { sandbox, call } = await open({ settings: { rateLimits: 'free' } });
    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push((await call('GET', '/users/summary')).status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    sandbox.clock.advance(2000);
    await Promise.all([call('GET', '/users'), call('GET', '/users')]);
    const over = await call('GET', '/users');
    expect(over).toMatchObject({ status: 429, body: { code: 429 } });
    expect(over.headers.get('x-ratelimit-category')).toBe('Medium');
    expect(over.headers.get('x-ratelimit-type')).toBe('QPS');
    expect(over.headers.get('retry-after')).toBeNull();
    // Another label has a limit of its own.
    expect((await call('GET', '/users/nobody%40example.org')).status).toBe(404);
  });

  it('ends invitations for the day with the moment at which the next day begins', async () => {
    const { call } = await open({ settings: { invitationsLeft: 0 } });
    const body = { action: 'create', user_info: { email: 'new@example.org', type: 1 } };
    const refused = await call('POST', '/users', body);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('2026-11-23T00:00:00Z');
    expect(refused.headers.get('x-ratelimit-type')).toBe('Daily-limit');
  });

  it('shows the seats in the plan that has them, and to partners alone sells any', async () => {
    const { sandbox, call } = await open({
      plan: { kind: 'plan_zoom_one', hosts: 5 },
      users: [
        { email: 'a@example.org', type: 2 },
        { email: 'b@example.org', type: 2, status: 'pending' },
      ],
    });
    expect((await call('GET', '/accounts/me/plans/usage')).body).toMatchObject({
      plan_zoom_one: [{ hosts: 5, usage: 1, pending: 1 }],
    });
    const path = '/accounts/sandbox-account/plans/base';
    const change = { type: 'monthly', hosts: 7 };
    expect(await call('PUT', path, change)).toMatchObject({ status: 400, body: { code: 200 } });
    sandbox.zoom.change({ partner: true, usage: false });
    expect((await call('PUT', path, change)).status).toBe(204);
    expect((await call('PUT', path, change)).status).toBe(204);
    expect((await call('PUT', path, { ...change, hosts: 1 })).status).toBe(400);
    expect(sandbox.effects()).toMatchObject([{ kind: 'increment', from: 5, to: 7, by: 'api' }]);
    expect(await call('GET', '/accounts/me/plans/usage')).toMatchObject({ status: 400, body: { code: 200 } });
  });

  it('is driven from another process, and refuses by hand what the portal would', async () => {
    const { sandbox } = await open({ plan: { hosts: 1 }, users: people(2) });
    const { zoom } = sandboxClient(sandbox.url);
    await zoom.edit({ seats: 1, assign: ['t0@example.org'] });
    expect(await zoom.report()).toMatchObject({ seats: { total: 2, free: 1 }, assigned: ['t0@example.org'] });
    await expect(zoom.edit({ seats: -2 })).rejects.toThrow('1 licenses are assigned');
    await expect(zoom.edit({ assign: ['who@example.org'] })).rejects.toThrow('there is no user');
    await zoom.change({ usage: false });
    expect((await zoom.reset({ plan: { hosts: 4 } })).settings.usage).toBe(true);
    await zoom.expireTokens();
    expect(sandbox.effects().map(({ by, kind }) => `${by} ${kind}`)).toEqual([
      'person increment',
      'person assign',
    ]);
  });
});
