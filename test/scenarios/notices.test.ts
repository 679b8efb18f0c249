import { Queue } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { keys } from '../../src/ledger/store.ts';
import { KEY_PREFIX } from '../../src/queue/key-prefix.ts';
import { NOTIFY_QUEUE } from '../../src/queue/queues.ts';
import { SANDBOX_API_KEY } from '../../src/sandbox/salable/options.ts';
import { until } from '../support/until.ts';
import { RECEIVER_SECRET, startReceiver } from './receiver.ts';
import { current, emailOf, line, lines, openSetting, people, type Setting, tomorrow } from './setting.ts';

const TEACHERS = people('t', 6);
const strict = { unexplainedRemovals: { count: 0, share: 0 } };

/** What is put off comes at once. */
async function bringForward(school: Setting): Promise<void> {
  const connection = school.redis.connect({ maxRetriesPerRequest: null });
  const queue = new Queue(NOTIFY_QUEUE, { connection, prefix: KEY_PREFIX });
  await until('a notification that is put off', async () => (await queue.getDelayedCount()) > 0);
  await queue.promoteJobs();
  await queue.close();
}

async function nothingLeft(school: Setting): Promise<void> {
  const connection = school.redis.connect({ maxRetriesPerRequest: null });
  const queue = new Queue(NOTIFY_QUEUE, { connection, prefix: KEY_PREFIX });
  await until(
    'an empty queue',
    async () => (await queue.getJobCountByTypes('waiting', 'active', 'delayed')) === 0,
  );
  await queue.close();
}

