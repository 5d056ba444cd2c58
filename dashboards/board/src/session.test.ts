import { describe, expect, it, vi } from "vitest";
import { enterByLink, mustSignIn, tokenIn } from "./session";

describe("a link", () => {
  it("carries a token after the #, or none", () => {
    expect(tokenIn("#token=abc")).toBe("abc");
    expect(tokenIn("#token=")).toBeNull();
    expect(tokenIn("#wards")).toBeNull();
    expect(tokenIn("")).toBeNull();
  });

  it("loses its token before the server is asked", async () => {
    const steps: string[] = [];
    vi.stubGlobal("fetch", (url: string, asked: RequestInit) => {
      steps.push(`${asked.method} ${url} ${String(asked.body)}`);
      return Promise.resolve(new Response("{}"));
    });
    const page = { hash: "#token=abc", pathname: "/", search: "?ward=A" } as Location;
    const history = { replaceState: (_: unknown, __: string, url: string) => steps.push(url) } as unknown as History;
    await enterByLink(page, history);
    expect(steps).toEqual(["/?ward=A", 'POST /v1/session {"token":"abc"}']);
    vi.unstubAllGlobals();
  });
});

describe("a sign-in screen", () => {
  it("is shown to who is not known, and not while the server is away", () => {
    expect(mustSignIn({ kind: "unknown" }, null, false)).toBe(true);
    expect(mustSignIn({ kind: "unknown" }, { role: "charge_nurse" }, true)).toBe(true);
    expect(mustSignIn({ kind: "unheard" }, null, false)).toBe(false);
    expect(mustSignIn({ kind: "known", session: { role: "kiosk" } }, null, false)).toBe(false);
  });

  it("never takes the place of a kiosk's board that has worked", () => {
    expect(mustSignIn({ kind: "unknown" }, { role: "kiosk" }, true)).toBe(false);
    expect(mustSignIn({ kind: "unknown" }, { role: "kiosk" }, false)).toBe(true);
  });
});
