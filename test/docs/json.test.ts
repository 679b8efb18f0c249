import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { planDocument, runDocument, runList } from '../../src/dashboard/schemas.ts';
import { heldLine } from '../../src/runs/documents.ts';
import { forecastDocument } from '../../src/runs/forecast.ts';

const explained = z.strictObject({
  person: z.string(),
  pools: z.array(
    z.strictObject({
      pool: z.string(),
      state: z.string(),
      reason: z.string(),
      rows: z.array(
        z.strictObject({ row: z.number(), cohort: z.string(), startsOn: z.string(), endsOn: z.string() }),
      ),
      rule: z.string(),
      lastAnswer: z.string().nullable(),
      nextTry: z.string().nullable(),
    }),
  ),
});
const rejected = z.strictObject({
  run: z.string(),
  decision: z.literal('rejected'),
  pools: z.array(z.strictObject({ pool: z.string(), lines: z.array(heldLine) })),
});
const checks = z.strictObject({
  checks: z.array(z.strictObject({ check: z.string(), ok: z.boolean(), message: z.string() })),
});

/** Under each heading of the page, the schemas of its documents in their order. */
const PAGE: Readonly<Record<string, readonly z.ZodType[]>> = {
  plan: [planDocument],
  'sync --wait, show': [runDocument],
  'runs, check': [runList.omit({ next: true }), checks],
  explain: [explained],
  forecast: [forecastDocument],
  'approve, reject': [rejected],
};

test('the documents of docs/json.md are as the commands print them', () => {
  const page = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');
  const found = page.split(/^## /m).flatMap((part) => {
    const heading = part.slice(0, part.indexOf('\n'));
    const blocks = [...part.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, json = '']) => JSON.parse(json));
    return blocks.length === 0 ? [] : [[heading, blocks] as const];
  });
  expect(found.map(([heading]) => heading)).toEqual(Object.keys(PAGE));
  for (const [heading, blocks] of found) {
    const schemas = PAGE[heading] ?? [];
    expect(blocks, heading).toHaveLength(schemas.length);
    // Nor is there anything that they don't print.
    for (const [at, schema] of schemas.entries()) expect(schema.parse(blocks[at])).toEqual(blocks[at]);
  }
});
