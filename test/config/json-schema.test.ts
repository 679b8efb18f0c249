import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { jsonSchemaText } from '../../config/json-schema.ts';

test('the committed schema for editors is the generated one (otherwise run `npm run schema`)', () => {
  const committed = readFileSync(new URL('../../config/cohort-sync.schema.json', import.meta.url), 'utf8');
  expect(committed).toBe(jsonSchemaText());
});
