import type { JobContext } from './context.ts';
import { processTotal } from './seat-total.ts';
import type { Stop, Task } from './task.ts';

/** Buys the seats that are missing, in one change of the total, and sees it settled. */
export function incrementSeats(task: Task, context: JobContext, stop: Stop): Promise<void> {
  return processTotal(task, context, stop, 'increment');
}
