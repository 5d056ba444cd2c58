// The view that is shown: what the address says; without one, the last that was looked at.
import { HOME, parseRoute, routeHash, type Route } from "./route";
import { remember, remembered } from "./settings";

class Router {
  route = $state.raw<Route>(HOME);
  /** The ward that was looked at last, for the ward's tab. */
  lastWard = $state.raw(remembered("ward") ?? "");

  /** `ward` is what an old link asks for in `?ward=`. */
  begin(ward: string | null): void {
    addEventListener("hashchange", () => this.#follow());
    const last = parseRoute(remembered("view") ?? "");
    const first = parseRoute(location.hash) ?? (ward ? { ...HOME, view: "ward", ward } : (last ?? HOME));
    this.#show(first);
    if (location.hash === "" || location.hash.startsWith("#/")) history.replaceState(null, "", routeHash(first));
  }

  readonly go = (route: Partial<Route>): void => {
    location.hash = routeHash(route);
  };

  /** Changes a choice within the view, without another step to go back. */
  readonly adjust = (change: Partial<Route>): void => {
    const route = { ...this.route, ...change };
    history.replaceState(null, "", routeHash(route));
    this.#show(route);
  };

  #follow(): void {
    const route = parseRoute(location.hash);
    if (route) this.#show(route);
  }

  #show(route: Route): void {
    this.route = route;
    if (route.wall) return;
    remember("view", routeHash(route));
    if (route.view === "ward" || route.view === "bed") {
      this.lastWard = route.ward;
      remember("ward", route.ward);
    }
  }
}

export const router = new Router();
