import { html } from 'hono/html';
import { someOf } from '../../../counted.ts';
import type { Html } from '../site.ts';

/** Names of people who are left alone that are shown. */
const UNMANAGED_SHOWN = 50;

/** Who holds a seat that is none of our business, folded. */
export function unmanagedPart(unmanaged: readonly string[]): Html | '' {
  if (unmanaged.length === 0) return '';
  return html`<details><summary>${unmanaged.length} left alone: unknown to cohort-sync, or protected</summary>
<p>${someOf(unmanaged, UNMANAGED_SHOWN)}</p></details>`;
}
