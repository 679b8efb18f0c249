import { html } from 'hono/html';
import type { Html } from '../site.ts';
import { icon, type Tone } from './badge.ts';

/** What there is to say where there is nothing to show, and what to do first. */
export function empty(title: string, advice: Html | string): Html {
  return html`<div class="empty"><h2>${title}</h2><p>${advice}</p></div>`;
}

/** Something that one has to know before the rest. */
export function notice(tone: Tone, text: Html | string, advice: Html | string = ''): Html {
  return html`<div class="notice ${tone}">${icon(tone)}<div><p>${text}</p>${advice && html`<p class="muted">${advice}</p>`}</div></div>`;
}

/** A table that scrolls by itself where the screen is narrow. @param rows each a `<tr>`. */
export function table(caption: string, heads: readonly (string | Html)[], rows: readonly Html[]): Html {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** Facts with their names. */
export function facts(list: readonly (readonly [string, Html | string])[]): Html {
  return html`<dl class="facts">${list.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
