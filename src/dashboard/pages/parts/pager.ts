import { html } from 'hono/html';
import { z } from 'zod';
import type { Html } from '../site.ts';

/** Number of a page in an address, from 1; anything else is the first one. */
export const pageNumber = z.coerce.number().int().min(1).max(100_000).catch(1);

export interface Paging {
  /** From 1. */
  readonly page: number;
  readonly size: number;
  readonly count: number;
}

/** What a list is cut to. */
export function startOf({ page, size }: Pick<Paging, 'page' | 'size'>): number {
  return (page - 1) * size;
}

/** Of several lists, one after another, what is on this page of each. */
export function onPage<T>(
  lists: readonly (readonly T[])[],
  { page, size }: Pick<Paging, 'page' | 'size'>,
): readonly T[][] {
  const from = startOf({ page, size });
  let before = 0;
  return lists.map((list) => {
    const shown = list.slice(Math.max(0, from - before), Math.max(0, from + size - before));
    before += list.length;
    return shown;
  });
}

/** Links to the pages around this one. @param href the address of a page by its number. */
export function pager({ page, size, count }: Paging, href: (page: number) => string): Html {
  const last = Math.max(1, Math.ceil(count / size));
  if (last === 1) return html``;
  const link = (to: number, text: string, rel: string) =>
    to < 1 || to > last ? '' : html`<a class="button" rel="${rel}" href="${href(to)}">${text}</a>`;
  return html`<nav class="row" aria-label="Pages of the list">${link(page - 1, 'Previous', 'prev')}<span>Page ${page} of ${last}</span>${link(page + 1, 'Next', 'next')}</nav>`;
}

/** An address with those of its fields that are set. */
export function withQuery(path: string, fields: Readonly<Record<string, string | number | null>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && value !== '') query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query}`;
}
