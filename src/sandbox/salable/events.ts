import { type ChangeContext, endSeatEvent, hasEnded } from './seats.ts';
import type { SeatEvent } from './state.ts';

/** One poll: the event goes on from `queued` to `pending` or `retrying`, and ends where the polls decide. */
export function followEvent(context: ChangeContext, event: SeatEvent): void {
  if (hasEnded(event)) return;
  const { after, outcome, retrying } = event.plan;
  event.polls += 1;
  if (typeof after === 'object' && 'polls' in after && event.polls > after.polls && outcome !== 'never') {
    endSeatEvent(context, event, outcome);
  } else if (event.polls > 1) {
    event.status = retrying ? 'retrying' : 'pending';
    event.updatedAt = context.now;
  }
}

/** When the event ends by the clock, in milliseconds since the epoch; null if not by the clock, or not at all. */
export function dueAt(event: SeatEvent): number | null {
  const { after, outcome } = event.plan;
  if (hasEnded(event) || outcome === 'never') return null;
  return typeof after === 'object' && 'milliseconds' in after ? event.createdAt + after.milliseconds : null;
}
