import { describe, expect, test } from 'vitest';
import { runExitCode } from '../../src/runs/verdict.ts';
import type { FaultOrder } from '../../src/sandbox/faults.ts';
import {
  current,
  emailOf,
  HEADER,
  joining,
  type Line,
  line,
  lines,
  namesOf,
  openSetting,
  past,
  people,
  type Setting,
  type SettingOptions,
} from './setting.ts';

const TEACHERS = people('t', 10);

/** As plans sort people. */
const byEmail = (a: string, b: string) => (`${a}@` < `${b}@` ? -1 : 1);

/** Ten who teach, one who is about to start, one whose cohort is over, and a free seat. */
async function wellRun(options: SettingOptions = {}): Promise<Setting> {
  const school = await openSetting({
    assigned: TEACHERS,
    roster: lines(TEACHERS, current),
    sheet: 'google-sheets',
    poolSeats: { min: 10 },
    ...options,
  });
  await school.sync();
  school.changes();
  school.sent();
  return school;
}

function sheet(...rows: readonly (readonly Line[])[]): readonly Line[] {
  return [HEADER, ...rows.flat()];
}

describe.concurrent('a sheet that is read wrong or is wrong', () => {
  /** What happens to the sheet, and what the run says of it. Nobody may lose a seat by it. */
  const wrongs: readonly [name: string, cells: readonly Line[], verdict: 'failed' | 'held', words: RegExp][] =
    [
      ['with its header alone', sheet(), 'held', /no rows below its header/],
      ['empty', [], 'failed', /is empty/],
      [
        'without the column for addresses',
        [HEADER.with(0, 'Phone'), ...lines(TEACHERS, current)],
        'failed',
        /no column "Email"/,
      ],
      [
        'with its column renamed',
        [HEADER.with(0, 'E-mail'), ...lines(TEACHERS, current)],
        'failed',
        /nearest header is "E-mail"/,
      ],
      [
        'with two columns of one name',
        [[...HEADER, 'Email'], ...lines(TEACHERS, current)],
        'failed',
        /"Email" twice/,
      ],
      ['cut in its middle', sheet(lines(TEACHERS.slice(0, 3), current)), 'held', /vanished/],
      ['cut to less than half', sheet(lines(TEACHERS.slice(0, 4), current)), 'held', /vanished/],
      ['of another school', sheet(lines(people('x', 10), current)), 'held', /vanished/],
      [
        'with all dates a year off',
        sheet(TEACHERS.map((who) => line(who, { id: 'current', starts: -379 }))),
        'held',
        /dates of cohort current moved/,
      ],
      [
        'with all its licenses for another pool',
        sheet(TEACHERS.map((who) => line(who, current, { licenses: 'second' }))),
        'held',
        /vanished/,
      ],
      [
        'with unreadable dates',
        sheet(TEACHERS.map((who) => line(who, current).with(3, 'soon'))),
        'held',
        /none of the 10 rows .* can be read/,
      ],
      [
        'with an unreadable third, and rows gone',
        sheet(
          lines(TEACHERS.slice(0, 4), current),
          [line('t5', current).with(3, '?')],
          [line('t6', current).with(3, '?')],
        ),
        'held',
        /can't be read/,
      ],
    ];

  test.each(wrongs)(
    '%s takes nothing from anyone, twice, and the next good one goes on by itself',
    async (_name, cells, verdict, words) => {
      await using school = await wellRun({ more: [{ id: 'second', seats: 20 }] });
      school.setSheet(cells);
      for (let time = 0; time < 2; time++) {
        const { document, pool } = await school.sync();
        expect(school.changes().filter((each) => /unassign|seats \d+ -> \d$/.test(each))).toEqual([]);
        expect(document.verdict === 'in-sync' && verdict === 'held' ? pool.verdict : document.verdict).toBe(
          verdict,
        );
        expect(JSON.stringify(document).replaceAll('\\"', '"')).toMatch(words);
      }
      school.setRoster(lines(TEACHERS, current));
      const well = await school.sync();
      expect(well.pool).toMatchObject({
        verdict: 'in-sync',
        held: [],
        done: { unassigned: [], assigned: [] },
      });
    },
  );

  test.each<[string, FaultOrder['fault']]>([
    ['403', { kind: 'status', status: 403 }],
    ['404', { kind: 'status', status: 404 }],
    ['half an answer', { kind: 'cut', how: 'whole' }],
  ])('answered with %s fails the run and changes nothing', async (_name, fault) => {
    await using school = await wellRun();
    school.sandbox.faults.order({ match: { provider: 'sheets' }, times: 'always', fault });
    school.setRoster(lines(TEACHERS.slice(0, 5), current), line('new', joining));
    const { document, pool } = await school.expectNothingMore();
    expect(document).toMatchObject({ verdict: 'failed', error: { message: expect.any(String) } });
    expect(pool.error?.advice).not.toBe('');
  });

  test.each<[string, FaultOrder['fault']]>([
    ['answered with 500', { kind: 'status', status: 500 }],
    // Stands for an answer that never comes: a try that runs into its time limit is half a minute long.
    ['whose connection breaks', { kind: 'drop' }],
  ])(
    '%s at every try is nobody who left: the run fails, and the next good one goes on by itself',
    { timeout: 30_000 },
    async (_name, fault) => {
      await using school = await wellRun();
      const order = { match: { provider: 'sheets', path: '/v4/**' }, times: 'always', fault } as const;
      const outage = school.sandbox.faults.order(order);
      school.setRoster(lines(TEACHERS.slice(1), current), line('new', joining));
      const { document, pool } = await school.expectNothingMore();
      expect(runExitCode(document)).toBe(1);
      expect(document).toMatchObject({ verdict: 'failed', error: { message: expect.any(String) } });
      expect(pool).toMatchObject({ verdict: 'failed', unassign: [], held: [], failed: [] });
      expect(outage.report().hits).toBeGreaterThan(1);
      outage.cancel();
      const well = await school.expectNothingMoreBut(['unassign t1', 'assign new']);
      expect(runExitCode(well.document)).toBe(0);
    },
  );

  test('in another tab fails the run and names the tabs', async () => {
    await using school = await wellRun();
    school.sandbox.sheets.reset({
      spreadsheets: [{ tabs: [{ title: 'Roster 2027', rows: [] }, { title: 'Notes' }] }],
    });
    const { document } = await school.expectNothingMore();
    expect(document.verdict).toBe('failed');
    expect(JSON.stringify(document.error)).toMatch(/Roster.*Roster 2027/);
  });

  test('holds even expected departures, which pass with the next good one', async () => {
    await using school = await wellRun({
      roster: [...lines(TEACHERS.slice(0, 9), current), line('t10', { id: 'ending', starts: -37 })],
    });
    school.setSheet(sheet(lines(TEACHERS.slice(0, 2), current)));
    const { pool } = await school.expectNothingMore(2);
    expect(namesOf(pool.held)).toContain('t10');
    school.setRoster(lines(TEACHERS.slice(0, 9), current));
    await school.expectNothingMoreBut(['unassign t10'], 2);
  });
});

