// The beds of each ward in the order of their names, kept from one picture to the next: a
// ward is sorted again only when beds come, leave or are renamed, and a ward of which
// nothing has changed stays the same list, so that nothing is drawn again for it.
import { byName } from "./order";
import type { Bed } from "./protocol";

const NONE: readonly Bed[] = [];

export class BedOrder {
  #last: ReadonlyMap<string, readonly Bed[]> = new Map();

  /** By ward. */
  of(beds: Iterable<Bed>): ReadonlyMap<string, readonly Bed[]> {
    const found = new Map<string, Map<string, Bed>>();
    for (const bed of beds) {
      const ward = found.get(bed.place.ward);
      if (ward) ward.set(bed.place.bed, bed);
      else found.set(bed.place.ward, new Map([[bed.place.bed, bed]]));
    }
    const next = new Map<string, readonly Bed[]>();
    for (const [ward, here] of found) next.set(ward, ordered(this.#last.get(ward) ?? NONE, here));
    this.#last = next;
    return next;
  }
}

function ordered(last: readonly Bed[], here: ReadonlyMap<string, Bed>): readonly Bed[] {
  const kept = last.map((old) => {
    const bed = here.get(old.place.bed);
    return bed?.label === old.label ? bed : undefined;
  });
  if (last.length !== here.size || kept.includes(undefined)) return [...here.values()].sort(byName);
  const same = kept.every((bed, i) => bed === last[i]);
  return same ? last : (kept as Bed[]);
}
