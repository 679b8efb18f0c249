import { describe, expect, it } from 'vitest';
import { sandboxClient } from '../../src/sandbox/control-client.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { license, salable, sheets, subscription } from './calls.ts';

const options = { salable: { subscriptions: [{ seats: 2, assigned: ['ann@x.org'] }] } };

async function control(url: string, method: string, path: string, body?: string) {
  const response = await fetch(`${url}/sandbox${path}`, { method, ...(body !== undefined && { body }) });
  const answered: unknown = await response.json();
  return { status: response.status, body: answered };
}

describe('the control API', () => {
  it('tells what it can do', async () => {
    await using sandbox = await startSandbox(options);
    const { status, body } = await control(sandbox.url, 'GET', '');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      url: sandbox.url,
      providers: ['salable', 'zoom', 'securemailmerge', 'sheets'],
    });
    expect(Object(body).operations).toEqual(
      expect.arrayContaining([
        'GET /sandbox/effects',
        'POST /sandbox/salable/edit',
        'PUT /sandbox/sheets/rows',
      ]),
    );
  });

  it.each([
    { what: 'an unknown operation', method: 'GET', path: '/nothing', body: undefined, status: 404 },
    { what: 'a body that is not JSON', method: 'PUT', path: '/clock', body: '{', status: 400 },
    {
      what: 'input of a wrong shape',
      method: 'POST',
      path: '/salable/edit',
      body: '{"seat":1}',
      status: 400,
    },
    {
      what: 'what the portal would refuse',
      method: 'POST',
      path: '/salable/edit',
      body: '{"seats":-2}',
      status: 409,
    },
    {
      what: 'a fault that is not there',
      method: 'POST',
      path: '/faults/7/release',
      body: undefined,
      status: 409,
    },
  ])('refuses $what with $status', async ({ method, path, body, status }) => {
    await using sandbox = await startSandbox(options);
    expect(await control(sandbox.url, method, path, body)).toEqual({
      status,
      body: { error: expect.any(String) },
    });
  });

  it('is in no log', async () => {
    await using sandbox = await startSandbox(options);
    await control(sandbox.url, 'GET', '/requests');
    expect(sandbox.requests()).toEqual([]);
  });
});

