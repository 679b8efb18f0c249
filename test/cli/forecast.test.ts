import { describe, expect, test } from 'vitest';
import { ADA, BEN, DAY, HEADER, openWorkspace } from './workspace.ts';

const PRICED = `    seats:
      price: { amount: 10, currency: EUR, billing: prorated, reduce: anytime, renewsOn: 2026-11-15 }`;

describe.concurrent('forecast', () => {
  test('prints the document of the design, one entry a day', async () => {
    await using workspace = await openWorkspace();
    const { code, json } = await workspace.run('forecast', '--at', '2026-11-20', '--weeks', '1', '--json');
    expect(code).toBe(0);
    const quiet = { entitled: 0, needed: 1, paid: 2, shortfall: 0, surplus: 1 };
    const short = { entitled: 2, needed: 3, paid: 2, shortfall: 1, surplus: 0 };
    expect(json()).toEqual({
      pools: [
        {
          pool: 'teaching',
          paid: 2,
          days: [
            { date: '2026-11-20', ...quiet },
            { date: '2026-11-21', ...quiet },
            ...['22', '23', '24', '25', '26'].map((day) => ({ date: `2026-11-${day}`, ...short })),
          ],
          peak: { date: '2026-11-22', needed: 3 },
          shortfall: { date: '2026-11-22', seats: 1 },
          changes: 'api',
          buy: [{ date: '2026-11-22', seats: 1, buyBy: '2026-11-22' }],
          drop: null,
        },
      ],
    });
  });

  test('draws the days for people, and only reads', async () => {
    await using workspace = await openWorkspace({ pools: [{ id: 'teaching', seats: 2, settings: PRICED }] });
    const { code, stdout, stderr } = await workspace.run('forecast', '--at', '2026-11-20');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      'teaching: 2 paid (EUR 20.00 a month), peak 2 on 2026-11-22 (EUR 20.00 a month)',
    );
    expect(stdout).toMatch(/2026-11-20 – 2026-11-21 +0 +1 +2 +1 over +█░/);
    expect(stdout).toMatch(/2026-11-22 – 2026-12-31 +2 +2 +2 +██/);
    expect(stdout).toContain('1 seat given back by cohort-sync from 2026-11-20, if none is bought before');
    expect(workspace.sandbox.effects()).toEqual([]);
  });

  test('a pool that can not be read is told with what to do, and ends with 1 if it is the only one', async () => {
    await using workspace = await openWorkspace();
    workspace.breakSalable({ kind: 'status', status: 403 });
    const { code, json } = await workspace.run('forecast', '--json');
    expect(code).toBe(1);
    expect(json()).toMatchObject({ pools: [{ pool: 'teaching', paid: null, days: [], error: {} }] });
  });

  test('--weeks 105 is wrong usage', async () => {
    await using workspace = await openWorkspace();
    expect((await workspace.run('forecast', '--weeks', '105')).code).toBe(64);
  });

  test('--past tells what was paid, used and idle, with what it would have cost at the peak', async () => {
    await using workspace = await openWorkspace({
      pools: [{ id: 'teaching', seats: 2, assigned: ['owner@example.org'], settings: PRICED }],
    });
    expect((await workspace.run('sync', '--wait', '--at', DAY)).code).toBe(0);
    workspace.writeRoster(HEADER, ADA, `${BEN}2026-11-25`);
    // Ben's seat is free the day after the three days that it is kept: bought, used for seven days, and given back.
    expect((await workspace.run('sync', '--wait', '--at', '2026-11-29T06:00:00-05:00')).code).toBe(0);
    const { code, json } = await workspace.run('forecast', '--past', '--at', '2026-12-01', '--json');
    expect(code).toBe(0);
    expect(json()).toEqual({
      pools: [
        {
          pool: 'teaching',
          from: '2026-11-22',
          to: '2026-12-01',
          seatDays: { paid: 27, used: 27, idle: 0 },
          peak: 3,
          atPeak: 30,
          money: { currency: 'EUR', paid: 9, atPeak: 10 },
        },
      ],
    });
    const { stdout } = await workspace.run('forecast', '--past', '--at', '2026-12-01');
    expect(stdout).toMatch(/held at the peak of 3 +30 +EUR 10\.00/);
  });

  test('--past without a ledger says that nothing is known yet', async () => {
    await using workspace = await openWorkspace();
    const { code, stdout } = await workspace.run('forecast', '--past');
    expect([code, stdout]).toEqual([0, 'teaching: nothing is known yet; the first run begins the record\n']);
  });
});
