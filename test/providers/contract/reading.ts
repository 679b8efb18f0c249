import { describe, expect, it } from 'vitest';
import { arrived, effects, grantees, type ProviderSetup, soon } from './stage.ts';

export function describeReading(setup: ProviderSetup): void {
  describe('reading', () => {
    it('reports totals, holders and free seats exactly', async ({ skip }) => {
      const assigned = grantees(setup, 1, 3);
      const stage = await setup.open({ total: 5, assigned });
      const state = await stage.provider.read(soon());
      expect(state).toMatchObject({ pool: stage.provider.pool, total: 5, usable: 5 });
      if (!stage.provider.capabilities.listsHolders) return skip('it does not list holders');
      expect(state.holders.map(({ grantee }) => grantee).toSorted()).toEqual(assigned.toSorted());
      expect(state.holders.every(({ count }) => count === 1)).toBe(true);
      const seats = [...state.freeSeats, ...state.holders.flatMap((holder) => holder.seats)];
      expect(new Set(seats).size).toBe(seats.length);
      if (seats.length > 0) expect([state.freeSeats.length, seats.length]).toEqual([2, 5]);
    });

    it('gives the same answer again, changes nothing, and asks no more than it has to', async () => {
      const stage = await setup.open({ total: 4, assigned: grantees(setup, 1, 2) });
      const first = await stage.provider.read(soon());
      expect(await stage.provider.read(soon())).toEqual(first);
      expect(effects(stage)).toBe(0);
      const times = setup.reads.map((kind) => kind.times ?? 1);
      expect(stage.sandbox.requests()).toHaveLength(2 * times.reduce((sum, each) => sum + each, 0));
      for (const kind of setup.reads) expect(arrived(stage, kind)).toBe(2 * (kind.times ?? 1));
    });

    it('holds spellings of one grantee for one', async ({ skip }) => {
      const [grantee = ''] = grantees(setup, 1, 1);
      const other = setup.respelled(grantee);
      const stage = await setup.open({ total: 3, assigned: [grantee] });
      const { provider } = stage;
      expect(provider.keyOf(provider.keyOf(grantee))).toBe(provider.keyOf(grantee));
      if (other === null) return skip('grantees have one spelling');
      expect(provider.keyOf(other)).toBe(provider.keyOf(grantee));
      if (!provider.capabilities.listsHolders) return;
      stage.edit({ assign: [other] });
      expect((await provider.read(soon())).holders).toMatchObject([{ count: 2 }]);
    });

    it('knows nobody where nobody holds a seat', async () => {
      const stage = await setup.open({ total: 2 });
      expect(await stage.provider.read(soon())).toMatchObject({ total: 2, holders: [] });
    });

    it('has one line to say on its pool', async () => {
      const stage = await setup.open({ total: 10, assigned: grantees(setup, 1, 9) });
      const line = await stage.provider.check(soon());
      expect(line).not.toContain('\n');
      expect(line).toMatch(/\b10\b/);
      expect(effects(stage)).toBe(0);
    });
  });
}
