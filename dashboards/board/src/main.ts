// Puts the board on the page and starts it.
import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { Board } from "./board.svelte";
import { enterByLink } from "./session";

const board = new Board(location.search);
const target = document.getElementById("board");
if (!target) throw new Error("the page has no place for the board");
mount(App, { target, props: { board } });
void enterByLink(location, history).then(() => board.start());