describe('the client of the control API', () => {
  it('sees what happened and what changed, from where it left off', async () => {
    await using sandbox = await startSandbox(options);
    const client = sandboxClient(sandbox.url);
    await salable(sandbox, 'GET', '/licenses');
    await salable(sandbox, 'PUT', `/licenses/${license(sandbox, 1).uuid}`, { granteeId: 'bob@x.org' });
    expect(await client.requests()).toEqual(sandbox.requests());
    expect(await client.requests(1)).toMatchObject([{ n: 2, summary: 'assign 1' }]);
    expect(await client.effects()).toEqual(sandbox.effects());
    expect(await client.seats()).toMatchObject([{ bought: 0, peak: 2 }]);
    expect(await client.trapped()).toEqual([]);
    await client.clearLog();
    expect(await client.effects()).toEqual([]);
  });

  it('drives Salable', async () => {
    await using sandbox = await startSandbox(options);
    const { salable: remote } = sandboxClient(sandbox.url);
    await remote.change({ batchRefusal: 'all', refusedGrantees: ['bad@x.org'] });
    const { settings } = await remote.change({ maxBatch: 5 });
    expect(settings).toMatchObject({ batchRefusal: 'all', refusedGrantees: ['bad@x.org'], maxBatch: 5 });

    await remote.planNextEvents([{ after: 'manual', seats: 1 }]);
    await salable(sandbox, 'POST', `/subscriptions/${subscription(sandbox).uuid}/seats`, { increment: 2 });
    expect(await remote.settle()).toMatchObject({
      subscriptions: [{ quantity: 3 }],
      events: [{ status: 'success' }],
    });
    expect(await remote.edit({ assign: ['cy@x.org'] })).toMatchObject({
      subscriptions: [{ assigned: ['ann@x.org', 'cy@x.org'], free: 1 }],
    });
    expect(await remote.report()).toEqual(sandbox.salable.report());
    expect(await remote.reset({ subscriptions: [{ seats: 9 }] })).toMatchObject({
      subscriptions: [{ quantity: 9 }],
    });
  });

  it('drives the sheet', async () => {
    await using sandbox = await startSandbox(options);
    const { sheets: remote } = sandboxClient(sandbox.url);
    await remote.setRows({ rows: [['Email'], ['ann@x.org']] });
    const read = await sheets(sandbox, '/sandbox-roster/values/Roster', await remote.issueToken());
    expect(read.body).toMatchObject({ values: [['Email'], ['ann@x.org']] });
    expect(await remote.serviceAccountKey()).toEqual(sandbox.sheets.serviceAccountKey());
    await remote.share(false);
    expect((await sheets(sandbox, '/sandbox-roster')).status).toBe(403);
    await remote.reset({ spreadsheets: [{ id: 'other' }] });
    expect(await remote.report()).toMatchObject({ spreadsheets: [{ id: 'other' }] });
    await remote.expireTokens();
  });

  it('sets the clock', async () => {
    await using sandbox = await startSandbox(options);
    const { clock } = sandboxClient(sandbox.url);
    const at = 1_795_000_000_000;
    await clock.set(at);
    await clock.advance(60_000);
    expect(await clock.now()).toBeGreaterThanOrEqual(at + 60_000);
    expect(await clock.now()).toBeLessThan(at + 90_000);
  });

  it('holds a request, waits for its arrival and releases it', async () => {
    await using sandbox = await startSandbox(options);
    const { faults } = sandboxClient(sandbox.url);
    const hold = await faults.order({ match: { path: '/licenses' }, fault: { kind: 'hold', when: 'after' } });
    const answer = salable(sandbox, 'GET', '/licenses');
    expect(await hold.hit()).toMatchObject({ hits: 1, held: 1 });
    await hold.release();
    expect((await answer).status).toBe(200);
    expect(await faults.reports()).toMatchObject([{ id: hold.id, held: 0 }]);
    await hold.cancel();
    expect(await faults.reports()).toEqual([]);
  });

  it('throws the words of a refusal', async () => {
    await using sandbox = await startSandbox(options);
    await expect(sandboxClient(sandbox.url).salable.edit({ seats: -2 })).rejects.toThrow(
      /refused POST .* 409 .*seats/,
    );
  });
});

describe('a sandbox', () => {
  it('closes with requests held and unanswered', async () => {
    const sandbox = await startSandbox(options);
    const hold = sandbox.faults.order({ fault: { kind: 'hold' } });
    const outcome = expect(salable(sandbox, 'GET', '/licenses')).rejects.toThrow('fetch failed');
    await hold.hit();
    await sandbox.close();
    await outcome;
  });

  it('is the same as another with the same options', async () => {
    await using one = await startSandbox(options);
    await using other = await startSandbox(options);
    expect(one.url).not.toBe(other.url);
    const uuids = ({ salable: { report } }: typeof one) =>
      report().subscriptions.map(({ uuid, licenses }) => [uuid, licenses.map((own) => own.uuid)]);
    expect(uuids(one)).toEqual(uuids(other));
  });

  it("answers 404 for a path that is no stand-in's", async () => {
    await using sandbox = await startSandbox(options);
    expect((await fetch(`${sandbox.url}/zoom`)).status).toBe(404);
  });

  it('refuses a port that is taken', async () => {
    await using sandbox = await startSandbox(options);
    await expect(startSandbox({ port: Number(new URL(sandbox.url).port) })).rejects.toThrow('EADDRINUSE');
  });

  it('writes no secret into its log', async () => {
    await using sandbox = await startSandbox(options);
    const token = sandbox.sheets.issueToken();
    await sheets(sandbox, '/sandbox-roster?key=AIzaSecret', token);
    await salable(sandbox, 'GET', '/licenses?x-api-key=test_sandbox');
    expect(JSON.stringify(sandbox.requests())).not.toMatch(/AIzaSecret|test_sandbox|ya29/);
  });
});
