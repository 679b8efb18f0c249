import { html, raw } from 'hono/html';
import { type AssetName, assetPath } from '../assets.ts';
import type { Html } from '../site.ts';

/** Not in a template: the build would take such a template apart by a helper that the package does not have. */
const SCRIPT_END = raw('</script>');

/** A script of ours, loaded once the page is there. */
export function script(name: AssetName): Html {
  return html`<script type="module" src="${assetPath(name)}">${SCRIPT_END}`;
}
