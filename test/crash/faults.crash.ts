import { expect, test } from 'vitest';
import { runCases } from '../support/cases.ts';
import { FAULT_CASES, sufferFault } from '../support/fault-table.ts';

const only = process.env.FAULT;

test('whatever fails between us, the provider and Redis, nothing is bought twice and everything comes right', async () => {
  const failed = await runCases(
    'faults',
    FAULT_CASES.filter(({ fault }) => only === undefined || fault.name.includes(only)),
    ({ scenario, fault }) => `${scenario.name}: ${fault.name}`,
    ({ scenario, fault }) => sufferFault(scenario, fault),
    { atOnce: 3 },
  );
  expect(failed).toEqual([]);
});
