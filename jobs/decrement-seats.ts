import type { JobContext } from './context.ts';
import { processTotal } from './seat-total.ts';
import type { Stop, Task } from './task.ts';

/** Gives back the seats that nobody needs, in one change of the total, and sees it settled. */
export function decrementSeats(task: Task, context: JobContext, stop: Stop): Promise<void> {
  return processTotal(task, context, stop, 'decrement');
}
