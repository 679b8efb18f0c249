import { describe, expect, it } from 'vitest';
import type { ChangeProgress, TotalAnswer } from '../../../src/providers/provider.ts';
import {
  arrived,
  calm,
  effects,
  failureOf,
  grantees,
  type ProviderSetup,
  type Stage,
  soon,
} from './stage.ts';

async function progressOf(stage: Stage, answer: TotalAnswer): Promise<ChangeProgress['status']> {
  if (answer.kind === 'accepted') return 'done';
  return (await stage.provider.followChange(answer.reference, soon())).status;
}

export function describeChangingTotal(setup: ProviderSetup): void {
  const { buys, givesBack } = setup;
  if (buys === null || givesBack === null) {
    describe('changing the total', () => {
      it('is said to be impossible, and where a person does it', async () => {
        const { provider } = await setup.open({ total: 1 });
        expect(provider.capabilities).toMatchObject({ changesTotal: false, buyAt: expect.any(String) });
        const change = { observed: 1, expected: 2 };
        await expect(provider.changeTotal(change, calm, soon())).rejects.toThrow();
      });
    });
    return;
  }

  describe('changing the total', () => {
    it.each([
      ['buys', buys, 7],
      ['gives back', givesBack, 3],
    ])('%s in one request', async (_what, kind, expected) => {
      const stage = await setup.open({ total: 4, assigned: grantees(setup, 1, 2) });
      const answer = await stage.provider.changeTotal({ observed: 4, expected }, calm, soon());
      stage.settle();
      expect(await progressOf(stage, answer)).toBe('done');
      expect(await stage.provider.read(soon())).toMatchObject({ total: expected, usable: expected });
      expect([arrived(stage, kind), effects(stage)]).toEqual([1, 1]);
    });

    it('is refused where there is nothing to change', async () => {
      const stage = await setup.open({ total: 4 });
      for (const expected of [4, -1, 4.5, Number.NaN]) {
        const change = { observed: 4, expected };
        await expect(stage.provider.changeTotal(change, calm, soon())).rejects.toThrow(RangeError);
      }
      expect(stage.sandbox.requests()).toEqual([]);
    });

    it.each([
      ['lost before its effect', { kind: 'drop', when: 'before' }, 'broken', 0],
      ['lost after its effect', { kind: 'drop', when: 'after' }, 'broken', 1],
      ['never answered', { kind: 'silence', when: 'before' }, 'timeout', 0],
      ['never answered after its effect', { kind: 'silence', when: 'after' }, 'timeout', 1],
      ['a server error', { kind: 'status', status: 500, when: 'before' }, 'unavailable', 0],
      ['a server error after its effect', { kind: 'status', status: 502, when: 'after' }, 'unavailable', 1],
      ['a page', { kind: 'html', when: 'after' }, 'wrong-answer', 1],
    ] as const)(
      'is sent once where it is %s, and its effect is called unknown',
      async (_what, fault, failure, done) => {
        const stage = await setup.open({ total: 4, limits: { timeoutMs: 400 } });
        stage.sandbox.faults.order({ match: buys, times: 'always', fault });
        const change = { observed: 4, expected: 6 };
        const error = await failureOf(setup, stage.provider.changeTotal(change, calm, soon()));
        expect(error).toMatchObject({ failure, effectUnknown: true });
        stage.settle();
        expect([arrived(stage, buys), effects(stage)]).toEqual([1, done]);
        expect(stage.truth().total).toBe(done === 1 ? 6 : 4);
      },
    );

    it.each([400, 401, 403, 404, 429])('knows by a %i that nothing was changed', async (status) => {
      const stage = await setup.open({ total: 4 });
      stage.sandbox.faults.order({ match: buys, fault: { kind: 'status', status } });
      const change = { observed: 4, expected: 6 };
      const error = await failureOf(setup, stage.provider.changeTotal(change, calm, soon()));
      expect(error).toMatchObject({ status, effectUnknown: false });
      expect([arrived(stage, buys), stage.truth().total]).toEqual([1, 4]);
    });

    it('does not happen where the gate is closed', async () => {
      const stage = await setup.open({ total: 4 });
      const closed = new Error('closed');
      const change = { observed: 4, expected: 6 };
      const call = stage.provider.changeTotal(change, () => Promise.reject(closed), soon());
      await expect(call).rejects.toBe(closed);
      expect(stage.sandbox.requests()).toEqual([]);
    });
  });
}
