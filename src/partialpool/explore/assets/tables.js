// The tables: the parameters of the population, and the part of the groups that is in view.
import { byId, element } from "./elements.js";

const view = { sort: "", down: false, start: 0 };
let most = 0; // rows of a page

/** The part of the groups to show, as a request has it. */
export const wanted = () => ({ ...view });

/** Go back to the first rows, since others are found. */
export const first = () => (view.start = 0);

/** Forget the order too, since another table comes. */
export const forget = () => Object.assign(view, { sort: "", down: false, start: 0 });

/** Call `changed` when the user turns a page or sorts. */
export function load(changed) {
  const turn = (pages) => {
    view.start = Math.max(0, view.start + pages * most);
    changed();
  };
  byId("back").addEventListener("click", () => turn(-1));
  byId("next").addEventListener("click", () => turn(1));
  byId("groups").tHead.addEventListener("click", (event) => {
    const name = event.target.closest("button")?.dataset.column;
    if (name === undefined) return;
    const down = view.sort === name ? !view.down : event.target.closest("th").classList.contains("number");
    Object.assign(view, { sort: name, down, start: 0 });
    changed();
  });
}

/** Fill a table whose first columns, `keys` of them, head its rows. */
function filled(table, { numbers, rows }, keys) {
  const cell = (text, k) => {
    const made = element(k < keys ? "th" : "td", { className: numbers[k] ? "number" : "" }, text);
    if (k < keys) made.scope = "row";
    return made;
  };
  table.tBodies[0].replaceChildren(...rows.map((row) => element("tr", {}, ...row.map(cell))));
}

/** Show the parameters of the population. */
export function population(found) {
  const head = found.columns.map((name, k) =>
    element("th", { scope: "col", className: found.numbers[k] ? "number" : "" }, name),
  );
  byId("population").tHead.replaceChildren(element("tr", {}, ...head));
  filled(byId("population"), found, 1);
}

/** Show the groups in view. */
export function groups(found, said) {
  view.start = found.start;
  most = found.most;
  const head = byId("groups").tHead;
  const names = JSON.stringify(found.names);
  if (head.dataset.names !== names) {
    head.dataset.names = names;
    const heading = (name, k) => {
      const button = element("button", { type: "button" }, found.columns[k]);
      button.dataset.column = found.names[k];
      return element("th", { scope: "col", className: found.numbers[k] ? "number" : "" }, button);
    };
    head.replaceChildren(element("tr", {}, ...found.names.map(heading)));
  }
  [...head.rows[0].cells].forEach((each, k) =>
    each.setAttribute("aria-sort", k !== found.sort ? "none" : found.down ? "descending" : "ascending"),
  );
  filled(byId("groups"), found, found.keys);
  byId("groups").caption.textContent = said;
  const count = (n) => n.toLocaleString("en");
  const last = found.start + found.rows.length;
  const of = found.found === found.total ? count(found.total) : `${count(found.found)} found of ${count(found.total)}`;
  const now = found.found ? `${count(found.start + 1)} to ${count(last)} of ${of}` : `none found of ${count(found.total)}`;
  if (byId("page").textContent !== now) byId("page").textContent = now;
  byId("back").disabled = found.start === 0;
  byId("next").disabled = last >= found.found;
}
