import { describe, expect, it } from 'vitest';
import { createMask, providerWords } from '../../../src/providers/http/mask.ts';

const secret = 'sk_live+a/b=c "d"';

describe('createMask', () => {
  const mask = createMask([secret, '']);

  it.each([
    ['as it stands', secret],
    ['in another case', secret.toUpperCase()],
    ['URL-encoded', encodeURIComponent(secret)],
    ['as a form value', new URLSearchParams({ s: secret }).toString().slice(2)],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in URL-safe base64', Buffer.from(secret).toString('base64url')],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
  ])('hides a secret %s', (_how, form) => {
    expect(mask(`before ${form} after`)).toMatch(/^before \*\*\*=* after$/);
  });

  it('leaves everything else alone, and ignores an empty secret', () => {
    expect(mask('nothing to hide')).toBe('nothing to hide');
    expect(createMask([''])('a')).toBe('a');
  });
});

describe('providerWords', () => {
  it('is one line of at most 300 characters', () => {
    expect(providerWords('card\n\tdeclined\u2028\u0007 now ', (text) => text)).toBe('card declined now');
    expect(providerWords('x'.repeat(301), (text) => text)).toHaveLength(300);
  });

  it('leaves no half of a secret at the cut', () => {
    const words = providerWords(`${'x'.repeat(295)}${secret}`, createMask([secret]));
    expect(words).toBe(`${'x'.repeat(295)}***`);
  });
});
