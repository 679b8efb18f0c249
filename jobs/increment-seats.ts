import type { Job } from 'bullmq';
import type { JobContext } from './context.ts';
import { processTotal } from './seat-total.ts';

/** Buys the seats that are missing, in one change of the total, and sees it settled. */
export function incrementSeats(job: Job, context: JobContext, signal: AbortSignal): Promise<void> {
  return processTotal(job, context, signal, 'increment');
}
