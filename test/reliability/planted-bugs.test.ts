import { expect, test } from 'vitest';
import { PLANTED_BUGS, placesOf } from '../support/planted-bugs.ts';

test.for(PLANTED_BUGS)('the planted bug fits the source: $name', ({ edits }) => {
  expect(edits.map(placesOf)).toEqual(edits.map(() => 1));
});
