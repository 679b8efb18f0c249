import { accountHash } from '../../config/pools.ts';
import { systemClock, toInstant } from '../../src/dates.ts';
import { adoptList, compareList } from '../../src/ledger/adopt.ts';
import { readAssignments } from '../../src/ledger/assignments.ts';
import type { SecureMailMergeSettingsChange } from '../../src/sandbox/securemailmerge/options.ts';
import { unexplained } from './judge.ts';
import type { Scenario } from './kill-matrix.ts';
import { type School, startSchool, taught, teaches } from './school.ts';

const KEPT = ['owner@example.org', 'stranger@example.org', 'stan@example.org'];
const LEAVERS = ['lena@example.org', 'leo@example.org'];
const JOINERS = ['ada@example.org', 'bo@example.org', 'cy@example.org'];
const LICENSES = 8;

/** Leavers and joiners of a pool that can't be read, which was adopted before. Each is one request. */
function scenario(name: string, settings: SecureMailMergeSettingsChange): Scenario {
  const assigned = [...KEPT, ...JOINERS].sort();
  return {
    name,
    provider: 'securemailmerge',
    goal: { from: LICENSES, seats: LICENSES, assigned, untouched: KEPT },
    judge: (school) => judge(school, assigned, settings.reassign !== 'refused'),
    start: async (redis) => {
      const school = await startSchool({
        ...(redis === undefined ? {} : { redis }),
        secureMailMerge: {
          subscriptions: [{ licenses: LICENSES, assigned: [...KEPT, ...LEAVERS] }],
          settings,
        },
        roster: [...taught(...LEAVERS), ...teaches('stan@example.org', ...JOINERS)],
        pools: [{ id: 'mail-merge', protect: ['owner@example.org'] }],
      });
      const { store, config } = school.service.context;
      const account = config.pools.map(accountHash).join();
      const people = new Map([...KEPT, ...LEAVERS].map((who) => [who, who]));
      const by = { file: 'export.csv', who: 'test', at: toInstant(systemClock.now()), account };
      await adoptList(store, await compareList(store, 'mail-merge', people), by);
      return school;
    },
  };
}

/** By the stand-in's own log. Where assigning twice is no error, nobody is ever given a seat twice. */
async function judge(school: School, wanted: readonly string[], once: boolean): Promise<string[]> {
  const faults: string[] = [];
  const assigned = school.sandbox.secureMailMerge.report().subscriptions[0]?.assigned ?? [];
  if (assigned.join() !== wanted.join()) faults.push(`assigned are ${assigned.join(', ')}`);
  const marks = [...(await readAssignments(school.service.context.store, 'mail-merge')).values()];
  const known = marks.map(({ grantee, state }) => (state === 'assigned' ? grantee : `${grantee}?`)).sort();
  if (known.join() !== wanted.join()) faults.push(`the ledger has ${known.join(', ')}`);
  const effects = school.sandbox.effects().filter(({ by }) => by === 'api');
  for (const { from, to, kind } of effects) {
    if (KEPT.some((who) => who === from || who === to)) faults.push(`${kind} of ${from ?? to}`);
  }
  if (once && effects.length !== LEAVERS.length + JOINERS.length) faults.push(`${effects.length} effects`);
  return [...faults, ...unexplained(effects, await school.audit())];
}

export const UNREAD_SCENARIOS: readonly Scenario[] = [
  scenario('assigning twice accepted', {}),
  scenario('assigning twice refused, nobody named', { reassign: 'refused', errors: 'opaque' }),
];
