import { html } from 'hono/html';
import type { DoneRow, PlanRow } from '../../../runs/plan-rows.ts';
import type { Html } from '../site.ts';
import type { Tone } from './badge.ts';
import { table } from './boxes.ts';
import { moment } from './time.ts';

/** One line of a plan or a run, as a row of a table. */
export interface Line {
  readonly tone: Tone;
  readonly label: string;
  readonly who: string;
  readonly isPerson: boolean;
  readonly why: string;
  readonly retryAt: string | null;
}

const PLANNED: Readonly<Record<PlanRow['kind'], readonly [Tone, string]>> = {
  unassign: ['change', '− unassign'],
  buy: ['change', '+ buy'],
  assign: ['change', '+ assign'],
  'give-back': ['change', '− give back'],
  held: ['held', 'held'],
  waiting: ['wait', 'waits'],
  kept: ['none', 'kept'],
  barred: ['bad', 'can’t be assigned'],
};

const DONE: Readonly<Record<DoneRow['kind'], readonly [Tone, string]>> = {
  unassigned: ['good', '− unassigned'],
  bought: ['good', '+ bought'],
  assigned: ['good', '+ assigned'],
  'gave-back': ['good', '− gave back'],
  failed: ['bad', 'failed'],
};

export function plannedLine({ kind, held, who, isPerson, reason }: PlanRow): Line {
  const [tone, label] = PLANNED[kind];
  return {
    tone,
    label: held === null ? label : `${label}: ${held}`,
    who,
    isPerson,
    why: reason,
    retryAt: null,
  };
}

export function doneLine({ kind, action, who, isPerson, reason, retryAt }: DoneRow): Line {
  const [tone, label] = DONE[kind];
  return {
    tone,
    label: action === null ? label : `${label}: ${action}`,
    who,
    isPerson,
    why: reason,
    retryAt,
  };
}

/** Lines as a table. The markup is short: there may be five hundred of them. */
export function linesTable(caption: string, lines: readonly Line[], timeZone: string): Html {
  return table(
    caption,
    ['What', 'Who', 'Why'],
    lines.map(
      ({ tone, label, who, isPerson, why, retryAt }) =>
        html`<tr><td class="kind ${tone}">${label}<td>${isPerson ? person(who) : who}<td>${why}${retryAt && html` <b>Next try: ${moment(retryAt, timeZone)}.</b>`}`,
    ),
  );
}

/** A person by the address, which leads to their page. An id of the provider leads nowhere. */
export function person(grantee: string): Html {
  if (!grantee.includes('@')) return html`<bdi>${grantee}</bdi>`;
  return html`<a href="/people/${encodeURIComponent(grantee).replaceAll('%40', '@')}">${grantee}</a>`;
}
