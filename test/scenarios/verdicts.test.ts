import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Outcome } from '../cli/workspace.ts';
import { current, emailOf, joining, line, lines, openSetting, past, people, tomorrow } from './setting.ts';

/** Each verdict and exit code by the real command line, which works on the jobs by itself. */
const alone = { workers: false } as const;
function runOf(outcome: Outcome): string {
  return z.object({ run: z.string() }).parse(outcome.json()).run;
}

const strict = { unexplainedRemovals: { count: 0, share: 0 } };

/** Several processes one after another, on a machine that may be busy (milliseconds). */
const timeout = 90_000;

describe.concurrent('the verdict of a plan and of the run after it', { timeout }, () => {
  test('in-sync: 0, and what needs nobody to decide stays 0', async () => {
    await using school = await openSetting({
      ...alone,
      assigned: ['ann', 'owner'],
      roster: [line('ann', current), line('bob', current, { email: 'bob@@' })],
    });
    const plan = await school.cli('plan', '--at', school.at(), '--json');
    const sync = await school.cli('sync', '--wait', '--at', school.at(), '--json');
    for (const { code, json } of [plan, sync]) {
      expect(code).toBe(0);
      expect(json()).toMatchObject({ verdict: 'in-sync', problems: [{ row: 3 }] });
    }
  });

  test('changes: the plan ends with 2, the run with 0 and in-sync, and then the plan with 0', async () => {
    await using school = await openSetting({
      ...alone,
      seats: 1,
      assigned: ['old'],
      roster: [line('old', past), line('new', joining)],
    });
    const at = ['--at', school.at(), '--json'];
    expect(await school.cli('plan', ...at)).toMatchObject({ code: 2 });
    const sync = await school.cli('sync', '--wait', ...at);
    expect(sync.code).toBe(0);
    expect(sync.json()).toMatchObject({
      verdict: 'in-sync',
      pools: [{ done: { unassigned: [emailOf('old')], assigned: [emailOf('new')] } }],
    });
    expect(school.changes()).toEqual(['unassign old', 'assign new']);
    expect(await school.cli('plan', ...at)).toMatchObject({ code: 0 });
  });

  test('held: 3 by plan, sync and show alike, and the joiners have their seats', async () => {
    await using school = await openSetting({
      ...alone,
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
    });
    expect((await school.cli('sync', '--wait', '--at', school.at())).code).toBe(0);
    school.sandbox.salable.edit({ seats: 1 });
    school.setRoster(line('bob', current), line('new', joining));
    const plan = await school.cli('plan', '--at', school.at(), '--json');
    const sync = await school.cli('sync', '--wait', '--at', school.at(), '--json');
    expect([plan.code, sync.code]).toEqual([3, 3]);
    expect(plan.json()).toMatchObject({ verdict: 'held', pools: [{ held: [{ grantee: emailOf('ann') }] }] });
    expect(sync.json()).toMatchObject({ verdict: 'held', pools: [{ done: { assigned: [emailOf('new')] } }] });
    expect(school.changes()).toEqual(['assign new']);
  });

  test('waiting: 3', async () => {
    await using school = await openSetting({
      ...alone,
      seats: 1,
      roster: lines(['p1', 'p2'], tomorrow),
      guardrails: { seatIncrease: 0 },
    });
    const held = await school.cli('sync', '--wait', '--at', school.at(), '--json');
    const run = runOf(held);
    const rejected = await school.cli('reject', run, '--yes', '--json', '--note', 'no money left');
    expect(rejected.code, rejected.stderr).toBe(0);
    expect(rejected.json()).toMatchObject({
      run,
      decision: 'rejected',
      pools: [{ pool: 'teaching', lines: [{ action: 'increment', seats: 1 }] }],
    });
    const shown = await school.cli('show', run);
    expect(shown.stdout).toMatch(
      /Since then the hold of teaching was rejected by cli:\w+ at \S+: no money left\n/,
    );
    expect(shown.stdout).not.toContain('waits for a decision');
    const late = await school.cli('approve', run, '--yes', '--json');
    expect(late.json()).toMatchObject({
      error: { advice: expect.stringContaining('not asked about again') },
    });
    const sync = await school.cli('sync', '--wait', '--at', school.at(), '--json');
    expect(sync.code).toBe(3);
    expect(sync.json()).toMatchObject({
      verdict: 'waiting',
      pools: [{ waiting: [{ grantee: emailOf('p2') }], held: [] }],
    });
  });

  test('failed: 4 where others are well, also beside a hold; 1 where the roster can not be read', async () => {
    await using school = await openSetting({
      ...alone,
      seats: 4,
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
      salable: { settings: { refusedGrantees: [emailOf('zoe')] } },
      poolSeats: { min: 4 },
    });
    await school.cli('sync', '--wait', '--at', school.at());
    school.setRoster(lines(['bob', 'zoe', 'new'], current));
    const partial = await school.cli('sync', '--wait', '--at', school.at(), '--json');
    expect(partial.code).toBe(4);
    expect(partial.json()).toMatchObject({
      verdict: 'failed',
      pools: [
        {
          done: { assigned: [emailOf('new')] },
          failed: [{ grantee: emailOf('zoe') }],
          held: [{ grantee: emailOf('ann') }],
        },
      ],
    });
    school.setSheet([['Name', 'Start date']]);
    const [plan, sync] = await Promise.all([
      school.cli('plan', '--at', school.at(), '--json'),
      school.cli('sync', '--wait', '--at', school.at(), '--json'),
    ]);
    expect([plan.code, sync.code]).toEqual([1, 1]);
    for (const { json } of [plan, sync])
      expect(json()).toMatchObject({
        verdict: 'failed',
        error: { message: expect.stringContaining('no column') },
      });
  });
});

