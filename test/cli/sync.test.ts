import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ADA, BEN, DAY, HEADER, type Outcome, openWorkspace, run } from './workspace.ts';

function runOf(outcome: Outcome): string {
  return z.object({ run: z.string() }).parse(outcome.json()).run;
}

const RUN = /^r-20261122-060000-[a-z0-9]{4}$/;

describe.concurrent('sync --wait', () => {
  test('prints the document of the design, show the same, and the second run writes nothing', async () => {
    await using workspace = await openWorkspace();
    const outcome = await workspace.run('sync', '--wait', '--at', DAY, '--json');
    expect(outcome.stderr).toMatch(/^started run r-/);
    const document = {
      run: expect.stringMatching(RUN),
      trigger: 'cli',
      startedAt: expect.stringMatching(/^2026-11-22T11:00:00(\.\d+)?Z$/),
      endedAt: expect.stringMatching(/^2026-11-22T11:00:0\d(\.\d+)?Z$/),
      verdict: 'in-sync',
      problems: [],
      pools: [
        {
          pool: 'teaching',
          provider: 'salable',
          verdict: 'in-sync',
          seats: { total: 3, assigned: 3, target: 3 },
          done: {
            unassigned: [],
            incremented: 1,
            assigned: ['ada@example.org', 'ben@example.org'],
            decremented: 0,
          },
          changes: [
            { action: 'increment', grantee: null, reason: expect.stringContaining('3 seats are needed') },
            {
              action: 'assign',
              grantee: 'ada@example.org',
              reason: 'cohort 2026-11 starts 2026-11-24',
            },
            {
              action: 'assign',
              grantee: 'ben@example.org',
              reason: 'cohort 2026-11 starts 2026-11-24',
            },
          ],
          failed: [],
          unassign: [],
          increment: 0,
          assign: [],
          decrement: 0,
          held: [],
          waiting: [],
          kept: [],
          unmanaged: ['owner@example.org'],
          notes: [],
        },
      ],
    };
    expect(outcome.json()).toEqual(document);
    expect(outcome.code).toBe(0);
    const { assigned, quantity } = { ...workspace.sandbox.salable.report().subscriptions[0] };
    expect(assigned?.toSorted()).toEqual(['ada@example.org', 'ben@example.org', 'owner@example.org']);
    expect(quantity).toBe(3);

    const id = runOf(outcome);
    const shown = await workspace.run('show', id, '--json');
    expect(shown.code).toBe(0);
    expect(shown.json()).toEqual(outcome.json());

    workspace.sandbox.clearLog();
    const again = await workspace.run('sync', '--wait', '--at', '2026-11-22T07:00:00-05:00');
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('nothing to do');
    const changing = workspace.sandbox.requests().filter(({ method }) => method !== 'GET');
    expect(changing).toEqual([]);

    const listed = await workspace.run('runs', '--json');
    expect(listed.json()).toEqual({
      runs: [
        expect.objectContaining({
          startedAt: expect.stringMatching(/^2026-11-22T12:00:00/),
          verdict: 'in-sync',
        }),
        {
          run: id,
          trigger: 'cli',
          startedAt: expect.stringMatching(/^2026-11-22T11:00:00(\.\d+)?Z$/),
          endedAt: expect.any(String),
          verdict: 'in-sync',
          pools: [{ pool: 'teaching', verdict: 'in-sync' }],
        },
      ],
    });
  });

  test('tells people what was done to whom and why, and how it goes on standard error', async () => {
    await using workspace = await openWorkspace();
    const { code, stdout, stderr } = await workspace.run('sync', '--wait', '--at', DAY);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\+ bought +1 seat +3 seats are needed: 1 more than there are/);
    expect(stdout).toMatch(/\+ assigned +ada@example\.org +cohort 2026-11 starts 2026-11-24/);
    expect(stdout).toContain('left alone, unknown to cohort-sync: owner@example.org');
    expect(stdout).toContain('Verdict: in-sync');
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^started run r-/);
    expect(lines).toContain('reading the roster');
    expect(lines).toContain('teaching: increment from 2 to 3 seats');
    expect(lines).toContain('teaching: 2 of 2 seats assigned');
    for (const drawn of ['\u001b', '\r', '█']) expect(stderr + stdout).not.toContain(drawn);
  });

  test('unreadable rows and kept people alone end it with 0', async () => {
    await using workspace = await openWorkspace({
      pools: [{ id: 'teaching', seats: 2, assigned: ['ben@example.org'] }],
      roster: [HEADER, ADA, '"ben@example,org",Ben Boyd,2026-11,2026-11-24,'],
    });
    const outcome = await workspace.run('sync', '--wait', '--at', DAY, '--json');
    expect(outcome.json()).toMatchObject({
      verdict: 'in-sync',
      problems: [{ row: 3, protects: ['ben@example.org'] }],
      pools: [{ done: { assigned: ['ada@example.org'] }, kept: [{ grantee: 'ben@example.org' }] }],
    });
    expect(outcome.code).toBe(0);
  });

  test('a hold ends it with 3', async () => {
    await using workspace = await openWorkspace({ settings: 'guardrails: { seatIncrease: 0 }' });
    const outcome = await workspace.run('sync', '--wait', '--at', DAY, '--json');
    expect(outcome.json()).toMatchObject({
      verdict: 'held',
      pools: [
        { done: { incremented: 0, assigned: ['ada@example.org'] }, held: [{ guardrail: 'seatIncrease' }] },
      ],
    });
    expect(outcome.code).toBe(3);
  });

  test('one person whom Salable refuses ends it with 4, and everyone else has a seat', async () => {
    await using workspace = await openWorkspace();
    workspace.sandbox.salable.change({ refusedGrantees: ['ada@example.org'] });
    const outcome = await workspace.run('sync', '--wait', '--at', DAY, '--json');
    expect(outcome.json()).toMatchObject({
      verdict: 'failed',
      pools: [
        {
          done: { assigned: ['ben@example.org'] },
          failed: [{ grantee: 'ada@example.org', action: 'assign', reason: expect.any(String) }],
        },
      ],
    });
    expect(outcome.code).toBe(4);
  });

  test('one pool of two fails: 4; every pool fails: 1', async () => {
    await using workspace = await openWorkspace({
      pools: [
        { id: 'a', seats: 1 },
        { id: 'b', seats: 2 },
      ],
    });
    const [first, second] = workspace.sandbox.salable.report().subscriptions.map(({ uuid }) => uuid);
    workspace.breakSalable({ kind: 'status', status: 401 }, { path: `/subscriptions/${first}` });
    const one = await workspace.run('sync', '--wait', '--at', DAY, '--json');
    expect(one.json()).toMatchObject({
      verdict: 'failed',
      pools: [
        { pool: 'a', verdict: 'failed', error: { message: expect.stringContaining('API key (401)') } },
        { pool: 'b', verdict: 'in-sync', done: { assigned: ['ada@example.org', 'ben@example.org'] } },
      ],
    });
    expect(one.code).toBe(4);
    workspace.breakSalable({ kind: 'status', status: 401 }, { path: `/subscriptions/${second}` });
    const both = await workspace.run('sync', '--wait', '--at', DAY);
    expect(both.stdout).toContain('API key (401)');
    expect(both.code).toBe(1);
  });

  test('a failure that passes is tried again within the run, and said so', async () => {
    await using workspace = await openWorkspace();
    workspace.sandbox.faults.order({
      match: { provider: 'salable', method: 'GET', path: '/licenses' },
      fault: { kind: 'status', status: 503 },
    });
    const { code, stderr } = await workspace.run('sync', '--wait', '--at', DAY);
    expect(stderr).toMatch(/Salable failed at GET \/licenses \(503\).* Trying again in \d+ s/);
    expect(code).toBe(0);
  });

  test('an unreadable roster fails the run with 1 and changes nothing', async () => {
    await using workspace = await openWorkspace({
      rosterSettings: () => 'roster: { source: csv, path: gone.csv }',
    });
    const outcome = await workspace.run('sync', '--wait', '--at', DAY, '--json');
    expect(outcome.code).toBe(1);
    expect(outcome.json()).toMatchObject({
      run: expect.stringMatching(RUN),
      verdict: 'failed',
      error: { message: expect.stringContaining('gone.csv') },
    });
    expect(workspace.sandbox.requests()).toEqual([]);
  });

  test('works on the pools that --pool names and leaves the others alone', async () => {
    await using workspace = await openWorkspace({
      pools: [
        { id: 'a', seats: 2 },
        { id: 'b', seats: 2 },
      ],
    });
    const outcome = await workspace.run('sync', '--wait', '--at', DAY, '--pool', 'b', '--json');
    expect(outcome.json()).toMatchObject({ pools: [{ pool: 'b', verdict: 'in-sync' }] });
    const [a, b] = workspace.sandbox.salable.report().subscriptions;
    expect(a?.assigned).toEqual([]);
    expect(b?.assigned.toSorted()).toEqual(['ada@example.org', 'ben@example.org']);
  });

  test('is refused as of another moment where a pool or the roster is real', async () => {
    await using workspace = await openWorkspace({
      rosterSettings: () => 'roster: { source: google-sheets, spreadsheetId: x, credentials: key.json }',
    });
    const { code, stderr, stdout } = await workspace.run('sync', '--at', DAY, '--json');
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toContain('--at is for trying out, and the roster is real');
    expect(readdirSync(workspace.folder)).not.toContain('data');
  });

  test('Redis is away: it ends with 1 within seconds, and says so in JSON too', async () => {
    await using workspace = await openWorkspace({ settings: 'redis: { url: "redis://127.0.0.1:1" }' });
    const [words, document] = await Promise.all([
      workspace.run('sync', '--wait'),
      workspace.run('sync', '--wait', '--json'),
    ]);
    expect(words.code).toBe(1);
    expect(words.milliseconds).toBeLessThan(20_000);
    expect(words.stderr).toContain("Redis at 127.0.0.1:1 can't be used");
    expect(document.code).toBe(1);
    expect(document.json()).toMatchObject({ verdict: 'failed', pools: [], error: {} });
  });

  test('there is no Redis server to start: it ends with 1 and says how to install one', async () => {
    await using workspace = await openWorkspace();
    const env = { PATH: path.dirname(process.execPath) };
    const { code, stderr } = await run(['sync', '--wait'], { cwd: workspace.folder, env });
    expect(code).toBe(1);
    expect(stderr).toContain('neither redis-server nor valkey-server is on the PATH');
    expect(stderr).toContain('bin/setup');
  });
});

