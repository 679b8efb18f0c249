import type { Job } from 'bullmq';
import type { JobContext } from './context.ts';
import { processTotal } from './seat-total.ts';

/** Gives back the seats that nobody needs, in one change of the total, and sees it settled. */
export function decrementSeats(job: Job, context: JobContext, signal: AbortSignal): Promise<void> {
  return processTotal(job, context, signal, 'decrement');
}
