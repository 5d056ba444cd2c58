// Who looks at the board: the token of a link becomes a session, once; and whether the
// server still knows us.

/** What the server says of whoever has the session. */
export interface Session {
  readonly role: string;
  readonly label?: string;
}

export type Known = { readonly kind: "known"; readonly session: Session } | { readonly kind: "unknown" } | { readonly kind: "unheard" };

/** The token in a link such as `/#token=...`, or null. */
export function tokenIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") || null;
}

/** Takes the token out of the address, so that nobody reads it there, and signs in with it. */
export async function enterByLink(page: Location, history: History): Promise<void> {
  const token = tokenIn(page.hash);
  if (token === null) return;
  history.replaceState(null, "", page.pathname + page.search);
  await signIn(token);
}

/** Why there is no session, in words; null when there is one. */
export async function signIn(token: string): Promise<string | null> {
  try {
    const answer = await fetch("/v1/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: token.trim() }),
    });
    if (answer.ok) return null;
    const problem: unknown = await answer.json();
    const title = typeof problem === "object" && problem !== null && "title" in problem ? problem.title : null;
    return typeof title === "string" ? title : "The server refuses.";
  } catch {
    return "The server does not answer.";
  }
}

/** Whether the server knows us. */
export async function known(): Promise<Known> {
  try {
    const answer = await fetch("/v1/session", { signal: AbortSignal.timeout(5_000) });
    if (answer.status === 401) return { kind: "unknown" };
    if (!answer.ok) return { kind: "unheard" };
    return { kind: "known", session: (await answer.json()) as Session };
  } catch {
    return { kind: "unheard" };
  }
}

/** Whether somebody must sign in: a kiosk that has shown something keeps it, and grows visibly old. */
export function mustSignIn(now: Known, before: Session | null, heard: boolean): boolean {
  return now.kind === "unknown" && !(heard && before?.role === "kiosk");
}
