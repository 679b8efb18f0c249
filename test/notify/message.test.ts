import { describe, expect, it } from 'vitest';
import { bodyOf, fingerprintOf, noticeOf, stateOf } from '../../src/notify/message.ts';
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

describe('the state that is worth a message', () => {
  it('is the same for as long as reason and count are the same, whoever is concerned', () => {
    expect(fingerprintOf(held('ann', 'bob'))).toBe(fingerprintOf(held('cyd', 'dan')));
    expect(fingerprintOf(held('ann', 'bob'))).not.toBe(fingerprintOf(held('ann')));
    expect(fingerprintOf(held('ann'))).not.toBe(fingerprintOf(well));
  });

  it('of a failure does not change with the numbers in its message', () => {
    const failed = (message: string): PoolResultDocument => ({
      ...well,
      verdict: 'failed',
      error: { message, advice: 'Wait.' },
    });
    expect(fingerprintOf(failed('tried 3 times'))).toBe(fingerprintOf(failed('tried 4 times')));
    expect(stateOf(failed('away'))).toBe('failed');
  });

  it('counts changes that are pending as well', () => {
    expect(stateOf({ ...well, verdict: 'changes' })).toBe('well');
  });
});

describe('a notification', () => {
  it('says what waits, why, and the command that decides it', () => {
    const notice = noticeOf(held('ann', 'bob'), 'r-1');
    expect(notice).toMatchObject({ kind: 'held', pool: 'salable-teaching', run: 'r-1' });
    expect(notice.title).toBe('salable-teaching: 2 changes wait for approval. Everything else was done.');
    expect(notice.details).toEqual(['unassign: row vanished from the roster (2 times)']);
    expect(notice.next).toContain('cohort-sync approve r-1');
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
    };
    expect(JSON.stringify(noticeOf(renamed, 'r-1'))).not.toContain('@example.org');
  });

  it('tells the exact number to buy', () => {
    const waiting: PoolResultDocument = {
      ...well,
      verdict: 'waiting',
      waiting: [{ grantee: 'ann@example.org', reason: 'no free seat: buy 1' }],
      notes: ['buy 1 seat: zoom has 3 and needs 4'],
    };
    expect(noticeOf(waiting, 'r-1').details).toEqual(['buy 1 seat: zoom has 3 and needs 4']);
  });

  it('of a recovery is short', () => {
    expect(noticeOf(well, 'r-2')).toMatchObject({ kind: 'recovered', details: [] });
  });

  it('for Slack is one text with its three control characters escaped', () => {
    const notice = { ...noticeOf(held('ann'), 'r-1'), details: ['a <b> & c'] };
    const body = bodyOf(notice, 'slack');
    expect(body).toEqual({ text: expect.stringContaining('• a &lt;b&gt; &amp; c') });
    expect(bodyOf(notice, 'json')).toEqual(notice);
  });
});
