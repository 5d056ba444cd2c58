// Commands on their way: nothing is lost, doubled or sent out of order, whatever the connection does.
import { beforeEach, expect, test } from "vitest";
import { ASK_AFTER_MS, canUndo, Commands, UNDO_MS, WAITING_MAX, type Act, type Answer, type Here, type Wire } from "./commands";

const HOUR = 3_600_000;
const taken: Answer = { kind: "taken" };
const away: Answer = { kind: "away" };

/** A server and a device that do as told. */
class Fake {
  posts: Wire[] = [];
  answers: Answer[] = [];
  otherwise: Answer = taken;
  monotonic = 1_000;
  wall = 5_000_000;
  speed = 1;
  here: Here | null = { site: "demo/north", by: "Ann" };
  stored: string | null = null;
  #ids = 0;

  board(): Commands {
    return new Commands({
      post: (command) => {
        this.posts.push(command);
        return Promise.resolve(this.answers.shift() ?? this.otherwise);
      },
      monotonicMs: () => this.monotonic,
      speed: () => this.speed,
      here: () => this.here,
      wallMs: () => this.wall,
      newId: () => `id-${++this.#ids}`,
      load: () => this.stored,
      save: (text) => (this.stored = text),
      changed: () => undefined,
    });
  }
}

const tap = (bed: string): Act => ({ tap: { ward: "ICU", bed, is: "clean" } });
const stages = (commands: Commands) => commands.list.map(({ id, stage }) => `${id} ${stage}`);
const settled = () => new Promise((resolve) => setTimeout(resolve));

let fake: Fake;
beforeEach(() => (fake = new Fake()));

test("a command is pending at once, then taken, then done", async () => {
  const commands = fake.board();
  commands.give({ acknowledge: { alert: "a" } }, "ICU", 7);
  expect(stages(commands)).toEqual(["id-1 sending"]);
  await settled();
  expect(fake.posts).toEqual([{ id: "id-1", age_ms: 0, expects: 7, confirmed: false, acknowledge: { alert: "a" } }]);
  expect(stages(commands)).toEqual(["id-1 taken"]);
  commands.outcomes([{ id: "id-1", outcome: "done", reason: "", by: "Ann", at_ms: 1, kind: "acknowledge", subject: "a" }]);
  expect(stages(commands)).toEqual(["id-1 done"]);
});

test("an outcome that comes before the answer to the post is not forgotten", async () => {
  const commands = fake.board();
  commands.give(tap("1"), "ICU", null);
  commands.outcomes([{ id: "id-1", outcome: "refused", reason: "too late", by: "", at_ms: 1, kind: "tap", subject: "ICU/1" }]);
  await settled();
  expect(commands.list[0]).toMatchObject({ stage: "refused", reason: "too late" });
});

test("without a connection commands wait, and go in order with their age when it is back", async () => {
  fake.otherwise = away;
  const commands = fake.board();
  commands.give(tap("1"), "ICU", null);
  await settled();
  fake.monotonic += 3 * HOUR;
  commands.give(tap("2"), "ICU", null);
  await settled();
  expect(stages(commands)).toEqual(["id-1 waiting", "id-2 waiting"]);
  fake.posts = [];
  fake.otherwise = taken;
  await commands.send();
  expect(fake.posts.map(({ id, age_ms }) => [id, age_ms])).toEqual([["id-1", 3 * HOUR], ["id-2", 0]]);
});

test("a refused command says why and holds up none behind it", async () => {
  fake.answers = [{ kind: "refused", reason: "no such bed" }];
  const commands = fake.board();
  commands.give(tap("9"), "ICU", null);
  commands.give(tap("2"), "ICU", null);
  await settled();
  expect(commands.list.map(({ stage, reason }) => [stage, reason])).toEqual([["refused", "no such bed"], ["taken", ""]]);
});

test("what waits outlives a reload, under the same id and older by the time away", async () => {
  fake.otherwise = away;
  fake.board().give(tap("1"), "ICU", null);
  await settled();
  fake.monotonic = 0;
  fake.wall += 2 * HOUR;
  fake.otherwise = taken;
  fake.posts = [];
  await fake.board().send();
  expect(fake.posts).toEqual([{ id: "id-1", age_ms: 2 * HOUR, expects: null, confirmed: false, ...tap("1") }]);
  expect(fake.stored).toBe("[]");
});

