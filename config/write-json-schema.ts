import { writeFileSync } from 'node:fs';
import { jsonSchemaText } from './json-schema.ts';

// `npm run schema`: brings the committed schema in step with the code. A test fails while it isn't.
writeFileSync(new URL('cohort-sync.schema.json', import.meta.url), jsonSchemaText());
