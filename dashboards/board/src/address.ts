// What the page's address asks for before the view: `?site=TENANT/SITE`, and `?ward=WARD` of older links.

export interface Asked {
  readonly site: string | null;
  readonly ward: string | null;
}

export function asked(search: string): Asked {
  const query = new URLSearchParams(search);
  return { site: query.get("site") || null, ward: query.get("ward") || null };
}

export function liveUrl(page: { protocol: string; host: string }, site: string): string {
  const scheme = page.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${page.host}/live?site=${encodeURIComponent(site)}`;
}