describe.concurrent('a notification', { timeout: 60_000 }, () => {
  test('of a hold comes once, in either form, with the command to decide it, and names nobody', async () => {
    await using json = await startReceiver();
    await using slack = await startReceiver();
    await using school = await openSetting({
      assigned: TEACHERS,
      roster: lines(TEACHERS, current),
      guardrails: strict,
      notify: [{ url: json.url }, { url: slack.url, format: 'slack' }],
    });
    await school.sync();
    school.setRoster(lines(TEACHERS.slice(0, 4), current));
    const held = await school.sync();
    const [notice] = await json.untilTaken(1);
    expect(notice).toEqual({
      kind: 'held',
      pool: 'teaching',
      run: held.run,
      title: 'teaching: 2 changes wait for approval and were not done.',
      details: ['unassign: row vanished from the roster (2 times)'],
      next: `cohort-sync approve ${held.run} (or: cohort-sync reject ${held.run})`,
    });
    expect(await slack.untilTaken(1)).toEqual([
      {
        text: [
          '*Held: teaching: 2 changes wait for approval and were not done.*',
          '• unassign: row vanished from the roster (2 times)',
          `Next: cohort-sync approve ${held.run} (or: cohort-sync reject ${held.run})`,
        ].join('\n'),
      },
    ]);
    await school.sync();
    await school.sync(1);
    await school.decide('approve', (await school.sync(1)).run);
    await json.untilTaken(2);
    await nothingLeft(school);
    expect(json.taken.map((each) => JSON.stringify(each).match(/"kind":"\w+"/)?.[0])).toEqual([
      '"kind":"held"',
      '"kind":"recovered"',
    ]);
    const all = JSON.stringify([json.taken, slack.taken]);
    for (const secret of [SANDBOX_API_KEY, RECEIVER_SECRET, ...TEACHERS.map(emailOf)])
      expect(all).not.toContain(secret);
  });

  test('of a hold comes again when nobody has decided it in time', async () => {
    await using json = await startReceiver();
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], { id: 'long', starts: -3 }),
      guardrails: strict,
      notify: [{ url: json.url }],
    });
    await school.sync();
    school.setRoster(line('bob', { id: 'long', starts: -3 }));
    await school.sync();
    await json.untilTaken(1);
    await school.sync(2);
    const renewed = await school.sync(4);
    expect(await json.untilTaken(2)).toMatchObject([{}, { kind: 'held', run: renewed.run }]);
  });

  test('of a hold is not hidden by a person for whom something fails all the time', async () => {
    await using json = await startReceiver();
    await using school = await openSetting({
      seats: 3,
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob', 'zoe'], current),
      guardrails: strict,
      salable: { settings: { refusedGrantees: [emailOf('zoe')] } },
      notify: [{ url: json.url }],
    });
    await school.sync();
    await json.untilTaken(1);
    school.setRoster(lines(['bob', 'zoe'], current));
    await school.sync();
    await school.sync();
    expect(await json.untilTaken(2)).toMatchObject([{ kind: 'failed' }, { kind: 'held' }]);
    await nothingLeft(school);
    expect(json.taken).toHaveLength(2);
  });

  test('of a roster that can not be read comes once, and once that it is well again', async () => {
    await using json = await startReceiver();
    await using school = await openSetting({
      assigned: ['ann'],
      roster: [line('ann', current)],
      notify: [{ url: json.url }],
    });
    await school.sync();
    school.setSheet([
      ['E-Mail address', 'Start date'],
      ['ann@example.org', '2026-11-08'],
    ]);
    const failed = await school.sync();
    await school.sync();
    school.setRoster(line('ann', current));
    await school.sync();
    const taken = await json.untilTaken(2);
    expect(taken).toMatchObject([{ kind: 'failed', run: failed.run }, { kind: 'recovered' }]);
    expect(JSON.stringify(taken[0])).toContain('has no column');
    await nothingLeft(school);
    expect(json.taken).toHaveLength(2);
  });

  test('of people who wait for a seat comes to those who asked for it', async () => {
    await using all = await startReceiver();
    await using failures = await startReceiver();
    await using school = await openSetting({
      seats: 1,
      roster: lines(people('p', 3), tomorrow),
      guardrails: { seatIncrease: 1 },
      notify: [{ url: all.url }, { url: failures.url, on: ['failed'] }],
    });
    const held = await school.sync();
    await school.decide('reject', held.run);
    await school.sync();
    expect(await all.untilTaken(2)).toMatchObject([
      { kind: 'held', details: [expect.any(String), '2 people wait for a seat meanwhile'] },
      { kind: 'waiting', title: 'teaching: 2 people wait for a seat.' },
    ]);
    await nothingLeft(school);
    expect(failures.taken).toEqual([]);
  });

  test('is tried again when its receiver was away, and delays neither the run nor the others', async () => {
    await using away = await startReceiver('refuse');
    await using hanging = await startReceiver('hang');
    await using there = await startReceiver();
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
      notify: [{ url: away.url }, { url: hanging.url }, { url: there.url }],
    });
    await school.sync();
    school.setRoster(line('bob', current));
    await school.sync();
    await there.untilTaken(1);
    const started = performance.now();
    await school.sync();
    expect(performance.now() - started).toBeLessThan(4_000);
    await until('the first try', () => away.asked() > 0);
    away.behave('take');
    await bringForward(school);
    expect(await away.untilTaken(1)).toMatchObject([{ kind: 'held' }]);
  });

  test('that has been overtaken while its receiver was away is not sent late', async () => {
    await using away = await startReceiver('refuse');
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
      notify: [{ url: away.url }],
    });
    await school.sync();
    school.setRoster(line('bob', current));
    await school.sync();
    await until('the first try', () => away.asked() > 0);
    away.behave('take');
    school.setRoster(lines(['ann', 'bob'], current));
    await school.sync();
    await away.untilTaken(1);
    await bringForward(school);
    await nothingLeft(school);
    expect(away.taken).toMatchObject([{ kind: 'recovered' }]);
  });

  test('follows no redirect', async () => {
    await using elsewhere = await startReceiver();
    await using receiver = await startReceiver({ redirectTo: elsewhere.url });
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
      notify: [{ url: receiver.url }],
    });
    await school.sync();
    school.setRoster(line('bob', current));
    await school.sync();
    await until('the try', () => receiver.asked() > 0);
    receiver.behave('take');
    await bringForward(school);
    await receiver.untilTaken(1);
    expect(elsewhere.asked()).toBe(0);
  });

  test('that a killed process did not get onto its queue is sent by the next one', async () => {
    await using json = await startReceiver();
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
      notify: [{ url: json.url, on: ['failed'] }],
    });
    await school.sync();
    school.setRoster(line('bob', current));
    const held = await school.sync();
    const pending = { run: held.run, pool: 'teaching', kind: 'recovered' };
    await school.redis.connect().hset(keys.notices, 'x', JSON.stringify(pending));
    await school.sync();
    expect(await json.untilTaken(1)).toMatchObject([{ kind: 'recovered', run: held.run }]);
  });

  test('is delivered before sync --wait ends, and a receiver that hangs keeps it for seconds only', async () => {
    await using there = await startReceiver();
    await using hanging = await startReceiver('hang');
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
      notify: [{ url: there.url }, { url: hanging.url }],
      workers: false,
    });
    expect((await school.cli('sync', '--wait', '--at', school.at())).code).toBe(0);
    school.setRoster(line('bob', current));
    const outcome = await school.cli('sync', '--wait', '--at', school.at(), '--json');
    expect(outcome.code, outcome.stderr).toBe(3);
    expect(there.taken).toMatchObject([{ kind: 'held' }]);
    expect(outcome.milliseconds).toBeLessThan(12_000);
    expect(outcome.stderr + outcome.stdout).not.toContain(RECEIVER_SECRET);
  });
});
