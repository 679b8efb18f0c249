import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { license, salable, subscription } from './calls.ts';

const options = {
  salable: {
    subscriptions: [{ seats: 4, assigned: ['ann@x.org'] }],
    settings: { refusedGrantees: ['bad@x.org'] },
  },
};
const NOWHERE = '99999999-9999-4999-8999-999999999999';

describe('a batch of licenses', () => {
  it('is applied whole, one effect a change, and answered in its own order', async () => {
    await using sandbox = await startSandbox(options);
    const [first, second, third] = [0, 1, 2].map((index) => license(sandbox, index).uuid);
    const { status, body } = await salable(sandbox, 'PUT', '/licenses', [
      { uuid: third, granteeId: 'cy@x.org' },
      { uuid: first, granteeId: null },
      { uuid: second, granteeId: 'bob@x.org' },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { uuid: third, granteeId: 'cy@x.org' },
      { uuid: first, granteeId: null },
      { uuid: second, granteeId: 'bob@x.org' },
    ]);
    expect(sandbox.effects()).toMatchObject([
      { kind: 'assign', license: third, from: null, to: 'cy@x.org' },
      { kind: 'unassign', license: first, from: 'ann@x.org', to: null },
      { kind: 'assign', license: second, from: null, to: 'bob@x.org' },
    ]);
    expect(sandbox.requests()).toMatchObject([{ changed: true, summary: 'assign 2, unassign 1' }]);
  });

  it.each([
    {
      what: 'a refused grantee',
      line: { uuid: '11000000-0000-4000-8000-000000000002', granteeId: 'bad@x.org' },
    },
    { what: 'an unknown license', line: { uuid: NOWHERE, granteeId: 'bob@x.org' } },
  ])('with $what is answered 206 with the rest', async ({ line }) => {
    await using sandbox = await startSandbox(options);
    const good = { uuid: license(sandbox, 2).uuid, granteeId: 'cy@x.org' };
    const { status, body } = await salable(sandbox, 'PUT', '/licenses', [line, good]);
    expect(status).toBe(206);
    expect(body).toMatchObject([good]);
    expect(subscription(sandbox).assigned).toEqual(['ann@x.org', 'cy@x.org']);
  });

  it('is refused whole if the server is told to do so', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.salable.change({ batchRefusal: 'all' });
    const { status, body } = await salable(sandbox, 'PUT', '/licenses', [
      { uuid: license(sandbox, 2).uuid, granteeId: 'cy@x.org' },
      { uuid: license(sandbox, 1).uuid, granteeId: 'bad@x.org' },
    ]);
    expect(status).toBe(400);
    expect(body).toEqual({ validationErrors: [{ property: '1', error: 'granteeId is not allowed' }] });
    expect(sandbox.effects()).toEqual([]);
  });

  it('in which nothing can be applied is a 400', async () => {
    await using sandbox = await startSandbox(options);
    const { status } = await salable(sandbox, 'PUT', '/licenses', [{ uuid: NOWHERE, granteeId: null }]);
    expect(status).toBe(400);
  });

  it('that says what is true already changes nothing', async () => {
    await using sandbox = await startSandbox(options);
    const line = { uuid: license(sandbox, 0).uuid, granteeId: 'ann@x.org' };
    expect((await salable(sandbox, 'PUT', '/licenses', [line])).status).toBe(200);
    expect(sandbox.effects()).toEqual([]);
    expect(sandbox.requests()).toMatchObject([{ changed: false }]);
  });

  it('may give one grantee two licenses, unless the server is told to refuse that', async () => {
    await using sandbox = await startSandbox(options);
    const lines = [1, 2].map((index) => ({ uuid: license(sandbox, index).uuid, granteeId: 'cy@x.org' }));
    expect((await salable(sandbox, 'PUT', '/licenses', lines)).status).toBe(200);
    sandbox.salable.reset(options.salable);
    sandbox.salable.change({ uniqueGrantees: true });
    expect((await salable(sandbox, 'PUT', '/licenses', lines)).status).toBe(206);
    expect(subscription(sandbox).assigned).toEqual(['ann@x.org', 'cy@x.org']);
  });

  it('is limited in size if the server is told so', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.salable.change({ maxBatch: 1 });
    const lines = [1, 2].map((index) => ({ uuid: license(sandbox, index).uuid, granteeId: null }));
    expect((await salable(sandbox, 'PUT', '/licenses', lines)).status).toBe(400);
  });
});

describe('one license', () => {
  it('that changes hands is an unassignment and an assignment', async () => {
    await using sandbox = await startSandbox(options);
    const { uuid } = license(sandbox, 0);
    const { status, body } = await salable(sandbox, 'PUT', `/licenses/${uuid}`, { granteeId: 'bob@x.org' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ uuid, granteeId: 'bob@x.org' });
    expect(sandbox.effects().map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['unassign', 'ann@x.org', null],
      ['assign', null, 'bob@x.org'],
    ]);
  });
});
