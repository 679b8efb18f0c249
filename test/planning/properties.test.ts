import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldLineId } from '../../src/planning/decisions.ts';
import { planPool } from '../../src/planning/plan.ts';
import { noDecisions, type PlanInput } from '../../src/planning/types.ts';
import { noMishaps, playRun } from '../support/run-model.ts';
import { mishaps, oracleOf, shuffled, type World, world } from '../support/worlds.ts';

/** Of each property; together they are the longest computation of the tests. */
const RUNS = 400;

function holds(property: (world: World, run: ReturnType<typeof playRun>) => void): void {
  fc.assert(
    fc.property(world, fc.oneof(fc.constant(noMishaps), mishaps), (given, wrong) =>
      property(given, playRun(given.input, wrong)),
    ),
    { numRuns: RUNS },
  );
}

const assignedIn = (state: PlanInput['state']) => state.holders.reduce((sum, each) => sum + each.count, 0);

const seatsOf = (state: PlanInput['state'], who: string) =>
  state.holders.find((each) => each.grantee === who)?.count ?? 0;

const isDoubtful = ({ roster, guardrails }: PlanInput) =>
  roster.doubt !== null || roster.invalidShare > guardrails.invalidRows;

describe('whatever the roster, the ledger and the pool', () => {
  it('never assigns more seats than there are', () => {
    holds((_, { states }) => {
      for (const state of states) expect(assignedIn(state)).toBeLessThanOrEqual(state.total);
    });
  });

  it('takes no seat from the unmanaged, the protected and the frozen (rules 2 and 5)', () => {
    holds((given, { end }) => {
      const { isProtected, isFrozen, isKnown } = oracleOf(given);
      for (const { grantee, count } of given.input.state.holders) {
        if (!isProtected(grantee) && !isFrozen(grantee) && isKnown(grantee)) continue;
        expect(seatsOf(end.state, grantee)).toBe(count);
      }
    });
  });

  it('takes the last seat from nobody who is entitled today', () => {
    holds((given, { states }) => {
      const { due } = oracleOf(given);
      for (const { grantee } of given.input.state.holders) {
        if (!due(grantee)) continue;
        for (const state of states) expect(seatsOf(state, grantee)).toBeGreaterThan(0);
      }
    });
  });

  it('takes a seat in a gap only for someone who needs it today, and buys none beside it (rule 15)', () => {
    holds((given, { plans, end }) => {
      const { inGap } = oracleOf(given);
      const lost = given.input.state.holders.filter(
        ({ grantee }) => inGap(grantee) && seatsOf(end.state, grantee) === 0,
      );
      if (lost.length === 0) return;
      expect(plans.increment.assign.length).toBeGreaterThanOrEqual(lost.length);
      expect(plans.increment.decrement).toBe(0);
    });
  });

  it('takes nothing away by a doubtful roster (rule 1)', () => {
    holds((given, { end, plans }) => {
      if (!isDoubtful(given.input)) return;
      for (const { grantee, count } of given.input.state.holders)
        expect(seatsOf(end.state, grantee)).toBe(count);
      expect(plans.decrement.decrement).toBe(0);
    });
  });

  it('makes no unexplained removal beyond the limit (rule 6)', () => {
    holds(({ input }, { plans, end }) => {
      const removed = plans.unassign.unassign.filter((line) => !line.explained).length;
      if (removed === 0) return;
      const managed = input.state.holders.length - plans.unassign.unmanaged.length;
      const { count, share } = input.guardrails.unexplainedRemovals;
      const limit = Math.max(count, share * managed);
      expect(removed + input.ledger.unexplainedToday).toBeLessThanOrEqual(limit);
      expect(end.ledger.unexplainedToday).toBeLessThanOrEqual(limit);
    });
  });

  it('changes the quantity once, by no more than the limits allow (rule 3)', () => {
    holds(({ input }, { plans }) => {
      const { increment } = plans.increment;
      const { seatsPerDay, seatIncrease } = input.guardrails;
      if (increment > 0) {
        expect(plans.decrement.decrement).toBe(0);
        expect(increment).toBeLessThanOrEqual(Math.min(seatIncrease, seatsPerDay - input.ledger.boughtToday));
        expect(input.state.total + increment).toBeLessThanOrEqual(
          input.policy.seats.max ?? Number.POSITIVE_INFINITY,
        );
      }
      expect([plans.assign.increment, plans.decrement.increment, plans.end.increment]).toEqual([0, 0, 0]);
      if (!input.policy.changesTotal) expect(increment + plans.decrement.decrement).toBe(0);
    });
  });

  it('shows in the plan what the run then does, where nothing goes wrong', () => {
    fc.assert(
      fc.property(world, ({ input }) => {
        const { plans } = playRun(input);
        expect(plans.increment.increment).toBe(plans.unassign.increment);
        expect(plans.assign.assign).toEqual(plans.unassign.assign);
        expect(plans.decrement.decrement).toBe(plans.unassign.decrement);
      }),
      { numRuns: RUNS },
    );
  });

  it('accounts for everyone who is due a seat: has it, waits, is held or failed', () => {
    holds((given, { plans, failed, end }) => {
      const { due, people } = oracleOf(given);
      const accounted = new Set([
        ...failed,
        ...end.state.holders.map((each) => each.grantee),
        ...plans.end.waiting.map((line) => line.grantee),
        ...plans.end.held.map((line) => line.grantee),
      ]);
      for (const who of people) if (due(who)) expect(accounted).toContain(who);
    });
  });

  it('accounts for everyone who is due none: has lost it, keeps it for a reason, is held or failed', () => {
    holds((given, { plans, failed, end }) => {
      const { due } = oracleOf(given);
      const accounted = new Set([
        ...failed,
        ...plans.end.unmanaged,
        ...plans.end.kept.map((line) => line.grantee),
        ...plans.end.held.map((line) => line.grantee),
      ]);
      for (const { grantee } of end.state.holders) if (!due(grantee)) expect(accounted).toContain(grantee);
    });
  });

  it('lets nobody wait beside a free seat (rule 7)', () => {
    holds((_, { plans, end }) => {
      if (plans.end.waiting.length > 0) expect(assignedIn(end.state)).toBe(end.state.total);
    });
  });

  it('pays for no more seats than are needed, once nothing stands against giving them back', () => {
    holds((given, { plans, end }) => {
      const { needed } = oracleOf(given);
      const bought = plans.increment.increment > 0 && end.stage.purchaseProblem === null;
      const stopped =
        !end.policy.changesTotal ||
        plans.end.held.some((line) => line.action === 'decrement') ||
        plans.end.waiting.length > 0 ||
        end.stage.purchaseProblem !== null;
      if (bought || !stopped) expect(end.state.total).toBeLessThanOrEqual(needed(end.state.holders));
    });
  });

  it('gives back no seat that a cohort needs within keepUnusedDays (rule 15)', () => {
    holds((given, { plans, end }) => {
      if (plans.decrement.decrement === 0) return;
      expect(end.state.total).toBeGreaterThanOrEqual(oracleOf(given).needed(end.state.holders));
    });
  });

  it('waits for no seat the day before a cohort starts, unless a limit or the pool stops the purchase', () => {
    holds((given, { plans, end }) => {
      const stopped = plans.end.held.some(
        (line) => line.action === 'increment' || line.guardrail === 'drift',
      );
      if (stopped || !end.policy.changesTotal || end.stage.purchaseProblem !== null) return;
      for (const { grantee, reason } of plans.end.waiting) {
        if (reason.startsWith('probably')) continue;
        expect(reason).toContain('still to be freed');
        const rows = given.rows.filter((row) => row.email === grantee && !row.canceled);
        expect(rows.some((row) => row.startsOn > given.input.today)).toBe(true);
      }
    });
  });

  it('writes nothing in a second run (rule 11)', () => {
    fc.assert(
      fc.property(world, ({ input }) => {
        const { next, plans } = playRun(input);
        const again = planPool(next);
        // Joiners make the pool larger, and with it the share of removals that may pass unseen.
        const held = new Set(plans.end.held.map((line) => line.grantee));
        if (again.unassign.some((line) => held.has(line.grantee))) return;
        expect(again).toMatchObject({ unassign: [], assign: [], increment: 0, decrement: 0 });
        expect(again.verdict).not.toBe('changes');
      }),
      { numRuns: RUNS },
    );
  });

  it('comes to rest after failures too, once they are over', () => {
    fc.assert(
      fc.property(world, mishaps, ({ input }, wrong) => {
        const repaired = playRun(playRun(input, wrong).next);
        const again = playRun(repaired.next);
        expect(planPool(again.next)).toMatchObject({ unassign: [], assign: [], increment: 0, decrement: 0 });
      }),
      { numRuns: RUNS },
    );
  });

  it('plans the same whatever the order of rows, holders and ledger entries (rule 11)', () => {
    fc.assert(
      fc.property(world, fc.nat({ max: 40 }), ({ input }, seed) => {
        expect(planPool(shuffled(input, seed))).toEqual(planPool(input));
      }),
      { numRuns: RUNS },
    );
  });

  it('runs what was approved and nothing that nobody saw (rule 8)', () => {
    fc.assert(
      fc.property(world, ({ input }) => {
        const plan = planPool(input);
        const approved = new Map(
          plan.held.map((line) => [heldLineId(line, input.keyOf), line.seats ?? null]),
        );
        const after = planPool({ ...input, decisions: { ...noDecisions, approved } });
        const seen = new Set([...plan.unassign, ...plan.held].map((line) => line.grantee));
        for (const { grantee } of after.unassign) expect(seen).toContain(grantee);
        const increment = plan.held.filter((line) => line.action === 'increment');
        const most = increment.reduce((sum, line) => sum + (line.seats ?? 0), plan.increment);
        // An approved removal frees a seat for a joiner, so that somebody between two cohorts keeps theirs after all.
        const stillGoing = new Set(after.unassign.map((line) => line.grantee));
        const spared = plan.unassign.filter((line) => !stillGoing.has(line.grantee)).length;
        expect(after.increment).toBeLessThanOrEqual(
          Math.min(most + spared, input.guardrails.seatsPerDay - input.ledger.boughtToday),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it('asks for nothing again that was rejected, and takes nothing away by it (rule 8)', () => {
    fc.assert(
      fc.property(world, ({ input }) => {
        const plan = planPool(input);
        const rejected = new Map(
          plan.held.map((line) => [heldLineId(line, input.keyOf), line.seats ?? null]),
        );
        const after = planPool({ ...input, decisions: { ...noDecisions, rejected } });
        const kept = new Set(
          plan.held.filter((line) => line.action === 'unassign').map((line) => line.grantee),
        );
        for (const { grantee } of after.unassign) expect(kept).not.toContain(grantee);
        for (const line of after.held) {
          expect(line.action).toMatch(/increment|unassign/);
          if (line.action === 'unassign') expect(line.seats).toBe(0);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('tells the exact number to buy by hand: as many as lack a seat (rule 14)', () => {
    holds(({ input }, { plans, end }) => {
      const { spare, min, max } = input.policy.seats;
      if (input.policy.changesTotal || spare + min + input.state.limits.min > 0 || max !== null) return;
      const lacking = plans.end.waiting.filter((line) => line.reason.startsWith('no free seat'));
      if (end.stage.failed.size > 0 || lacking.length === 0) return;
      const bought = {
        ...end.state,
        total: end.state.total + lacking.length,
        usable: end.state.usable + lacking.length,
      };
      expect(lacking[0]?.reason).toBe(`no free seat: buy ${lacking.length}`);
      expect(planPool({ ...end, stage: input.stage, state: bought }).assign).toHaveLength(lacking.length);
    });
  });
});
