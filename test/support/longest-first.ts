import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest. What is begun late would go on alone, on one core, when all others have ended. */
const LONGEST = [
  'browser/pages',
  'browser/runs',
  'scenarios/reads',
  'reliability/schedules',
  'cli/sync',
  'reliability/runs',
  'securemailmerge/contract',
  'demo/demo',
  'service/',
  'scenarios/',
  'reliability/',
  'zoom/contract',
];

/** The order of the test files on a fresh checkout, where nothing is known of how long each takes. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((part) => moduleId.includes(part));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
