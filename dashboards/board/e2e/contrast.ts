// Runs inside the page: texts that stand out too little from what is behind them (WCAG 1.4.3).

/** Each text on the page with less contrast than `least` to 1, with its ratio. */
export function faintTexts(least: number): string[] {
  const channel = (value: number) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const parts = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([red = 0, green = 0, blue = 0]: number[]) =>
    0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  const behind = (from: Element): number[] => {
    for (let element: Element | null = from; element; element = element.parentElement) {
      const style = getComputedStyle(element);
      const colour = element instanceof SVGElement ? [] : parts(style.backgroundColor);
      const shape = element instanceof SVGSVGElement ? parts(style.fill) : [];
      if (shape.length === 3) return shape;
      if (colour.length === 3) return colour;
    }
    return [255, 255, 255];
  };
  // A text in a drawing stands on the shape that lies under it.
  const drawn = (text: Element): number[] => {
    const { x, y, width, height } = text.getBoundingClientRect();
    const under = document.elementsFromPoint(x + width / 2, y + height / 2);
    const fills = under.filter((one) => one instanceof SVGGeometryElement).map((one) => parts(getComputedStyle(one).fill));
    return fills.find((fill) => fill.length === 3) ?? behind(text);
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim();
    if (!element || !text || element.closest(".sr, noscript, script, title")) continue;
    const style = getComputedStyle(element);
    const ink = luminance(parts(element instanceof SVGElement ? style.fill : style.color));
    const ground = luminance(element instanceof SVGElement ? drawn(element) : behind(element));
    const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (ratio < least) faint.push(`${text}: ${ratio.toFixed(2)}`);
  }
  return faint;
}
