// A name for an alert within this page. Its id may name a visit, which must stand nowhere
// that is shown, copied or saved with the page.
const SEED = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
const FNV_PRIME = 16_777_619;

/** The same for the same id as long as the page lives. */
export function handle(id: string): string {
  let hash = (2_166_136_261 ^ SEED) >>> 0;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), FNV_PRIME) >>> 0;
  return `alert-${hash.toString(36)}`;
}
