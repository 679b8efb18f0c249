import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { ADA, DAY, HEADER, openWorkspace, run } from './workspace.ts';

describe.concurrent('check', () => {
  test('has one line each for configuration, roster, Redis and every pool', async () => {
    await using workspace = await openWorkspace({
      pools: [
        { id: 'a', seats: 3, assigned: ['ada@example.org'] },
        { id: 'b', seats: 1 },
      ],
    });
    const [words, document] = await Promise.all([workspace.run('check'), workspace.run('check', '--json')]);
    expect(words.code).toBe(0);
    const lines = words.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines.every((line) => line.startsWith('ok     '))).toBe(true);
    expect(lines[1]).toContain('2 rows, 2 people');
    expect(lines[3]).toContain('pool a: Salable subscription');
    expect(lines[3]).toContain('3 seats, 1 assigned');
    expect(document.code).toBe(0);
    expect(document.json()).toEqual({
      checks: ['config', 'roster', 'redis', 'pool a', 'pool b'].map((check) => ({
        check,
        ok: true,
        message: expect.any(String),
      })),
    });
  });

  test('starts no Redis where nothing is recorded, but says which would be started', async () => {
    await using workspace = await openWorkspace();
    const { stdout } = await workspace.run('check');
    expect(stdout).toMatch(/ok +redis: a private one, \S+\/(redis|valkey)-server, is started in \S+\/data /);
    expect(readdirSync(workspace.folder)).not.toContain('data');
  });

  test('looks at the private Redis where something is recorded', async () => {
    await using workspace = await openWorkspace();
    await workspace.run('sync', '--at', DAY);
    const { code, stdout } = await workspace.run('check');
    expect(code).toBe(0);
    expect(stdout).toContain(`ok     redis: a private one in ${path.join(workspace.folder, 'data')}\n`);
  });

  test('ends with 1 and says all that is wrong, whatever the others say', async () => {
    await using workspace = await openWorkspace({
      rosterSettings: () => 'roster: { source: csv, path: gone.csv }',
      settings: 'redis: { url: "redis://127.0.0.1:1" }',
    });
    workspace.breakSalable({ kind: 'status', status: 401 });
    const [words, document] = await Promise.all([workspace.run('check'), workspace.run('check', '--json')]);
    expect(words.code).toBe(1);
    expect(words.stdout).toContain('ok     config:');
    expect(words.stdout).toMatch(/failed roster: .*gone\.csv/);
    expect(words.stdout).toContain("failed redis: Redis at 127.0.0.1:1 can't be used");
    expect(words.stdout).toContain(
      'failed pool teaching: Pool teaching: Salable does not accept the API key (401)',
    );
    expect(document.code).toBe(1);
    expect(document.json()).toMatchObject({
      checks: [{ ok: true }, { ok: false }, { ok: false }, { ok: false }],
      error: { message: '3 of 4 checks failed: roster, redis, pool teaching', advice: expect.any(String) },
    });
    expect(words.stdout).toMatch(/gone\.csv does not exist\. Put it there/);
  });

  test('shows the rows that it could not believe, and the danger of an empty roster', async () => {
    await using workspace = await openWorkspace({
      roster: [HEADER, 'ada@example,Ada Ames,2026-11,soon,'],
    });
    const doubtful = await workspace.run('check');
    expect(doubtful.code).toBe(0);
    expect(doubtful.stdout).toContain('1 row, 0 people; 1 row could not be believed');
    expect(doubtful.stdout).toContain('row 2 (Email: not an email address');
    expect(doubtful.stdout).toMatch(/^look {3}roster: .*more than guardrails.invalidRows allows \(20%\)/m);
    workspace.writeRoster(
      HEADER,
      ...Array.from({ length: 4 }, () => ADA),
      'ada@example,Ada Ames,2026-11,soon,',
    );
    const few = await workspace.run('check');
    expect(few.stdout).toMatch(/^ok {5}roster: .*; 1 row could not be believed: row 6/m);
    expect(few.stdout).not.toContain('invalidRows');
    workspace.writeRoster(HEADER);
    const empty = await workspace.run('check');
    expect(empty.stdout).toContain('An empty roster holds every removal');
  });

  test('says so where no Redis server can be started', async () => {
    await using workspace = await openWorkspace();
    const env = { PATH: path.dirname(process.execPath) };
    const { code, stdout } = await run(['check'], { cwd: workspace.folder, env });
    expect(code).toBe(1);
    expect(stdout).toContain('failed redis: neither redis-server nor valkey-server is on the PATH');
  });

  test('changes nothing at Salable', async () => {
    await using workspace = await openWorkspace();
    await workspace.run('check');
    expect(workspace.sandbox.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('a data folder that can not be made ends a sync with 1 and says so', async () => {
    await using workspace = await openWorkspace();
    writeFileSync(path.join(workspace.folder, 'data'), 'a file in its place');
    const { code, stderr } = await workspace.run('sync', '--wait', '--at', DAY);
    expect(code).toBe(1);
    expect(stderr).toContain("can't keep its data in");
    expect(stderr).toContain('set redis.dataFolder to another one');
  });
});

describe('a Redis that can lose what it was told', () => {
  let forgetful: TestRedis;
  let dropping: TestRedis;
  beforeAll(async () => {
    [forgetful, dropping] = await Promise.all([
      startTestRedis(),
      startTestRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } }),
    ]);
  });
  afterAll(() => Promise.all([forgetful.stop(), dropping.stop()]));

  test('is warned of by check, which is still content, and at the start of a sync', async () => {
    await using workspace = await openWorkspace({ settings: `redis: { url: "${forgetful.url}" }` });
    const checked = await workspace.run('check');
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain('ok     redis: answers; warning: Redis has no append-only file');
    const synced = await workspace.run('sync', '--wait', '--at', DAY);
    expect(synced.code).toBe(0);
    expect(synced.stderr).toContain('warning: Redis has no append-only file');
  });

  test('is refused by both where it may drop the record of purchases', async () => {
    await using workspace = await openWorkspace({ settings: `redis: { url: "${dropping.url}" }` });
    const [checked, synced] = await Promise.all([
      workspace.run('check'),
      workspace.run('sync', '--wait', '--at', DAY, '--json'),
    ]);
    expect(checked.code).toBe(1);
    expect(checked.stdout).toContain("failed redis: this Redis can't keep the record of purchases");
    expect(checked.stdout).toContain('set maxmemory-policy noeviction');
    expect(synced.code).toBe(1);
    expect(synced.json()).toMatchObject({
      verdict: 'failed',
      error: { message: expect.stringContaining('maxmemory-policy allkeys-lru') },
    });
    expect(workspace.sandbox.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});
