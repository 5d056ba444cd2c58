// What the page's address asks for: `?site=TENANT/SITE` and `?ward=WARD`.

export interface Asked {
  readonly site: string | null;
  readonly ward: string | null;
}

export function asked(search: string): Asked {
  const query = new URLSearchParams(search);
  return { site: query.get("site") || null, ward: query.get("ward") || null };
}

/** The address of one ward's board, or with `null` of the whole site's. */
export function wardLink(site: string | null, ward: string | null): string {
  const query = new URLSearchParams();
  if (site) query.set("site", site);
  if (ward) query.set("ward", ward);
  const text = query.toString().replaceAll("%2F", "/");
  return text ? `?${text}` : "./";
}

export function liveUrl(page: { protocol: string; host: string }, site: string): string {
  const scheme = page.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${page.host}/live?site=${encodeURIComponent(site)}`;
}
