import { UsersS2SAuthClient } from '@zoom/rivet/users';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { SANDBOX_ZOOM, type ZoomOptions } from '../../src/sandbox/zoom/options.ts';

/** Zoom's own client, pointed at the stand-in. It asks for tokens at zoom.us only, so it is given one beforehand. */
async function open(zoom: ZoomOptions) {
  const sandbox = await startSandbox({ zoom });
  onTestFinished(() => sandbox.close());
  const { clientId, clientSecret, accountId } = SANDBOX_ZOOM;
  const answer = await fetch(`${sandbox.url}/zoom/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'account_credentials', account_id: accountId }),
  });
  const granted = z
    .object({
      access_token: z.string(),
      token_type: z.literal('bearer'),
      expires_in: z.literal(3600),
      scope: z.string(),
    })
    .parse(await answer.json());
  const token = {
    accessToken: granted.access_token,
    expirationTimeIso: '2100-01-01T00:00:00Z',
    scopes: granted.scope.split(' '),
  };
  const options = {
    ...SANDBOX_ZOOM,
    disableReceiver: true as const,
    baseUrl: `${sandbox.url}/zoom/v2`,
    tokenStore: { getLatestToken: () => token, storeToken: () => {} },
  };
  return { sandbox, users: new UsersS2SAuthClient(options).endpoints.users };
}

const people = Array.from({ length: 5 }, (_, n) => ({ email: `t${n}@example.org` }));

it('lists users by pages, those who have not accepted their invitation apart and without an id', async () => {
  const { users } = await open({ users: [...people, { email: 'new@example.org', status: 'pending' }] });
  const first = await users.listUsers({ query: { page_size: 3 } });
  expect(first.data).toMatchObject({
    page_size: 3,
    total_records: 5,
    next_page_token: expect.stringMatching(/./),
  });
  const next_page_token = first.data?.next_page_token ?? '';
  const second = await users.listUsers({ query: { page_size: 3, next_page_token } });
  expect(second.data?.next_page_token).toBe('');
  const listed = [...(first.data?.users ?? []), ...(second.data?.users ?? [])];
  expect(listed.map(({ email }) => email)).toEqual(people.map(({ email }) => email));

  const { data } = await users.listUsers({ query: { status: 'pending' } });
  expect(data?.users).toMatchObject([{ email: 'new@example.org', status: 'pending' }]);
  expect(data?.users?.[0]).not.toHaveProperty('id');
});

it('reads one user by id or email, and counts them all', async () => {
  const { users } = await open({
    plan: { hosts: 2 },
    users: [{ email: 'ann@example.org', type: 2 }, ...people],
  });
  const { data } = await users.getUser({ path: { userId: 'ann@example.org' } });
  expect(data).toMatchObject({ email: 'ann@example.org', type: 2 });
  expect((await users.getUser({ path: { userId: data?.id ?? '' } })).data).toEqual(data);
  const summary = await users.getUserSummary({});
  expect(summary.data).toMatchObject({ licensed_users_count: 1, basic_users_count: 5, total_users_count: 6 });
});

it('updates one user with an empty 204, and tells errors by code', async () => {
  const { sandbox, users } = await open({ plan: { hosts: 1 }, users: people });
  const path = { userId: 't0@example.org' };
  expect(await users.updateUser({ path, body: { type: 2 } })).toMatchObject({ statusCode: 204 });
  expect(sandbox.zoom.report().assigned).toEqual(['t0@example.org']);
  const full = users.updateUser({ path: { userId: 't1@example.org' }, body: { type: 2 } });
  await expect(full).rejects.toThrow('[400/3412]');
  const unknown = users.updateUser({ path: { userId: 'nobody@example.org' }, body: { type: 2 } });
  await expect(unknown).rejects.toThrow('[404/1001]');
});

it('updates many, and says of each who was left out why', async () => {
  const { sandbox, users } = await open({
    plan: { hosts: 2 },
    users: [...people, { email: 'busy@example.org', refusal: 'Have upcoming events' }],
  });
  const ids = sandbox.zoom.report().users.map(({ id }) => id);
  const { statusCode, data } = await users.bulkUpdateFeaturesForUsers({
    body: {
      feature_type: 'user_type',
      feature_value: '2',
      users: [
        { id: ids[0] ?? '' },
        { id: ids[5] ?? '' },
        { id: ids[1] ?? '' },
        { id: ids[2] ?? '' },
        { id: 'zz' },
      ],
    },
  });
  expect(statusCode).toBe(201);
  expect(data).toEqual({
    success_user_ids: [ids[0], ids[1]],
    fail_details: [
      { user_ids: [ids[5]], reason: 'Have upcoming events' },
      { user_ids: [ids[2]], reason: 'Not enough seats' },
      { user_ids: ['zz'], reason: 'Users not found' },
    ],
  });
  expect(sandbox.zoom.report().assigned).toEqual(['t0@example.org', 't1@example.org']);
});

it('invites with 201, and refuses an email that is in use with 409', async () => {
  const { sandbox, users } = await open({ plan: { hosts: 1 }, users: people });
  const invite = (email: string) =>
    users.createUsers({ body: { action: 'create', user_info: { email, type: 2 } } });
  expect(await invite('new@example.org')).toMatchObject({
    statusCode: 201,
    data: { email: 'new@example.org' },
  });
  await expect(invite('t0@example.org')).rejects.toThrow('[409/1005]');
  expect(sandbox.zoom.report()).toMatchObject({ seats: { free: 0 }, assigned: ['new@example.org'] });
});