describe.concurrent('a sheet that is only edited', () => {
  test('with its columns in another order, blank rows and rows of notes reads as before', async () => {
    await using school = await wellRun();
    const moved = [HEADER, ...lines(TEACHERS, current)].map((row) => [...row.slice(2), ...row.slice(0, 2)]);
    school.setSheet([...moved.slice(0, 4), [], ['', ''], ...moved.slice(4)]);
    expect((await school.expectNothingMore()).pool).toMatchObject({ verdict: 'in-sync', held: [] });
  });

  test('with one person in four spellings has one person, who keeps one seat', async () => {
    await using school = await wellRun({
      assigned: ['ann@example.org'],
      roster: [line('ann', current)],
      poolSeats: {},
    });
    school.setRoster(
      line('ann', current, { email: 'Ann@Example.org' }),
      line('ann', current, { email: 'ann@example.org ' }),
      line('ann', current, { email: 'ann@example.org\u00a0' }),
      line('ann', current, { email: 'ann\u200b@example.org' }),
    );
    expect((await school.expectNothingMore()).pool).toMatchObject({ verdict: 'in-sync', assign: [] });
  });

  test('with a typing error in one address takes nothing from that person, and the others go on', async () => {
    await using school = await wellRun({ seats: 11, poolSeats: { min: 11 } });
    school.setRoster(
      lines(TEACHERS.slice(1), current),
      line('t1', current, { email: 't1@example,org' }),
      line('new', joining),
    );
    const { pool, document } = await school.expectNothingMoreBut(['assign new']);
    expect(document.verdict).toBe('in-sync');
    expect(document.problems).toMatchObject([{ row: 11, column: 'Email', protects: [emailOf('t1')] }]);
    expect(pool.kept).toMatchObject([{ grantee: emailOf('t1'), reason: 'row 11 is unreadable' }]);
  });

  test('with a person both active and canceled in one cohort names both rows and takes nothing', async () => {
    await using school = await wellRun();
    school.setRoster(lines(TEACHERS, current), line('t1', current, { status: 'canceled' }));
    const { document, pool } = await school.expectNothingMore();
    expect(document.problems.map(({ row }) => row)).toEqual([2, 12]);
    expect(pool.kept).toMatchObject([{ grantee: emailOf('t1') }]);
  });

  test('with a mistyped status takes nothing and says which word is meant', async () => {
    await using school = await wellRun();
    school.setRoster(lines(TEACHERS.slice(1), current), line('t1', current, { status: 'cancelld' }));
    const { document } = await school.expectNothingMore();
    expect(document.problems).toMatchObject([
      { row: 11, column: 'Status', problem: expect.stringContaining('"cancel') },
    ]);
  });

  test('with duplicated rows, or in another order, writes nothing', async () => {
    await using school = await wellRun();
    school.setRoster(lines(TEACHERS.toReversed(), current), lines(TEACHERS.slice(0, 5), current));
    expect((await school.expectNothingMore()).pool.verdict).toBe('in-sync');
  });

  test('with its cohort renamed, name and dates as they were, takes nothing and gives nothing', async () => {
    await using school = await wellRun();
    school.setRoster(lines(TEACHERS, { ...current, id: 'Autumn 2' }));
    expect((await school.expectNothingMore()).pool).toMatchObject({ verdict: 'in-sync', held: [] });
  });

  test('with one row gone, or dates moved for one, is a decision of a person and passes', async () => {
    await using school = await wellRun({ poolSeats: {} });
    school.setRoster(lines(TEACHERS.slice(2), current), line('t2', { id: 'current', starts: 60 }));
    const { pool } = await school.expectNothingMoreBut(['unassign t1', 'unassign t2', 'seats 10 -> 8']);
    expect(pool.changes.map(({ reason }) => reason)).toEqual([
      'row vanished from the roster',
      expect.stringMatching(/^dates of cohort current moved from/),
      expect.any(String),
    ]);
  });

  test('a little every run does not slip past the guardrail', async () => {
    await using school = await wellRun();
    school.setRoster(lines(TEACHERS.slice(2), current));
    await school.expectNothingMoreBut(['unassign t1', 'unassign t2']);
    school.setRoster(lines(TEACHERS.slice(4), current));
    expect(namesOf((await school.expectNothingMore()).pool.held)).toEqual(['t3', 't4']);
    expect(namesOf((await school.expectNothingMore(2)).pool.held)).toEqual(['t3', 't4']);
  });
});

