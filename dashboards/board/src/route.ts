// Which view an address asks for, and the address of a view. The address holds everything
// that was chosen, so that a link shows the same to whoever opens it:
// `#/ward/ICU?as=table&show=free`, `#/bed/ICU/I-01`, `#/wall/ward/ICU?m=5&in=55`.

export const VIEWS = ["site", "ward", "arrivals", "alerts", "bottleneck"] as const;
export type View = (typeof VIEWS)[number] | "bed" | "number";

export const SHOWS = ["all", "free", "action", "turning", "occupied", "blocked"] as const;
export type Show = (typeof SHOWS)[number];

/** A number of the board: what `GET .../kpis/KPI/explain` asks for, too. */
export interface NumberAsked {
  readonly kpi: string;
  readonly stat: string;
  readonly resolutionS: number;
  /** The beginning of its window. */
  readonly windowMs: number;
}

/** How far away those are who read a screen on a wall, and how large it is across. */
export interface Wall {
  readonly metres: number;
  readonly inches: number;
}

export interface Route {
  readonly view: View;
  /** Of `ward`, `bed` and `number` whose it is; of the others the one that they are narrowed to; "" all. */
  readonly ward: string;
  readonly bed: string;
  readonly number: NumberAsked | null;
  readonly as: "plan" | "table";
  readonly show: Show;
  readonly wall: Wall | null;
}

export const HOME: Route = { view: "site", ward: "", bed: "", number: null, as: "plan", show: "all", wall: null };

export const WALL: Wall = { metres: 5, inches: 55 };

/** The view behind `#/...`, or null when the fragment is none of a view. */
export function parseRoute(hash: string): Route | null {
  if (!hash.startsWith("#/")) return null;
  const [path = "", search = ""] = hash.slice(2).split("?", 2);
  const query = new URLSearchParams(search);
  const parts = path.split("/").filter(Boolean).map(decoded);
  const wall = parts[0] === "wall" ? wallOf(query) : null;
  const [view = "site", ward = "", bed = ""] = wall ? parts.slice(1) : parts;
  const base: Route = {
    ...HOME,
    as: query.get("as") === "table" ? "table" : "plan",
    show: SHOWS.find((one) => one === query.get("show")) ?? "all",
    wall,
  };
  switch (view) {
    case "ward":
      return { ...base, view, ward };
    case "bed":
      return ward && bed ? { ...base, view, ward, bed } : { ...base, view: "ward", ward };
    case "number":
      return ward ? { ...base, view, ward: bed || "-", number: numberOf(ward, query) } : base;
    case "site":
    case "arrivals":
    case "alerts":
    case "bottleneck":
      return { ...base, view, ward: query.get("ward") ?? "" };
    default:
      return base;
  }
}

/** The fragment that leads to a view; `parseRoute` of it gives the view again. */
export function routeHash(route: Partial<Route>): string {
  const full: Route = { ...HOME, ...route };
  const path = [full.view as string];
  const query = new URLSearchParams();
  if (full.number) path.push(full.number.kpi);
  if (full.view === "ward" || full.view === "bed" || full.view === "number") {
    if (full.ward) path.push(full.ward);
  } else if (full.ward) {
    query.set("ward", full.ward);
  }
  if (full.view === "bed") path.push(full.bed);
  if (full.as === "table") query.set("as", "table");
  if (full.show !== "all") query.set("show", full.show);
  if (full.number) {
    query.set("stat", full.number.stat);
    query.set("resolution", String(full.number.resolutionS));
    query.set("window", String(full.number.windowMs));
  }
  if (full.wall) {
    path.unshift("wall");
    query.set("m", String(full.wall.metres));
    query.set("in", String(full.wall.inches));
  }
  const asked = query.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${asked ? `?${asked}` : ""}`;
}

/** The language that a fragment asks for, or null. */
export function languageAsked(hash: string, search: string): string | null {
  const inHash = hash.startsWith("#/") ? new URLSearchParams(hash.split("?", 2)[1] ?? "").get("lang") : null;
  return inHash ?? new URLSearchParams(search).get("lang");
}

function wallOf(query: URLSearchParams): Wall {
  return { metres: within(query.get("m"), 1, 30, WALL.metres), inches: within(query.get("in"), 5, 300, WALL.inches) };
}

function numberOf(kpi: string, query: URLSearchParams): NumberAsked {
  return {
    kpi,
    stat: query.get("stat") ?? "value",
    resolutionS: within(query.get("resolution"), 60, 604_800, 3_600),
    windowMs: within(query.get("window"), 0, Number.MAX_SAFE_INTEGER, 0),
  };
}

function within(text: string | null, least: number, most: number, otherwise: number): number {
  const value = Number(text ?? Number.NaN);
  return value >= least && value <= most ? value : otherwise;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