test("a device's clock that was set back makes no command younger than it was", async () => {
  fake.otherwise = away;
  const first = fake.board();
  first.give(tap("1"), "ICU", null);
  await settled();
  fake.monotonic += HOUR;
  first.give(tap("2"), "ICU", null);
  await settled();
  fake.wall -= 5 * HOUR;
  fake.otherwise = taken;
  fake.posts = [];
  await fake.board().send();
  expect(fake.posts.map(({ age_ms }) => age_ms)).toEqual([HOUR, 0]);
});

test("a tap older than twelve hours asks before it is sent, and holds up no younger one", async () => {
  fake.otherwise = away;
  const commands = fake.board();
  commands.give(tap("1"), "ICU", null);
  await settled();
  fake.monotonic += ASK_AFTER_MS + 1;
  fake.posts = [];
  fake.otherwise = taken;
  commands.give(tap("2"), "ICU", null);
  await settled();
  expect(stages(commands)).toEqual(["id-1 ask", "id-2 taken"]);
  commands.confirm("id-1");
  await settled();
  expect(fake.posts.map(({ id, confirmed }) => [id, confirmed])).toEqual([["id-2", false], ["id-1", true]]);
});

test("200 wait, a further one is not taken", async () => {
  fake.otherwise = away;
  const commands = fake.board();
  for (let i = 0; i < WAITING_MAX; i++) expect(commands.give(tap(String(i)), "ICU", null)).not.toBeNull();
  expect(commands.give(tap("one too many"), "ICU", null)).toBeNull();
  expect(commands.list.length).toBe(WAITING_MAX);
});

test("undo lets go of what was never sent, and cancels what was, for five minutes", async () => {
  fake.otherwise = away;
  const commands = fake.board();
  commands.give(tap("1"), "ICU", null);
  commands.give(tap("never posted"), "ICU", null);
  await settled();
  commands.undo("id-2");
  expect(stages(commands)).toEqual(["id-1 waiting"]);
  fake.otherwise = taken;
  commands.give(tap("2"), "ICU", null);
  await settled();
  const given = commands.list[1]!;
  expect([canUndo(given, fake.monotonic + UNDO_MS - 1), canUndo(given, fake.monotonic + UNDO_MS)]).toEqual([true, false]);
  commands.undo("id-3");
  await settled();
  expect(fake.posts.at(-1)).toMatchObject({ undo: { command: "id-3", ward: "ICU" } });
  expect(canUndo(commands.list[2]!, fake.monotonic)).toBe(false);
});

test("what is kept on the device and is none of ours is passed over", () => {
  for (const text of ["not json", "{}", '[null, 3, {"id": 4}]']) {
    fake.stored = text;
    expect(fake.board().list).toEqual([]);
  }
});

test("what was posted once may be with the server: undo sends a command that cancels it", async () => {
  fake.otherwise = away;
  const commands = fake.board();
  commands.give(tap("1"), "ICU", null);
  await settled();
  const back = fake.board();
  back.undo("id-1");
  await settled();
  fake.otherwise = taken;
  await back.send();
  await settled();
  expect(fake.posts.slice(-2)).toMatchObject([{ id: "id-1" }, { undo: { command: "id-1", ward: "ICU" } }]);
});

test("what was given elsewhere is not sent here, and what another person gave only when somebody says so", async () => {
  fake.here = null;
  const commands = fake.board();
  fake.here = { site: "demo/south", by: "Ann" };
  commands.give(tap("1"), "ICU", null);
  fake.here = { site: "demo/north", by: "Ann" };
  fake.otherwise = away;
  commands.give(tap("2"), "ICU", null);
  await settled();
  fake.posts = [];
  fake.otherwise = taken;
  fake.here = { site: "demo/north", by: "Bob" };
  await commands.send();
  expect([fake.posts, stages(commands)]).toEqual([[], ["id-1 taken", "id-2 ask"]]);
  commands.confirm("id-2");
  await settled();
  expect(fake.posts.map(({ id }) => id)).toEqual(["id-2"]);
});
