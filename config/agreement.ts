import { z } from 'zod';
import type { ConfigFault } from '../src/errors.ts';
import { isLoopback } from './fields.ts';
import { accountOf, accountSchema, type PoolAccount } from './pools.ts';

/** What is parsed once a process isn't worth compiling parsers for. */
const ONCE = { jitless: true } as const;

// What is looked at here. A part that is itself faulty is left out: it has a fault of its own from the schema.
const ids = z.array(z.looseObject({ id: z.string().nullable().catch(null) }).catch({ id: null })).catch([]);
const accounts = z.looseObject({ pools: z.array(accountSchema.nullable().catch(null)) });
const poolLists = z.array(z.looseObject({ pools: z.array(z.unknown()) }).catch({ pools: [] })).catch([]);
const http = z.looseObject({ host: z.string(), tokens: z.array(z.unknown()).optional() });
const roster = z.looseObject({ sheet: z.unknown(), sheets: z.unknown() });
const parts = z.looseObject({
  pools: ids,
  schedule: poolLists,
  http: http.nullable().catch(null),
  roster: roster.nullable().catch(null),
  redis: z.record(z.string(), z.unknown()).nullable().catch(null),
});

/**
 * Faults of settings that don't fit each other. They are looked for apart from the schema, since zod skips checks across
 * settings while single ones are faulty, and all faults are to be told at once.
 *
 * @param document the configuration as it was read, before defaults.
 */
export function disagreements(document: unknown): ConfigFault[] {
  const { data } = parts.safeParse(document);
  if (data === undefined) return [];
  return [
    ...repeatedIds(data.pools),
    ...repeatedAccounts(data.pools, accounts.safeParse(document, ONCE).data?.pools ?? []),
    ...unknownPools(data),
    ...missingTokens(data.http),
    ...twoKindsOfTab(data.roster),
    ...twoKindsOfRedis(data.redis),
  ];
}

type Parts = z.infer<typeof parts>;

function twoKindsOfRedis(redis: Parts['redis']): ConfigFault[] {
  const kinds = ['url', 'sentinel', 'cluster'].filter((kind) => redis?.[kind] !== undefined);
  if (kinds.length < 2) return [];
  return [
    {
      path: 'redis',
      problem: `names the server ${kinds.length} times, by ${kinds.join(' and ')}: one is needed`,
    },
  ];
}

function repeatedIds(pools: Parts['pools']): ConfigFault[] {
  const names = pools.map(({ id }) => id);
  return names.flatMap((id, index) => {
    const first = names.indexOf(id);
    if (id === null || first === index) return [];
    return [
      { path: `pools[${index}].id`, problem: `pools[${first}] is called ${id} too; each needs its own id` },
    ];
  });
}

/** The setting that tells accounts of one provider apart, and what it names. */
const TOLD_BY: Record<PoolAccount['provider'], readonly [setting: string, what: string]> = {
  salable: ['subscriptionUuid', 'subscription'],
  zoom: ['accountId', 'account'],
  securemailmerge: ['subscriptionId', 'subscription'],
};

/** Two pools of one account would each buy what is missing, and free the people of the other. */
function repeatedAccounts(pools: Parts['pools'], found: readonly (PoolAccount | null)[]): ConfigFault[] {
  const names = found.map((pool) => (pool === null ? null : accountOf(pool)));
  return found.flatMap((pool, index) => {
    const first = names.indexOf(names[index] ?? null);
    if (pool === null || first === index) return [];
    const [setting, what] = TOLD_BY[pool.provider];
    const id = pools[first]?.id ?? null;
    const other = id === null ? `pools[${first}]` : `pools[${first}] (${id})`;
    const problem = `expected one ${what} a pool, found that of ${other} again: both would buy each missing seat and free each other's people; join them to one pool, or use another ${what}`;
    return [{ path: `pools[${index}].${setting}`, problem }];
  });
}

function unknownPools({ pools, schedule }: Parts): ConfigFault[] {
  const names = pools.flatMap(({ id }) => id ?? []);
  return schedule.flatMap((entry, index) =>
    entry.pools.flatMap((id, place) => {
      if (typeof id !== 'string' || names.includes(id)) return [];
      const problem = `there is no pool ${JSON.stringify(id)}; the pools are ${names.join(', ')}`;
      return [{ path: `schedule[${index}].pools[${place}]`, problem }];
    }),
  );
}

function missingTokens(http: Parts['http']): ConfigFault[] {
  if (http === null || isLoopback(http.host) || (http.tokens ?? []).length > 0) return [];
  const problem = `at least one token is needed to serve on ${http.host}, which others can reach`;
  return [{ path: 'http.tokens', problem }];
}

function twoKindsOfTab(roster: Parts['roster']): ConfigFault[] {
  if (roster?.sheet === undefined || roster.sheets === undefined) return [];
  return [{ path: 'roster.sheets', problem: 'roster.sheet is given too; there is one tab, or one a cohort' }];
}
