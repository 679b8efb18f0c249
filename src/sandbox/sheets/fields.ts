/** What a field mask keeps of an object: everything, or the named fields with masks of their own. */
type Mask = 'everything' | { readonly [field: string]: Mask };

/**
 * Cuts an answer down to a field mask, as `properties(title,locale),sheets.properties/title`; lists are cut in each of
 * their items. Loosely: a field that the answer doesn't have is no error. Null for a mask that can't be read.
 */
export function applyFields(answer: unknown, fields: string | null): { readonly body: unknown } | null {
  if (fields === null || fields === '*') return { body: answer };
  const mask = parseMask(fields);
  return mask === null ? null : { body: cut(answer, mask) };
}

/** Whether a mask asks for a field anywhere. */
export function asksFor(fields: string | null, name: string): boolean {
  return fields?.split(/[^\w*]+/).includes(name) ?? false;
}

function parseMask(text: string): Mask | null {
  const tokens = text.match(/[A-Za-z_]\w*|\*|[,()./]|\s+|./g)?.filter((token) => token.trim() !== '') ?? [];
  let at = 0;
  const mask = readList();
  return mask !== null && at === tokens.length ? mask : null;

  function readList(): Mask | null {
    let list: Mask = {};
    do {
      const path = readPath();
      if (path === null) return null;
      list = merge(list, path);
    } while (tokens[at] === ',' && ++at);
    return list;
  }

  function readPath(): Mask | null {
    const name = tokens[at++];
    if (name === undefined || !/^(\w+|\*)$/.test(name)) return null;
    let below: Mask | null = 'everything';
    if (tokens[at] === '.' || tokens[at] === '/') {
      at++;
      below = readPath();
    } else if (tokens[at] === '(') {
      at++;
      below = readList();
      if (tokens[at++] !== ')') return null;
    }
    if (below === null) return null;
    return name === '*' ? below : { [name]: below };
  }
}

function merge(one: Mask, other: Mask): Mask {
  if (one === 'everything' || other === 'everything') return 'everything';
  const merged: Record<string, Mask> = { ...one };
  for (const [field, mask] of Object.entries(other)) {
    const before = merged[field];
    merged[field] = before === undefined ? mask : merge(before, mask);
  }
  return merged;
}

function cut(value: unknown, mask: Mask): unknown {
  if (mask === 'everything' || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => cut(item, mask));
  const kept = Object.entries(value).flatMap(([field, below]) => {
    const belowMask = mask[field];
    return belowMask === undefined ? [] : [[field, cut(below, belowMask)]];
  });
  return Object.fromEntries(kept);
}
