// Arrow keys go from bed to bed as they lie on the screen.

/** Attach to what holds the beds: every link of a bed in it (`data-bed`) is reached by arrows. */
export function between(place: HTMLElement): () => void {
  const turn = (event: KeyboardEvent) => {
    const from = document.activeElement?.closest("a[data-bed], a[data-go]");
    if (!event.key.startsWith("Arrow") || !from || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = [...place.querySelectorAll<HTMLElement>("a[data-bed], a[data-go]")];
    const next = nearest(event.key, from.getBoundingClientRect(), all.filter((one) => one !== from));
    if (!next) return;
    next.focus();
    event.preventDefault();
  };
  place.addEventListener("keydown", turn);
  return () => place.removeEventListener("keydown", turn);
}

/** The nearest in a direction: what is straight ahead before what is aside. */
function nearest(key: string, from: DOMRect, all: readonly HTMLElement[]): HTMLElement | undefined {
  const across = key === "ArrowLeft" || key === "ArrowRight";
  const sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
  const x = from.x + from.width / 2;
  const y = from.y + from.height / 2;
  let best: { one: HTMLElement; far: number } | undefined;
  for (const one of all) {
    const box = one.getBoundingClientRect();
    const [dx, dy] = [box.x + box.width / 2 - x, box.y + box.height / 2 - y];
    const [ahead, aside] = across ? [dx * sign, Math.abs(dy)] : [dy * sign, Math.abs(dx)];
    if (ahead <= 1) continue;
    const far = ahead + 3 * aside;
    if (!best || far < best.far) best = { one, far };
  }
  return best?.one;
}
