// Puts the board on the page and starts it.
import { mount } from "svelte";
import "./app.css";
import { asked } from "./address";
import App from "./App.svelte";
import { Board } from "./board.svelte";
import { language } from "./lang.svelte";
import { languageAsked } from "./route";
import { colours } from "./theme.svelte";
import { router } from "./router.svelte";
import { enterByLink } from "./session";

const target = document.getElementById("board");
if (!target) throw new Error("the page has no place for the board");
// Takes the token out of the address before anybody else reads it.
const entered = enterByLink(location, history);
colours.begin(new URLSearchParams(location.hash.split("?")[1] ?? "").get("theme"));
language.begin(languageAsked(location.hash, location.search));
router.begin(asked(location.search).ward);
const board = new Board(location.search);
mount(App, { target, props: { board } });
void entered.then(() => board.start());
