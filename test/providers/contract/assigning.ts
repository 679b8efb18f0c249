import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/errors.ts';
import {
  arrived,
  calm,
  effects,
  failureOf,
  grantees,
  type ProviderSetup,
  soon,
  toAssign,
  toUnassign,
} from './stage.ts';

const outcomes = (results: readonly { outcome: string }[]) => results.map(({ outcome }) => outcome);

/** Of a provider that can't look first: what it tells of each line, or that the whole request was refused. */
async function outcomesUnread(call: Promise<readonly { outcome: string }[]>): Promise<string[]> {
  return call.then(outcomes, (cause: unknown) => {
    if (cause instanceof ProviderError && cause.failure === 'refused') return ['refused'];
    throw cause;
  });
}

export function describeAssigning(setup: ProviderSetup): void {
  describe('assigning', () => {
    it('gives seats in one request, and finds it done the next time', async () => {
      const joiners = grantees(setup, 1, 3);
      const stage = await setup.open({ total: 5 });
      const lines = toAssign(await stage.provider.read(soon()), joiners);
      const results = await stage.provider.assign(lines, calm, soon());
      expect(results).toMatchObject(
        joiners.map((grantee) => ({ grantee, outcome: 'applied', reason: null })),
      );
      expect(stage.truth()).toEqual({ total: 5, assigned: joiners.toSorted(), free: 2 });
      expect(arrived(stage, setup.assigns)).toBe(1);

      if (stage.provider.capabilities.listsHolders) {
        const again = await stage.provider.assign(lines, calm, soon());
        expect(outcomes(again)).toEqual(['already', 'already', 'already']);
      } else {
        expect(await outcomesUnread(stage.provider.assign(lines, calm, soon()))).not.toContain('unknown');
      }
      expect(effects(stage)).toBe(3);
    });

    it('gives nobody a second seat', async ({ skip }) => {
      const stage = await setup.open({ total: 3 });
      if (!stage.provider.capabilities.listsHolders) return skip('it can not know');
      const [joiner = ''] = grantees(setup, 1, 1);
      const lines = toAssign(await stage.provider.read(soon()), [joiner]);
      stage.edit({ assign: [setup.respelled(joiner) ?? joiner] });
      expect(outcomes(await stage.provider.assign(lines, calm, soon()))).toEqual(['already']);
      expect(arrived(stage, setup.assigns)).toBe(0);
    });

    it('leaves alone a seat that somebody else has got meanwhile', async ({ skip }) => {
      const stage = await setup.open({ total: 2 });
      const [stranger = '', ...joiners] = grantees(setup, 1, 3);
      const lines = toAssign(await stage.provider.read(soon()), joiners);
      if (lines.some(({ seat }) => seat === null)) return skip('seats have no ids');
      stage.edit({ assign: [stranger] });
      const results = await stage.provider.assign(lines, calm, soon());
      expect(outcomes(results).toSorted()).toEqual(['applied', 'lapsed']);
      expect(results.find(({ outcome }) => outcome === 'lapsed')?.reason).toContain(stranger);
      expect(stage.truth().assigned).toContain(stranger);
      expect(effects(stage)).toBe(1);
    });

    it('tells which one grantee was not taken, and gives the others their seats', async () => {
      const joiners = grantees(setup, 1, 3);
      const [, bad = ''] = joiners;
      const stage = await setup.open({ total: 3, refused: [bad], badLine: 'leaves-out' });
      const lines = toAssign(await stage.provider.read(soon()), joiners);
      if (!stage.provider.capabilities.listsHolders) {
        // What it does with the others it can't tell; that it calls nobody refused who was not, it can.
        const told = await outcomesUnread(stage.provider.assign(lines, calm, soon()));
        expect(told.length === 1 || told[1] === 'refused').toBe(true);
        expect(told.filter((outcome) => outcome === 'refused')).toHaveLength(1);
        return;
      }
      const results = await stage.provider.assign(lines, calm, soon());
      expect(outcomes(results)).toEqual(['applied', 'refused', 'applied']);
      expect(results[1]?.reason).toBeTruthy();
      expect(stage.truth().assigned).toEqual(joiners.filter((grantee) => grantee !== bad).toSorted());
    });

    it('says that nothing was done where one bad grantee refuses the whole batch', async () => {
      const joiners = grantees(setup, 1, 3);
      const stage = await setup.open({ total: 3, refused: joiners.slice(1, 2), badLine: 'refuses-all' });
      const lines = toAssign(await stage.provider.read(soon()), joiners);
      if (stage.provider.capabilities.listsHolders) {
        const error = await failureOf(setup, stage.provider.assign(lines, calm, soon()));
        expect(error).toMatchObject({ failure: 'refused', effectUnknown: false });
      } else {
        expect(await outcomesUnread(stage.provider.assign(lines, calm, soon()))).not.toContain('applied');
      }
      expect(stage.truth().assigned).toEqual([]);
    });

    it('asks nobody for no lines, and takes no more than its batch', async () => {
      const stage = await setup.open({ total: 1 });
      const { provider } = stage;
      const tooMany = grantees(setup, 1, provider.capabilities.batchSize + 1);
      for (const update of [provider.assign, provider.unassign]) {
        expect(await update([], calm, soon())).toEqual([]);
        const lines = tooMany.map((grantee) => ({ grantee, seat: null }));
        await expect(update(lines, calm, soon())).rejects.toThrow(RangeError);
      }
      expect(stage.sandbox.requests()).toEqual([]);
    });
  });

  describe('unassigning', () => {
    it('takes seats back in one request, and finds it done the next time', async () => {
      const [stays = '', ...leavers] = grantees(setup, 1, 3);
      const stage = await setup.open({ total: 4, assigned: [stays, ...leavers] });
      const lines = toUnassign(stage.provider, await stage.provider.read(soon()), leavers);
      const results = await stage.provider.unassign(lines, calm, soon());
      expect(results).toMatchObject(
        leavers.map((grantee) => ({ grantee, outcome: 'applied', reason: null })),
      );
      expect(stage.truth()).toEqual({ total: 4, assigned: [stays], free: 3 });
      expect(arrived(stage, setup.unassigns)).toBe(1);

      if (stage.provider.capabilities.listsHolders) {
        const again = await stage.provider.unassign(lines, calm, soon());
        expect(outcomes(again)).toEqual(['already', 'already']);
      } else {
        // A batch may be refused whole; one that is asked for alone is told apart.
        for (const line of lines) {
          expect(outcomes(await stage.provider.unassign([line], calm, soon()))).toEqual(['already']);
        }
      }
      expect(effects(stage)).toBe(2);
    });

    it('takes nothing from somebody who has got the seat meanwhile', async ({ skip }) => {
      const [leaver = '', next = ''] = grantees(setup, 1, 2);
      const stage = await setup.open({ total: 1, assigned: [leaver] });
      const lines = toUnassign(stage.provider, await stage.provider.read(soon()), [leaver]);
      if (lines.some(({ seat }) => seat === null)) return skip('seats have no ids');
      stage.edit({ unassign: [leaver], assign: [next] });
      const results = await stage.provider.unassign(lines, calm, soon());
      expect(results).toMatchObject([{ outcome: 'already', reason: expect.stringContaining(next) }]);
      expect(stage.truth().assigned).toEqual([next]);
      expect(arrived(stage, setup.unassigns)).toBe(0);
    });
  });
}
