import { writeFileSync } from 'node:fs';
import { compareAll } from '../support/economics/compare.ts';
import { economicsPage } from '../support/economics/page.ts';

writeFileSync(new URL('../../docs/economics.md', import.meta.url), economicsPage(compareAll()));
