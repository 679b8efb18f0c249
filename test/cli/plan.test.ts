import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ADA, BEN, DAY, HEADER, openWorkspace } from './workspace.ts';

describe.concurrent('plan', () => {
  test('prints the document of the design, and ends with 2 for pending changes', async () => {
    await using workspace = await openWorkspace();
    const outcome = await workspace.run('plan', '--at', DAY, '--json');
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toEqual({
      at: '2026-11-22T06:00:00-05:00[America/New_York]',
      verdict: 'changes',
      problems: [],
      pools: [
        {
          pool: 'teaching',
          provider: 'salable',
          verdict: 'changes',
          seats: { total: 2, assigned: 1, target: 3 },
          unassign: [],
          increment: 1,
          decrement: 0,
          assign: [
            { grantee: 'ada@example.org', reason: 'cohort 2026-11 starts 2026-11-24' },
            { grantee: 'ben@example.org', reason: 'cohort 2026-11 starts 2026-11-24' },
          ],
          held: [],
          waiting: [],
          kept: [],
          unmanaged: ['owner@example.org'],
          notes: [],
        },
      ],
    });
  });

  test('tells people the same in words, without color in a pipe', async () => {
    await using workspace = await openWorkspace();
    const { code, stdout, stderr } = await workspace.run('plan', '--at', DAY);
    expect(code).toBe(2);
    expect(stderr).toBe('');
    expect(stdout).toContain('Nothing was changed.');
    expect(stdout).toContain('teaching (salable): 2 seats, 1 assigned, 3 needed: changes');
    expect(stdout).toMatch(/\+ buy +1 seat/);
    expect(stdout).toMatch(/\+ assign +ada@example\.org +cohort 2026-11 starts 2026-11-24/);
    expect(stdout).toContain('left alone, unknown to cohort-sync: owner@example.org');
    expect(stdout).toContain(
      'Plan: 0 to unassign, 1 to buy, 2 to assign, 0 to give back, 0 held, 0 waiting.',
    );
    expect(stdout).not.toContain('\u001b');
  });

  test('changes nothing: at Salable it only reads, and it starts no Redis', async () => {
    await using workspace = await openWorkspace();
    await workspace.run('plan', '--at', DAY);
    const methods = new Set(workspace.sandbox.requests().map(({ method }) => method));
    expect([...methods]).toEqual(['GET']);
    expect(workspace.sandbox.effects()).toEqual([]);
    expect(existsSync(path.join(workspace.folder, 'data'))).toBe(false);
    expect(readdirSync(workspace.folder).sort()).toEqual(['cohort-sync.yaml', 'roster.csv']);
  });

  test('ends with 0 where nothing is to do', async () => {
    await using workspace = await openWorkspace({
      pools: [{ id: 'teaching', seats: 1, assigned: ['owner@example.org'] }],
    });
    const outcome = await workspace.run('plan', '--at', '2026-06-01', '--json');
    expect(outcome.json()).toMatchObject({ verdict: 'in-sync' });
    expect(outcome.code).toBe(0);
  });

  test('looks only at the pools that --pool names, in the order of the configuration', async () => {
    await using workspace = await openWorkspace({
      pools: ['a', 'b', 'c'].map((id) => ({ id, seats: 1 })),
    });
    const outcome = await workspace.run('plan', '--pool', 'c', '--pool', 'a', '--json');
    expect(outcome.json()).toMatchObject({ pools: [{ pool: 'a' }, { pool: 'c' }] });
    const subscriptions = workspace.sandbox.salable.report().subscriptions.map(({ uuid }) => uuid);
    const asked = workspace.sandbox.requests().map(({ path }) => path);
    expect(asked.filter((each) => each.includes(subscriptions[1] ?? ''))).toEqual([]);
  });

  test('an unreadable row is reported with whom it protects, and stops nobody else', async () => {
    await using workspace = await openWorkspace({
      pools: [{ id: 'teaching', seats: 2, assigned: ['ben@example.org'] }],
      roster: [HEADER, ADA, '"ben@example,org",Ben Boyd,2026-11,2026-11-24,'],
    });
    const outcome = await workspace.run('plan', '--at', DAY, '--json');
    expect(outcome.code).toBe(2);
    expect(outcome.json()).toMatchObject({
      problems: [
        {
          row: 3,
          column: 'Email',
          value: 'ben@example,org',
          problem: 'not an email address',
          protects: ['ben@example.org'],
        },
      ],
      pools: [
        {
          assign: [{ grantee: 'ada@example.org' }],
          kept: [{ grantee: 'ben@example.org', reason: 'row 3 is unreadable' }],
        },
      ],
    });
  });
});

