import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { triggerSync } from '../../jobs/trigger.ts';
import { addDays, dateIn, startOfDay, systemClock } from '../../src/dates.ts';
import { type School, startSchool } from '../support/school.ts';

const TIME_ZONE = 'America/New_York';

const TEACHING = 'salable-teaching';
const GRADING = 'salable-grading';

/** Cohorts that follow each other: their first days from today, and who teaches them. */
const COHORTS = [
  ['Autumn 1', -62, 0, 8],
  ['Autumn 2', -27, 5, 12],
  ['Winter 1', 1, 11, 10],
  ['Winter 2', 43, 2, 15],
] as const;

const NAMES = [
  ...['Ann Lee', 'Ben Okafor', 'Carla Ruiz', 'Dev Patel', 'Eva Novak', 'Finn Berg', 'Gia Rossi', 'Hana Sato'],
  ...['Ivan Petrov', 'Jo Smith', 'Kim Tran', 'Lou Martin', 'Mia Cohen', 'Noah Diaz', 'Ola Nowak', 'Pia Lind'],
];

/** Who graded in the current cohort, and whose rows somebody has deleted by now. */
const GRADERS = ['Finn Berg', 'Gia Rossi', 'Lou Martin', 'Mia Cohen'];
const DELETED = NAMES.slice(7, 11);

function rows(today: string, without: readonly string[]): string[] {
  return COHORTS.flatMap(([cohort, start, first, count]) =>
    Array.from({ length: count }, (_, place) => NAMES[(first + place) % NAMES.length] ?? '')
      .filter((name) => !(cohort === 'Autumn 2' && without.includes(name)))
      .map((name) => {
        const pools = GRADERS.includes(name) ? `"${TEACHING}, ${GRADING}"` : TEACHING;
        const email = `${name.toLowerCase().replace(' ', '.')}@example.org`;
        return [email, name, cohort, addDays(today, start), addDays(today, start + 34), pools].join(',');
      }),
  );
}

/**
 * A school with a past, for pictures: runs on some days of the last two months, and a last one in which a cohort is joined
 * while four rows of another have been deleted.
 * @returns it, and the run that holds their removal.
 */
export async function startScene(): Promise<{ readonly school: School; readonly run: string }> {
  const school = await startSchool({
    salable: { subscriptions: [{ seats: 3 }, { seats: 2 }] },
    pools: [{ id: TEACHING }, { id: GRADING, keepUnusedDays: 0 }],
  });
  const today = dateIn(systemClock.now(), TIME_ZONE);
  const write = (without: readonly string[]) => {
    const header = 'Email,Instructor,Cohort,Start date,End date,Licenses';
    writeFileSync(path.join(school.folder, 'roster.csv'), [header, ...rows(today, without), ''].join('\n'));
  };
  write([]);
  await school.worker();
  const { context } = school.service;
  for (const days of [-63, -50, -29, -24, -5]) {
    const at = startOfDay(addDays(today, days), TIME_ZONE) + 6 * 3_600_000;
    const { run } = await triggerSync(context, { by: 'cron', pools: [TEACHING, GRADING], at });
    await school.ended(run);
  }
  write(DELETED);
  const { run } = await school.sync();
  return { school, run };
}
