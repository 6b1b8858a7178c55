/** Text as it is looked for.  Pure. */

/** Text without case, width, spaces, dots and hyphens: "沪A·12345" is found by "ａ12345". */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s·.\-_/]/g, '');
}