describe.concurrent('approve', { timeout }, () => {
  test('by the command line shows the diff, runs it, and says who decided', async () => {
    await using school = await openSetting({
      ...alone,
      assigned: people('t', 4),
      roster: lines(people('t', 4), current),
      guardrails: strict,
    });
    await school.cli('sync', '--wait', '--at', school.at());
    school.setRoster(lines(['t1', 't2'], current));
    const held = await school.cli('sync', '--wait', '--at', school.at(), '--json');
    const run = runOf(held);
    const shown = await school.cli('show', run);
    expect(shown.stdout).toContain(`cohort-sync approve ${run}, or cohort-sync reject ${run}`);
    const asked = await school.cli('approve', run);
    expect(asked.code).toBe(64);
    expect(asked.stderr).toContain(`cohort-sync approve ${run} --yes`);
    const done = await school.cli('approve', run, '--yes', '--wait', '--json', '--note', 'they left');
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toMatch(
      /\? unassign +t3@example\.org +row vanished from the roster \[unexplainedRemovals\]/,
    );
    expect(done.json()).toMatchObject({
      trigger: 'approval',
      verdict: 'in-sync',
      pools: [{ done: { unassigned: [emailOf('t3'), emailOf('t4')] } }],
    });
    expect(school.changes()).toEqual(['unassign t3', 'unassign t4', 'seats 4 -> 2']);
    const twice = await school.cli('approve', run, '--yes', '--json');
    expect(twice.code).toBe(1);
    expect(twice.json()).toMatchObject({
      error: {
        message: expect.stringMatching(/was approved by cli:\w+ at /),
        advice: 'What was approved is done by the next run: cohort-sync sync --wait',
      },
    });
    expect((await school.cli('sync', '--wait', '--at', school.at())).stdout).toContain('nothing to do');
  });

  test('of a run that is not there, or holds nothing, ends with 1 and says so', async () => {
    await using school = await openSetting({ ...alone, assigned: ['ann'], roster: [line('ann', current)] });
    const sync = await school.cli('sync', '--wait', '--at', school.at(), '--json');
    const run = runOf(sync);
    const [none, nothing] = await Promise.all([
      school.cli('approve', 'r-1', '--yes', '--json'),
      school.cli('approve', run, '--yes', '--json'),
    ]);
    expect([none.code, nothing.code]).toEqual([1, 1]);
    expect(none.json()).toMatchObject({ error: { message: 'there is no run r-1' } });
    expect(nothing.json()).toMatchObject({ error: { message: `run ${run} holds nothing` } });
  });
});
