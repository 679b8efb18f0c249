import { describe, expect, it } from 'vitest';
import { bodyOf, noticeOf, troublesOf } from '../../src/notify/message.ts';
import type { PoolResultDocument } from '../../src/runs/documents.ts';

const well: PoolResultDocument = {
  pool: 'salable-teaching',
  provider: 'salable',
  verdict: 'in-sync',
  seats: { total: 4, assigned: 4, target: 4 },
  unassign: [],
  increment: 0,
  decrement: 0,
  assign: [],
  held: [],
  waiting: [],
  kept: [],
  unmanaged: [],
  notes: [],
  done: { unassigned: [], incremented: 0, assigned: [], decremented: 0 },
  changes: [],
  failed: [],
};

function held(...whom: string[]): PoolResultDocument {
  return {
    ...well,
    verdict: 'held',
    held: whom.map((name) => ({
      action: 'unassign',
      grantee: `${name}@example.org`,
      reason: 'row vanished from the roster',
      guardrail: 'unexplainedRemovals',
    })),
  };
}

function heldPurchase(seats: number): PoolResultDocument {
  const reason = `a purchase of ${seats} seats at once is more than allowed`;
  const waiting = [{ grantee: 'ann@example.org', reason: `no free seat: ${reason}` }];
  return {
    ...well,
    verdict: 'held',
    held: [{ action: 'increment', seats, reason, guardrail: 'seatIncrease' }],
    waiting,
  };
}

const refused = {
  grantee: 'zoe@example.org',
  action: 'assign',
  reason: 'Zoom has no user zoe@example.org',
} as const;

describe('what a pool is in', () => {
  it('is the same for as long as reason and count are the same, whoever is concerned', () => {
    expect(troublesOf(held('ann', 'bob'))).toEqual(troublesOf(held('cyd', 'dan')));
    expect(troublesOf(held('ann', 'bob'))).not.toEqual(troublesOf(held('ann')));
    expect(troublesOf(well)).toEqual({});
    expect(troublesOf({ ...well, verdict: 'changes' })).toEqual({});
  });

  it('is another one when a purchase that is held grows', () => {
    expect(troublesOf(heldPurchase(30))).not.toEqual(troublesOf(heldPurchase(300)));
  });

  it('of a failure does not change with the numbers and ids in its message', () => {
    const failed = (message: string): PoolResultDocument => ({
      ...well,
      verdict: 'failed',
      error: { message, advice: 'Wait.' },
    });
    const id = '5a928004-a2ef-4e00-8343-c8e7d40b4b41';
    expect(troublesOf(failed(`tried ${id} 3 times`))).toEqual(
      troublesOf(failed(`tried ${id.replace('5a', 'b6')} 4 times`)),
    );
  });

  it('may be several things at once: one person who fails hides no hold', () => {
    const both = { ...held('ann'), verdict: 'failed' as const, failed: [{ ...refused, retryAt: null }] };
    expect(Object.keys(troublesOf(both)).sort()).toEqual(['failed', 'held']);
  });

  it('tells who waits for a held purchase with the hold, and a conflict as a hold alone', () => {
    expect(Object.keys(troublesOf(heldPurchase(30)))).toEqual(['held']);
    const conflict: PoolResultDocument = {
      ...held('ann'),
      verdict: 'failed',
      held: [{ action: 'unassign', grantee: 'ann@example.org', reason: 'left alone', guardrail: 'conflict' }],
      failed: [{ grantee: 'ann@example.org', action: 'unassign', reason: 'left alone', retryAt: null }],
    };
    expect(Object.keys(troublesOf(conflict))).toEqual(['held']);
  });

  it('tells who waits for a purchase that failed with the failure, and again when they are more', () => {
    const declined = (...whom: string[]): PoolResultDocument => ({
      ...well,
      verdict: 'failed',
      failed: [{ grantee: null, action: 'increment', reason: 'card declined', retryAt: null }],
      waiting: whom.map((grantee) => ({ grantee, reason: 'no free seat: card declined' })),
    });
    expect(Object.keys(troublesOf(declined('ann')))).toEqual(['failed']);
    expect(troublesOf(declined('ann'))).toEqual(troublesOf(declined('bob')));
    expect(troublesOf(declined('ann'))).not.toEqual(troublesOf(declined('ann', 'bob')));
    expect(noticeOf(declined('ann', 'bob'), 'r-1', 'failed').details).toEqual([
      'increment: card declined',
      '2 people wait for a seat meanwhile',
    ]);
  });
});

describe('a notification', () => {
  it('says what waits, why, and the command that decides it', () => {
    const notice = noticeOf(held('ann', 'bob'), 'r-1', 'held');
    expect(notice).toMatchObject({ kind: 'held', pool: 'salable-teaching', run: 'r-1' });
    expect(notice.title).toBe('salable-teaching: 2 changes wait for approval and were not done.');
    expect(notice.details).toEqual(['unassign: row vanished from the roster (2 times)']);
    expect(notice.next).toBe('cohort-sync approve r-1 (or: cohort-sync reject r-1)');
  });

  it('of a broken sheet says to mend it before anything is approved', () => {
    const empty: PoolResultDocument = {
      ...held('ann'),
      held: [{ action: 'unassign', seats: 0, reason: 'roster.csv has no rows', guardrail: 'roster' }],
    };
    expect(noticeOf(empty, 'r-1', 'held').next).toMatch(
      /^mend the sheet, and the next run goes on by itself/,
    );
  });

  it('names nobody', () => {
    const renamed: PoolResultDocument = {
      ...held('ann'),
      held: [
        {
          action: 'unassign',
          grantee: 'ann@example.org',
          reason: 'renamed to a.lee@example.org',
          guardrail: 'unexplainedRemovals',
        },
      ],
      failed: [{ ...refused, retryAt: null }],
    };
    for (const kind of ['held', 'failed', 'waiting', 'recovered'] as const) {
      expect(JSON.stringify(noticeOf(renamed, 'r-1', kind))).not.toContain('@example.org');
    }
  });

  it('tells the exact number to buy', () => {
    const waiting: PoolResultDocument = {
      ...well,
      verdict: 'waiting',
      waiting: [{ grantee: 'ann@example.org', reason: 'no free seat: buy 1' }],
      notes: ['buy 1 seat: zoom has 3 and needs 4'],
    };
    expect(noticeOf(waiting, 'r-1', 'waiting').details).toEqual(['buy 1 seat: zoom has 3 and needs 4']);
  });

  it('of a recovery is short', () => {
    expect(noticeOf(well, 'r-2', 'recovered')).toMatchObject({ kind: 'recovered', details: [] });
  });

  it('for Slack is one text with its three control characters escaped', () => {
    const notice = { ...noticeOf(held('ann'), 'r-1', 'held'), details: ['a <b> & c'] };
    const body = bodyOf(notice, 'slack');
    expect(body).toEqual({ text: expect.stringContaining('• a &lt;b&gt; &amp; c') });
    expect(bodyOf(notice, 'json')).toEqual(notice);
  });
});
