import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DAY, openWorkspace, start } from './workspace.ts';

describe.concurrent('a command that is interrupted', () => {
  test('sync --wait ends with 1 and says how it goes on; the next one takes the run up', async () => {
    await using workspace = await openWorkspace();
    const { sandbox, folder } = workspace;
    const held = sandbox.faults.order({ match: { provider: 'salable' }, fault: { kind: 'hold' } });
    const { child, outcome } = start(['sync', '--wait', '--at', DAY, '--json'], { cwd: folder });
    await held.hit();
    child.kill('SIGINT');
    held.release();
    const first = await outcome;
    expect(first.code).toBe(1);
    const { run, error } = z
      .object({ run: z.string(), error: z.object({ message: z.string(), advice: z.string() }) })
      .parse(first.json());
    expect(error.message).toBe(`interrupted; run ${run} goes on when a worker is there`);
    expect(error.advice).toContain(`cohort-sync show ${run}`);

    const next = await workspace.run('sync', '--wait', '--json');
    expect(next.stderr).toContain(`joined run ${run}`);
    expect(next.json()).toMatchObject({ run, verdict: 'in-sync' });
    expect(sandbox.salable.report().subscriptions[0]?.assigned).toHaveLength(3);
  });

  test('before it has begun it says so in a line', async () => {
    await using workspace = await openWorkspace();
    const held = workspace.sandbox.faults.order({ match: { provider: 'salable' }, fault: { kind: 'hold' } });
    const { child, outcome } = start(['plan', '--at', DAY], { cwd: workspace.folder });
    await held.hit();
    child.kill('SIGINT');
    const { code, stderr } = await outcome;
    held.release();
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test('the sandbox says which port is taken, and ends', async () => {
    await using workspace = await openWorkspace();
    const { port } = new URL(workspace.sandbox.url);
    const { code, stderr } = await workspace.run('sandbox', '--port', port);
    expect(code).toBe(1);
    expect(stderr).toContain(`can't listen on port ${port}`);
    expect(stderr).toContain('--port 0 takes one that is free');
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test('the sandbox ends with 0', async () => {
    await using workspace = await openWorkspace();
    const { child, outcome } = start(['sandbox', '--port', '0', '--json'], { cwd: workspace.folder });
    child.stdout.once('data', () => child.kill('SIGTERM'));
    const { code, json } = await outcome;
    expect(code).toBe(0);
    expect(json()).toMatchObject({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
  });
});

describe.concurrent('a reader that goes away', () => {
  test.each([[['--json']], [[]]])('is no failure: plan %j', async (options: readonly string[]) => {
    await using workspace = await openWorkspace();
    const { child, outcome } = start(['plan', '--at', DAY, ...options], { cwd: workspace.folder });
    child.stdout.destroy();
    const { code, stderr } = await outcome;
    expect(stderr).toBe('');
    expect(code).toBe(2);
  });
});
