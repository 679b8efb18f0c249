import { type Calls, countCalls, DAYS, openSchool } from './calls.ts';
import { benchPages } from './pages.ts';
import { benchPlanning, type PlanningMeasure } from './planning.ts';
import { benchQueue } from './queue.ts';
import { benchRecovery, benchTwoWorkers } from './recovery.ts';
import { benchRoster } from './roster.ts';
import { benchService } from './service.ts';
import { benchStartUp } from './start-up.ts';
import { atMost, information, type Line, median, renderLines } from './table.ts';
import { benchZoom } from './zoom.ts';

async function planningLines(): Promise<Line[]> {
  // Pairs, each measured in one go, and the middle one: whatever else the machine does hits both of a pair.
  const pairs: { readonly small: PlanningMeasure; readonly large: PlanningMeasure }[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const [small, large] = await benchPlanning([10_000, 100_000]);
    if (small !== undefined && large !== undefined) pairs.push({ small, large });
  }
  const growth = pairs.map(({ small, large }) => large.ms / large.rows / (small.ms / small.rows));
  return [
    atMost('planning: time a row with 100,000 rows, to that with 10,000', median(growth), 1),
    atMost('planning 100,000 rows', median(pairs.map(({ large }) => large.ms)), 1_000, 'ms'),
    atMost(
      'planning 100,000 rows: most of the heap in use',
      Math.max(...pairs.map(({ large }) => large.mib)),
      250,
      'MiB',
    ),
    information('  planning 10,000 rows', median(pairs.map(({ small }) => small.ms)), 'ms'),
  ];
}

async function callLines(): Promise<Line[]> {
  await using school = await openSchool();
  await countCalls(school, DAYS.before);
  const change: Calls = await countCalls(school, DAYS.change);
  const idle: Calls = await countCalls(school, DAYS.after);
  return [
    atMost('requests to Salable of a run with nothing to do', idle.salableReads + idle.salableWrites, 4),
    atMost('requests to the sheet of a run with nothing to do', idle.sheet, 2),
    atMost('writes to Salable for a change of 100 people', change.salableWrites, 4),
    information('  polls of the event of the purchase', change.eventPolls),
    information('  reads of Salable for that change', change.salableReads),
    information('  requests for a token of the sheet, a run', idle.token),
  ];
}

async function zoomLines(): Promise<Line[]> {
  const { idleCalls, ratio, seconds, refused } = await benchZoom();
  return [
    atMost('requests to Zoom for 1,200 users with nothing to do, token included', idleCalls, 9),
    atMost('300 Zoom licenses: time, to that which the limit of Pro allows', ratio, 1.25),
    atMost('requests to Zoom above its limits', refused, 0),
    information('  300 Zoom licenses', seconds * 1000, 'ms'),
  ];
}

async function rosterLines(): Promise<Line[]> {
  const measures = await benchRoster();
  return measures.flatMap(({ source, rows, time, memory, ms, mib }) => {
    const what = `${source}: ${rows.toLocaleString('en-US')} rows read and validated`;
    return [
      atMost(`${what}: processor time, to that of the bare parser`, time, 2),
      atMost(`${what}: most memory of the process, likewise`, memory, 2),
      information(`  ${source}`, ms, 'ms'),
      information(`  ${source}`, mib, 'MiB'),
    ];
  });
}

/**
 * `npm run bench`: what cohort-sync costs, as ratios within one run where a figure alone would only tell of the machine.
 * Ends with 1 if a limit is not kept.
 */
const lines: Line[] = [];
for (const measure of [
  planningLines,
  rosterLines,
  benchQueue,
  benchStartUp,
  benchService,
  benchPages,
  benchTwoWorkers,
  benchRecovery,
  callLines,
  zoomLines,
]) {
  const measured = await measure();
  // At once: all of them take some minutes.
  process.stdout.write(`${renderLines(measured)}\n`);
  lines.push(...measured);
}
if (lines.some(({ pass }) => pass === false)) process.exitCode = 1;
