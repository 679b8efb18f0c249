import { html, raw } from 'hono/html';
import type { Visitor } from '../principal.ts';
import { assetPath } from './assets.ts';
import { formToken } from './parts/form.ts';
import type { Html } from './site.ts';

/** The entries of the navigation, in its order. */
const NAVIGATION = [
  ['/', 'Overview'],
  ['/preview', 'Preview'],
  ['/runs', 'Runs'],
  ['/people', 'People'],
  ['/queues', 'Queues'],
] as const;

export type NavPath = (typeof NAVIGATION)[number][0];

export interface Frame {
  readonly title: string;
  readonly current: NavPath | null;
  /** Who is signed in; null is nobody. */
  readonly visitor: Visitor | null;
  readonly timeZone: string;
  readonly version: string;
  /** Nobody needs to sign in. */
  readonly isOpen: boolean;
}

/** Not in a template: the build would take such a template apart by a helper that the package does not have. */
const SCRIPT_END = raw('</script>');

/** What is around every page. */
export function layout({ title, current, visitor, timeZone, version, isOpen }: Frame, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · cohort-sync</title>
<link rel="icon" href="${assetPath('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetPath('pages.css')}">
<script type="module" src="${assetPath('pages.js')}">${SCRIPT_END}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/">cohort-sync</a>
${visitor && navigation(current)}
${visitor && who(visitor, isOpen)}
</header>
<main id="main" tabindex="-1">
${body}
</main>
<footer class="bottom">
<p>Times are in ${timeZone}.</p>
<p>cohort-sync ${version}</p>
</footer>
</body>
</html>
`;
}

/** Links to the pages, with the one that is shown marked. */
export function navigation(current: NavPath | null): Html {
  const entries = NAVIGATION.map(([path, name]) =>
    path === current
      ? html`<li><a href="${path}" aria-current="page">${name}</a></li>`
      : html`<li><a href="${path}">${name}</a></li>`,
  );
  return html`<nav aria-label="Pages"><ul>${entries}</ul></nav>`;
}

function who({ principal, formToken: token }: Visitor, isOpen: boolean): Html {
  const { name, role } = principal;
  if (isOpen) {
    return html`<p class="who" title="No tokens are configured (http.tokens): everyone on this machine may act."><b>${name}</b> ${role}, no sign-in needed</p>`;
  }
  return html`<div class="who"><p><b>${name}</b> ${role}</p>
<form method="post" action="/sign-out">${formToken(token)}<button class="plain">Sign out</button></form></div>`;
}