describe.concurrent('sync without --wait', () => {
  test('prints the run and says what to do where nobody works on it; the next trigger joins', async () => {
    await using workspace = await openWorkspace();
    const first = await workspace.run('sync', '--at', DAY);
    expect(first.code).toBe(0);
    const id = first.stdout.trim();
    expect(id).toMatch(RUN);
    expect(first.stderr).toContain('No worker is running');
    expect(first.stderr).toContain('cohort-sync sync --wait');
    expect(workspace.sandbox.requests()).toEqual([]);

    const under = await workspace.run('runs');
    expect(under.stdout).toMatch(new RegExp(`${id} +cli .* waits for a worker`));

    const second = await workspace.run('sync', '--json');
    expect(second.code).toBe(0);
    expect(second.json()).toEqual({ run: id, joined: true, busy: [] });
    expect(second.stderr).toContain(`joined run ${id}, which is under way`);

    const waiting = await workspace.run('sync', '--wait', '--json');
    expect(waiting.stderr).toContain(`joined run ${id}`);
    expect(waiting.json()).toMatchObject({ run: id, verdict: 'in-sync' });
    expect(waiting.code).toBe(0);
  });

  test('a pool that another run is at work on is left to that run', async () => {
    await using workspace = await openWorkspace({
      pools: [
        { id: 'a', seats: 1 },
        { id: 'b', seats: 1 },
      ],
    });
    const first = (await workspace.run('sync', '--pool', 'a', '--at', DAY)).stdout.trim();
    const second = await workspace.run('sync', '--json', '--at', DAY);
    expect(second.stderr).toContain(`a is left to run ${first}, which is at work on it`);
    expect(second.json()).toMatchObject({ joined: false, busy: [{ pool: 'a', run: first }] });
  });
});

