import { html } from 'hono/html';
import type { Verdict } from '../../../runs/documents.ts';
import type { Html } from '../site.ts';

/** How something stands, told by words, a shape and a color. */
export type Tone = 'good' | 'change' | 'held' | 'wait' | 'bad' | 'none' | 'busy';

/** Drawn in 16 by 16. Each is told from the others without its color. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm3.3 5.3-4 4.2a.8.8 0 0 1-1.2 0L4.6 9l1.1-1.1 1 1 3.5-3.7z',
  change: 'M8 1 1 8l7 7 7-7zM7.2 4.8h1.6v2.4h2.4v1.6H8.8v2.4H7.2V8.8H4.8V7.2h2.4z',
  held: 'M5 1h6l4 4v6l-4 4H5l-4-4V5zm.5 4v6h1.8V5zm3.2 0v6h1.8V5z',
  wait: 'M3 1h10v3.4L9.6 8l3.4 3.6V15H3v-3.6L6.4 8 3 4.4zm2 1.6v1.2l3 3 3-3V2.6z',
  bad: 'M8 .8 15.6 15H.4zM7.2 6v4.4h1.6V6zm0 5.6v1.6h1.6v-1.6z',
  none: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6z',
  busy: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6v10.8A5.4 5.4 0 0 1 8 2.6z',
};

const VERDICTS: Readonly<Record<Verdict, readonly [Tone, string]>> = {
  'in-sync': ['good', 'in sync'],
  changes: ['change', 'changes'],
  held: ['held', 'held'],
  waiting: ['wait', 'waiting'],
  failed: ['bad', 'failed'],
};

/** The verdicts in words. */
export const VERDICT_TEXT: Readonly<Record<Verdict, string>> = {
  'in-sync': VERDICTS['in-sync'][1],
  changes: VERDICTS.changes[1],
  held: VERDICTS.held[1],
  waiting: VERDICTS.waiting[1],
  failed: VERDICTS.failed[1],
};

/** The badge of a verdict. */
export function verdictBadge(verdict: Verdict): Html {
  return badge(...VERDICTS[verdict]);
}

/** @param text in which it is said; it has to tell the same as the color. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}">${icon(tone)}${text}</span>`;
}

export function icon(tone: Tone): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path fill-rule="evenodd" d="${SHAPES[tone]}"/></svg>`;
}