describe.concurrent('plan, when something is wrong', () => {
  test('an unreadable roster ends it with 1 and says why, in JSON too', async () => {
    await using workspace = await openWorkspace({
      rosterSettings: () => 'roster: { source: csv, path: gone.csv }',
    });
    const [words, document] = await Promise.all([
      workspace.run('plan'),
      workspace.run('plan', '--at', DAY, '--json'),
    ]);
    expect(words.code).toBe(1);
    expect(words.stdout).toBe('');
    expect(words.stderr).toContain('gone.csv');
    expect(document.code).toBe(1);
    expect(document.json()).toEqual({
      at: '2026-11-22T06:00:00-05:00[America/New_York]',
      verdict: 'failed',
      problems: [],
      pools: [],
      error: { message: expect.stringContaining('gone.csv'), advice: expect.any(String) },
    });
  });

  test('a roster without its columns ends it with 1 and names what is missing', async () => {
    await using workspace = await openWorkspace({ roster: ['Name,Town', 'Ada,Zurich'] });
    const { code, stderr } = await workspace.run('plan');
    expect(code).toBe(1);
    expect(stderr).toContain('Email');
  });

  test.each([
    [401, 'does not accept the API key (401)', 'Check in the Salable dashboard'],
    [403, '(403)', 'Give the key the scope'],
    [404, 'has no subscription', "Check the pool's `subscriptionUuid`"],
  ])('Salable says %i: it ends with 1, says so and what to do', async (status, message, advice) => {
    await using workspace = await openWorkspace();
    workspace.breakSalable({ kind: 'status', status }, { path: '/subscriptions/*' });
    const [words, document] = await Promise.all([workspace.run('plan'), workspace.run('plan', '--json')]);
    expect(words.code).toBe(1);
    expect(words.stdout).toContain(message);
    expect(words.stdout).toContain(advice);
    expect(words.stdout).toContain('seats unknown');
    expect(document.code).toBe(1);
    expect(document.json()).toMatchObject({
      verdict: 'failed',
      pools: [{ verdict: 'failed', seats: null, error: { message: expect.stringContaining(message) } }],
    });
  });

  test('Salable says 500: it ends with 1 and says that nothing was changed', async () => {
    await using workspace = await openWorkspace();
    workspace.breakSalable({ kind: 'status', status: 500 });
    const { code, stdout } = await workspace.run('plan');
    expect(code).toBe(1);
    expect(stdout).toContain('Salable failed at GET');
    expect(stdout).toContain('Nothing was read or changed.');
  });

  test('one pool of two fails: it ends with 4 and plans the other', async () => {
    await using workspace = await openWorkspace({
      pools: [
        { id: 'a', seats: 1 },
        { id: 'b', seats: 1 },
      ],
    });
    const broken = workspace.sandbox.salable.report().subscriptions[0]?.uuid;
    workspace.breakSalable({ kind: 'status', status: 403 }, { path: `/subscriptions/${broken}` });
    const outcome = await workspace.run('plan', '--at', DAY, '--json');
    expect(outcome.code).toBe(4);
    expect(outcome.json()).toMatchObject({
      verdict: 'failed',
      pools: [
        { pool: 'a', verdict: 'failed' },
        { pool: 'b', verdict: 'changes' },
      ],
    });
  });

  test('Redis is away: it ends with 1 within seconds, and says which and what to do', async () => {
    await using workspace = await openWorkspace({ settings: 'redis: { url: "redis://127.0.0.1:1" }' });
    const [words, document] = await Promise.all([workspace.run('plan'), workspace.run('plan', '--json')]);
    expect(words.code).toBe(1);
    expect(words.milliseconds).toBeLessThan(20_000);
    expect(words.stderr).toContain("Redis at 127.0.0.1:1 can't be used");
    expect(words.stderr).toContain('Start that Redis');
    expect(words.stderr).toMatch(/^cohort-sync: /);
    expect(document.code).toBe(1);
    expect(document.json()).toMatchObject({
      verdict: 'failed',
      error: { message: expect.stringContaining('127.0.0.1:1') },
    });
  });

  test('an empty roster never reads as departures: removals are held, and it ends with 3', async () => {
    await using workspace = await openWorkspace();
    await workspace.run('sync', '--wait', '--at', DAY);
    workspace.writeRoster(HEADER);
    const outcome = await workspace.run('plan', '--at', '2026-11-23T06:00', '--json');
    expect(outcome.json()).toMatchObject({
      verdict: 'held',
      pools: [
        {
          unassign: [],
          held: [
            { action: 'unassign', grantee: 'ada@example.org' },
            { action: 'unassign', grantee: 'ben@example.org' },
          ],
        },
      ],
    });
    expect(outcome.code).toBe(3);
  });
});

describe.concurrent('plan with a Google sheet', () => {
  const sheet = async () => {
    const workspace = await openWorkspace({
      rosterSettings: ({ url }) =>
        `roster: { source: google-sheets, spreadsheetId: sandbox-roster, credentials: key.json, apiRootUrl: "${url}" }`,
    });
    await workspace.sandbox.sheets.writeServiceAccountFile(path.join(workspace.folder, 'key.json'));
    workspace.sandbox.sheets.setRows([HEADER, ADA, BEN].map((line) => line.split(',')));
    return workspace;
  };

  test('reads it through a service account, in two requests and one for the token', async () => {
    await using workspace = await sheet();
    const outcome = await workspace.run('plan', '--at', DAY, '--json');
    expect(outcome.stderr).toBe('');
    expect(outcome.json()).toMatchObject({ pools: [{ assign: [{}, {}] }] });
    const asked = workspace.sandbox.requests().filter(({ provider }) => provider === 'sheets');
    expect(asked.map(({ path }) => path)).toEqual([
      '/token',
      '/v4/spreadsheets/sandbox-roster',
      '/v4/spreadsheets/sandbox-roster/values:batchGet',
    ]);
  });

  test('a login page in place of the sheet is no empty roster: it ends with 1', async () => {
    await using workspace = await sheet();
    workspace.sandbox.faults.order({
      match: { provider: 'sheets', path: '/v4/**' },
      times: 'always',
      fault: { kind: 'html' },
    });
    const outcome = await workspace.run('plan', '--json');
    expect(outcome.code).toBe(1);
    expect(outcome.json()).toMatchObject({ verdict: 'failed', pools: [], error: {} });
  });

  test('a sheet that is not shared says with whom to share it', async () => {
    await using workspace = await sheet();
    workspace.sandbox.sheets.share(false);
    const { code, stderr } = await workspace.run('plan');
    expect(code).toBe(1);
    expect(stderr).toContain('cohort-sync@sandbox.iam.gserviceaccount.com');
  });
});
