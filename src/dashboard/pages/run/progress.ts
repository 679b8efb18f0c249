import { html } from 'hono/html';
import type { PlacedEvent } from '../../../ledger/events.ts';
import type { Whereabouts } from '../../../runs/whereabouts.ts';
import { icon } from '../parts/badge.ts';
import { timeOfDay } from '../parts/time.ts';
import type { Html } from '../site.ts';

/** Where each pool is. A screen reader is told of a new stage, not of every tick. */
export function nowPart(run: string, places: readonly Whereabouts[]): Html {
  const entries = places.map(
    ({ pool, text }) =>
      html`<li data-pool="${pool}"><b>${pool}</b>: <span>${text}</span><progress hidden aria-label="${pool}: how far this stage is"></progress></li>`,
  );
  return html`<section class="card" aria-labelledby="now">
<div class="heading"><h2 id="now">Now</h2><noscript><a class="button" href="/runs/${run}">Refresh</a></noscript></div>
<div role="status"><ul class="plain-list" data-live="now">${entries}</ul></div>
<p class="muted small" data-live="connection" hidden>The connection was lost; this page tries again by itself.</p>
</section>`;
}

/** What was told of a run, oldest first. @param isWhole whether nothing is left out. */
export function logPart(
  events: readonly PlacedEvent[],
  isWhole: boolean,
  { run, timeZone }: { readonly run: string; readonly timeZone: string },
): Html {
  const all = isWhole ? '' : html`<p><a href="/runs/${run}?log=all#log-title">Show all messages</a></p>`;
  if (events.length === 0)
    return html`<p class="muted">Its messages are gone: they are kept for two weeks. What it did is above.</p>`;
  const lines = events.map(({ event }) => logLine(event.at, event.pool, event.step, event.text, timeZone));
  return html`${all}<div class="log" role="log" aria-labelledby="log-title" tabindex="0"><ol class="plain-list" data-live="log">${lines}</ol></div>`;
}

function logLine(at: string, pool: string | null, step: string, text: string, timeZone: string): Html {
  const mark = MARKS[step] === undefined ? '' : icon(MARKS[step]);
  return html`<li>${timeOfDay(at, timeZone)} ${mark}${pool !== null && html`<b>${pool}</b> `}${text}</li>`;
}

const MARKS: Readonly<Record<string, 'bad' | 'wait' | 'good'>> = {
  failed: 'bad',
  retry: 'wait',
  'rate-limited': 'wait',
  'take-over': 'wait',
  end: 'good',
};
