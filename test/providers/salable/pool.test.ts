import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeEmail } from '../../../src/emails.ts';
import { type PoolAnswers, poolOf } from '../../../src/providers/salable/pool.ts';
import type { License } from '../../../src/providers/salable/wire.ts';

const OURS = '5a928004-a2ef-4e00-8343-c8e7d40b4b41';

function license(uuid: string, granteeId: string | null, change: Partial<License> = {}): License {
  return { uuid, granteeId, subscriptionUuid: OURS, status: 'ACTIVE', ...change };
}

const LICENSES = [
  license('l1', 'Ann@x.org'),
  license('l2', null),
  license('l3', 'bob@x.org'),
  license('l4', '', { subscriptionUuid: OURS.toUpperCase() }),
  license('l5', ' ann@x.org\u00a0', { status: 'TRIALING' }),
  license('l6', 'gone@x.org', { status: 'CANCELED' }),
  license('l7', null, { status: 'canceled' }),
  license('l8', 'other@x.org', { subscriptionUuid: 'another' }),
  license('l9', 'adhoc@x.org', { subscriptionUuid: null }),
];

function read(
  count: [count: number, assigned: number, unassigned?: number],
  change: Partial<PoolAnswers> = {},
) {
  const [all, assigned, unassigned = all - assigned] = count;
  const answers: PoolAnswers = {
    subscription: { uuid: OURS, planUuid: 'p', quantity: 5, status: 'ACTIVE' },
    licenses: LICENSES,
    count: { count: all, assigned, unassigned },
    plan: { uuid: 'p' },
    ...change,
  };
  return poolOf('teaching', answers, normalizeEmail);
}

describe('poolOf', () => {
  it('takes live licenses of the subscription, by grantee whatever the spelling', () => {
    expect(read([5, 3])).toEqual({
      kind: 'pool',
      state: {
        pool: 'teaching',
        total: 5,
        totalFrom: 'subscription quantity',
        usable: 5,
        limits: { min: 1, max: null },
        holders: [
          { grantee: 'Ann@x.org', seats: ['l1', 'l5'], count: 2 },
          { grantee: 'bob@x.org', seats: ['l3'], count: 1 },
        ],
        freeSeats: ['l2', 'l4'],
      },
    });
  });

  it('is the same whatever the order of the list', () => {
    const inOrder = read([5, 3]);
    fc.assert(
      fc.property(fc.shuffledSubarray(LICENSES, { minLength: LICENSES.length }), (licenses) => {
        expect(read([5, 3], { licenses })).toEqual(inOrder);
      }),
    );
  });

  it.each([
    ['live licenses only', [5, 3]],
    ['live ones, an empty grantee as assigned', [5, 4]],
    ['canceled ones too', [7, 4]],
    ['canceled ones too, an empty grantee as assigned', [7, 5]],
    ['canceled ones too, of which none as assigned', [7, 3]],
  ] as const)('agrees with a count of %s', (_what, [all, assigned]) => {
    expect(read([all, assigned]).kind).toBe('pool');
  });

  it.each([
    ['is larger', [6, 3]],
    ['is smaller', [4, 3]],
    ['knows of nobody', [0, 0]],
    ['has fewer assigned', [5, 2]],
    ['does not add up', [5, 3, 1]],
  ] as const)('contradicts a count that %s', (_what, [all, assigned, unassigned]) => {
    const reading = read([all, assigned, unassigned ?? all - assigned]);
    expect(reading).toMatchObject({
      kind: 'contradiction',
      problem: expect.stringMatching(`3 assigned of 5, the count says ${assigned} assigned.* of ${all}`),
    });
  });

  it('never takes a shortened list for a smaller pool', () => {
    for (let keep = 0; keep < 5; keep++) {
      expect(read([5, 3], { licenses: LICENSES.slice(0, keep) }).kind).toBe('contradiction');
    }
  });

  it('contradicts a list with one license twice', () => {
    const licenses = [...LICENSES, license('l3', 'bob@x.org')];
    expect(read([6, 4], { licenses })).toEqual({
      kind: 'contradiction',
      problem: 'license l3 is listed twice',
    });
  });

  it.each([
    [
      { perSeatAmount: 5, maxSeatAmount: 60 },
      { min: 5, max: 60 },
    ],
    [
      { perSeatAmount: 5, maxSeatAmount: -1 },
      { min: 5, max: null },
    ],
    [
      { perSeatAmount: null, maxSeatAmount: 0 },
      { min: 1, max: null },
    ],
    [{}, { min: 1, max: null }],
  ])('reads the limits of %j', (plan, limits) => {
    expect(read([5, 3], { plan: { uuid: 'p', ...plan } })).toMatchObject({ state: { limits } });
  });
});
