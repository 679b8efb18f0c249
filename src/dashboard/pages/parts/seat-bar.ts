import { html } from 'hono/html';
import type { Html } from '../site.ts';

export interface Seats {
  /** Paid for. */
  readonly total: number;
  readonly assigned: number;
  /** People who are due a seat and have none. */
  readonly waiting: number;
}

/** Seats as a bar: assigned, unused, and beyond what is paid those who wait. The same in words beside it. */
export function seatBar(pool: string, { total, assigned, waiting }: Seats): Html {
  const unused = Math.max(0, total - assigned);
  const whole = Math.max(1, Math.max(total, assigned) + waiting);
  const share = (seats: number) => `${Math.round((seats * 10_000) / whole) / 100}%`;
  const text = `${pool}: ${total} seats paid, ${assigned} assigned, ${unused} unused, ${waiting} people waiting`;
  return html`<svg class="seat-bar" role="img" aria-label="${text}" width="100%" height="14">
<defs><pattern id="wait-${pool}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="wait-ground" width="6" height="6"/><rect class="wait-stripe" width="3" height="6"/></pattern></defs>
<rect class="unused" width="${share(Math.max(total, assigned))}" height="14"/>
<rect class="assigned" width="${share(assigned)}" height="14"/>
${waiting > 0 && html`<rect x="${share(Math.max(total, assigned))}" width="${share(waiting)}" height="14" fill="url(#wait-${pool})"/>`}
</svg>
<ul class="legend">
<li><b>${total}</b> paid</li>
<li><i class="key assigned"></i><b>${assigned}</b> assigned</li>
<li><i class="key unused"></i><b>${unused}</b> unused</li>
<li><i class="key waiting"></i><b>${waiting}</b> waiting</li>
</ul>`;
}