describe.concurrent('a provider that is read wrong', () => {
  test.each<[string, FaultOrder['fault']]>([
    ['cut to a few licenses', { kind: 'shorten', keep: 3 }],
    ['without a license', { kind: 'shorten', keep: 0 }],
  ])('%s is no pool of empty seats', async (_name, fault) => {
    await using school = await wellRun({ poolSeats: { settleSeconds: 1 } });
    const path = '/licenses/**';
    for (const where of [path, '/subscriptions/*/licenses', '/licenses'])
      school.sandbox.faults.order({
        match: { provider: 'salable', method: 'GET', path: where },
        times: 'always',
        fault,
      });
    school.setRoster(lines(TEACHERS, current), line('new', joining));
    const plan = await school.cli('plan', '--at', school.at(), '--json');
    expect(plan.code).toBe(1);
    expect(plan.json()).toMatchObject({
      pools: [{ verdict: 'failed', assign: [], increment: 0, error: {} }],
    });
    expect(school.sent()).toBe(0);
  });
});

describe.concurrent('those whom it does not know', () => {
  test('keep their seats whatever the roster says, and are shown', async () => {
    await using school = await openSetting({
      seats: 5,
      assigned: ['owner', 'helper@staff.example.org', 'guest', 'ann', 'old'],
      roster: [...lines(['ann', 'owner'], current), line('old', past)],
      pool: { protect: [emailOf('owner'), '*@staff.example.org'] },
      guardrails: { unexplainedRemovals: { count: 9, share: 1 } },
    });
    await school.sync();
    expect(school.changes()).toEqual(['unassign old', 'seats 5 -> 4']);
    school.setRoster(line('ann', current), line('owner', current, { status: 'canceled' }));
    const { pool } = await school.expectNothingMore();
    expect(namesOf(pool.unmanaged.map((grantee) => ({ grantee })))).toEqual([
      'guest',
      'helper@staff.example.org',
      'owner',
    ]);
    school.setRoster(line('new', joining));
    await school.sync();
    expect(school.changes()).toEqual(['unassign ann', 'assign new']);
  });
});

describe.concurrent('seats that are needed again', () => {
  const twelve = people('t', 12);

  test('stay untouched between back-to-back cohorts', async () => {
    await using school = await openSetting({
      assigned: twelve,
      roster: lines(twelve, { id: 'a', starts: -37 }),
    });
    await school.sync();
    school.setRoster(lines(twelve, { id: 'a', starts: -37 }), lines(twelve, { id: 'b', starts: 3 }));
    for (const day of [0, 1, 2, 3]) await school.expectNothingMore(day);
  });

  test('by a cohort within keepUnusedDays are kept, for whom and when is said, and the rest is given back', async () => {
    await using school = await openSetting({
      assigned: twelve,
      roster: lines(twelve, { id: 'a', starts: -37 }),
    });
    await school.sync();
    school.setRoster(
      lines(twelve, { id: 'a', starts: -37 }),
      lines(people('n', 10), { id: 'b', starts: 12 }),
    );
    await school.sync(1);
    expect(school.changes()).toEqual([
      ...twelve.map((who) => `unassign ${who}`).toSorted(byEmail),
      'seats 12 -> 10',
    ]);
    const { pool } = await school.expectNothingMore(2);
    expect(pool.notes.join()).toMatch(/seats free and kept: 10 are needed on \d{4}-\d\d-\d\d for cohort b$/);
    await school.sync(10);
    expect(school.changes()).toHaveLength(10);
  });
});
