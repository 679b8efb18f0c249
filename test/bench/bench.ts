import { type Calls, countCalls, DAYS, openSchool } from './calls.ts';
import { benchPlanning, type PlanningMeasure } from './planning.ts';
import { benchQueue } from './queue.ts';
import { benchStartUp } from './start-up.ts';
import { atMost, information, type Line, renderLines } from './table.ts';
import { benchZoom } from './zoom.ts';

async function planningLines(): Promise<Line[]> {
  // In turns, and the best of each: what else the machine does makes nothing faster.
  const runs: PlanningMeasure[] = [];
  for (let turn = 0; turn < 3; turn++) runs.push(...(await benchPlanning([10_000, 100_000])));
  const best = (rows: number) => Math.min(...runs.flatMap((run) => (run.rows === rows ? run.ms : [])));
  const [small, large] = [best(10_000), best(100_000)];
  const heap = Math.max(...runs.map(({ mib }) => mib));
  return [
    atMost('planning: time a row with 100,000 rows, to that with 10,000', large / small / 10, 1),
    atMost('planning 100,000 rows', large, 1_000, 'ms'),
    atMost('planning 100,000 rows: most of the heap in use', heap, 250, 'MiB'),
    information('  planning 10,000 rows', small, 'ms'),
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

/**
 * `npm run bench`: what cohort-sync costs, as ratios within one run where a figure alone would only tell of the machine.
 * Ends with 1 if a limit is not kept.
 */
const lines: Line[] = [];
for (const measure of [planningLines, benchQueue, benchStartUp, callLines, zoomLines])
  lines.push(...(await measure()));
process.stdout.write(`${renderLines(lines)}\n`);
if (lines.some(({ pass }) => pass === false)) process.exitCode = 1;
