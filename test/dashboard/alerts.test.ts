import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { startSchool } from '../support/school.ts';
import { call } from '../support/service.ts';
import { serveApp } from './app.ts';

const rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});

test('the alert rules name only metrics that are there, and one is for a missing success', async () => {
  const text = readFileSync(new URL('../../config/prometheus-alerts.yaml', import.meta.url), 'utf8');
  const alerts = rules.parse(parse(text)).groups.flatMap((group) => group.rules);
  expect(alerts.map((rule) => rule.alert)).toContain('CohortSyncNoSuccess');
  await using school = await startSchool();
  await using app = await serveApp(school);
  // Before the first run there is no success to count from, but something to see that by.
  const metrics = await (await call(app.url, 'GET', '/metrics')).text();
  expect(metrics).toContain('cohort_sync_pool_verdict{pool="teaching",verdict="in-sync"} 0');
  expect(metrics).not.toMatch(/^cohort_sync_seconds_since_success\{/m);
  for (const { expr } of alerts) {
    for (const [name] of expr.matchAll(/cohort_sync_\w+/g)) expect(metrics).toContain(`# TYPE ${name} `);
  }
});