describe.concurrent('runs and show', () => {
  test('know of no run in a fresh folder, and start nothing to find out', async () => {
    await using workspace = await openWorkspace();
    const [words, document, missing, missingDocument] = await Promise.all([
      workspace.run('runs'),
      workspace.run('runs', '--json'),
      workspace.run('show', 'r-1'),
      workspace.run('show', 'r-1', '--json'),
    ]);
    expect(words.code).toBe(0);
    expect(words.stdout).toContain('No run yet');
    expect(document.json()).toEqual({ runs: [] });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('there is no run r-1');
    expect(missingDocument.code).toBe(1);
    expect(missingDocument.json()).toEqual({
      run: 'r-1',
      error: { message: 'there is no run r-1', advice: expect.stringContaining('cohort-sync runs') },
    });
    expect(readdirSync(workspace.folder)).not.toContain('data');
  });

  test('runs lists the newest first and no more than --last', async () => {
    await using workspace = await openWorkspace({ roster: [HEADER, BEN] });
    for (const at of ['2026-11-22', '2026-11-23', '2026-11-24']) {
      await workspace.run('sync', '--wait', '--at', at);
    }
    const outcome = await workspace.run('runs', '--last', '2', '--json');
    expect(outcome.json()).toMatchObject({
      runs: [
        { startedAt: expect.stringMatching(/^2026-11-24T05/) },
        { startedAt: expect.stringMatching(/^2026-11-23T05/) },
      ],
    });
    const words = await workspace.run('runs', '--last', '1');
    expect(words.stdout.trimEnd().split('\n')).toHaveLength(2);
  });
});
