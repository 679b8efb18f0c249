import type { JobContext } from './context.ts';
import { processLines } from './seat-lines.ts';
import type { Stop, Task } from './task.ts';

/** Frees the seats of one chunk of departed instructors. */
export function unassignLicenses(task: Task, context: JobContext, stop: Stop): Promise<void> {
  return processLines(task, context, stop, {
    stage: 'unassign',
    past: 'freed',
    call: (provider) => (lines, gate, abort) => provider.unassign(lines, gate, abort),
  });
}
