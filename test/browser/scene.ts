import { triggerSync } from '../../jobs/trigger.ts';
import { addDays, dateIn, startOfDay, systemClock } from '../../src/dates.ts';
import { type School, startSchool, type Teaching } from '../support/school.ts';

/** First days of the scene's cohorts, in days from today, and how many teach each. */
const COHORTS = [
  ['2026-A', -62, 7],
  ['2026-B', -27, 9],
  ['2026-C', 8, 12],
  ['2026-D', 43, 8],
] as const;

const NAMES = [
  'ann.lee',
  'ben.okafor',
  'carla.ruiz',
  'dev.patel',
  'eva.novak',
  'finn.berg',
  'gia.rossi',
  'hana.sato',
  'ivan.petrov',
  'jo.smith',
  'kim.tran',
  'lou.martin',
  'mia.cohen',
  'noah.diaz',
  'ola.nowak',
];

function teachers(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, place) => `${NAMES[(from + place) % NAMES.length]}@example.org`);
}

/** A roster of four cohorts that follow each other, some people teaching two of them. */
export function sceneRoster(): Teaching[] {
  return COHORTS.flatMap(([cohort, start, count], place) =>
    teachers(place * 4, count).map((who) => ({ who, startedDaysAgo: -start, cohort })),
  );
}

/** A school with a past: runs on some days of the last two months, the last one a moment ago. */
export async function startScene(): Promise<School> {
  const school = await startSchool({
    salable: { subscriptions: [{ seats: 2 }, { seats: 4 }] },
    pools: [{ id: 'salable-teaching' }, { id: 'salable-grading', max: 9 }],
    roster: sceneRoster(),
  });
  await school.worker();
  const today = dateIn(systemClock.now(), 'America/New_York');
  const { context } = school.service;
  for (const days of [-63, -50, -29, -24, -5]) {
    const at = startOfDay(addDays(today, days), 'America/New_York') + 6 * 3_600_000;
    const { run } = await triggerSync(context, {
      by: 'cron',
      pools: ['salable-teaching', 'salable-grading'],
      at,
    });
    await school.ended(run);
  }
  await school.sync();
  return school;
}
