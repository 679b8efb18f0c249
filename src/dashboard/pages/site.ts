import type { Context } from 'hono';
import type { html } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Access, AppEnv } from '../auth.ts';
import type { DashboardDeps } from '../deps.ts';
import type { Visitor } from '../principal.ts';
import { layout, type NavPath } from './layout.ts';

/** A piece of a page, made by `html`: whatever is put into it is escaped. */
export type Html = ReturnType<typeof html>;

/** What the pages are made from. */
export interface Site {
  readonly deps: DashboardDeps;
  readonly access: Access;
}

export interface Page {
  /** Of the window, before the name of the product. */
  readonly title: string;
  /** Which entry of the navigation this is; null for none. */
  readonly current: NavPath | null;
  readonly body: Html;
  readonly status?: ContentfulStatusCode;
}

/** Nothing inline, nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Answers with a page in the frame of all pages. */
export function show(c: Context<AppEnv>, site: Site, page: Page): Response | Promise<Response> {
  return showTo({ principal: c.var.principal, formToken: c.var.formToken }, c, site, page);
}

/** The same for somebody of whom it is known otherwise who they are; null is nobody. */
export function showTo(
  visitor: Visitor | null,
  c: Context,
  { deps, access }: Site,
  { title, current, body, status = 200 }: Page,
): Response | Promise<Response> {
  c.header('content-security-policy', POLICY);
  // With no referrer at all the browser would not say whence a form comes.
  c.header('referrer-policy', 'same-origin');
  const { timeZone } = deps.config;
  const frame = { title, current, visitor, timeZone, version: deps.version, isOpen: access.isOpen };
  return c.html(layout(frame, body), status);
}
