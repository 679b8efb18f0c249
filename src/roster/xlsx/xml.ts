import { SaxesParser } from 'saxes';

/** What is told of an XML document as it is read. Names are without namespace prefixes, which are the writer's choice. */
export interface XmlHandlers {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/**
 * What newer versions have added for themselves is left out, since it repeats names of the standard: a second
 * `workbookPr` that says nothing of the date system, in files of Excel for Macintosh, made all dates four years wrong.
 */
const EXTENSIONS = new Set(['extLst', 'AlternateContent']);

/** The document isn't well-formed XML in UTF-8. */
export class XmlFault extends Error {}

/**
 * Reads an XML document in pieces. Entities other than XML's own five are faults, so that nothing can grow by them.
 *
 * @throws XmlFault, or what a handler or the source throws.
 */
export async function parseXml(pieces: AsyncIterable<Uint8Array>, handlers: XmlHandlers): Promise<void> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  parser.on('error', (fault) => {
    throw new XmlFault(fault.message);
  });
  const text = (piece: string) => {
    if (extensions === 0) handlers.text?.(piece);
  };
  let extensions = 0;
  parser.on('opentag', ({ name, attributes }) => {
    const element = localName(name);
    if (EXTENSIONS.has(element)) extensions += 1;
    else if (extensions === 0) handlers.open(element, localNames(attributes));
  });
  parser.on('closetag', ({ name }) => {
    const element = localName(name);
    if (EXTENSIONS.has(element)) extensions -= 1;
    else if (extensions === 0) handlers.close?.(element);
  });
  if (handlers.text) {
    parser.on('text', text);
    parser.on('cdata', text);
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const piece of pieces) parser.write(decoded(decoder, piece));
  parser.write(decoded(decoder, null)).close();
}

function decoded(decoder: InstanceType<typeof TextDecoder>, piece: Uint8Array | null): string {
  try {
    return piece === null ? decoder.decode() : decoder.decode(piece, { stream: true });
  } catch {
    throw new XmlFault('it is not UTF-8');
  }
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(colon + 1);
}

function localNames(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(attributes);
  if (!names.some((name) => name.includes(':'))) return attributes;
  const local: Record<string, string> = {};
  for (const name of names) {
    // A declaration of the prefix `r` isn't the attribute `r`.
    if (!name.startsWith('xmlns:')) local[localName(name)] = attributes[name] ?? '';
  }
  return local;
}
