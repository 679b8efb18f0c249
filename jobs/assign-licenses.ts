import type { JobContext } from './context.ts';
import { processLines } from './seat-lines.ts';
import type { Stop, Task } from './task.ts';

/** Gives seats to one chunk of new instructors. */
export function assignLicenses(task: Task, context: JobContext, stop: Stop): Promise<void> {
  return processLines(task, context, stop, {
    stage: 'assign',
    past: 'assigned',
    call: (provider) => (lines, gate, abort) => provider.assign(lines, gate, abort),
  });
}
