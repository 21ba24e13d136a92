// The form in which a table's columns are chosen; it begins with the guess of the program.
import { byId, choices, element, say } from "./elements.js";

const NONE = "";
let layouts = [];
let called = {}; // role -> what it is called here
let table = null;

/** Fill in the kinds of tables and the names of their roles. `changed` is called when the user has chosen something. */
export function load(kinds, names, changed) {
  layouts = kinds;
  called = names;
  choices(byId("layout"), layouts.map((each) => [each.name, each.said]));
  byId("layout").addEventListener("change", () => {
    suggest(byId("layout").value);
    changed();
  });
  byId("columns").addEventListener("change", (event) => event.target.id !== "layout" && changed());
  byId("columns").addEventListener("submit", (event) => event.preventDefault());
}

/** Show a table and the columns that suit it best. */
export function show(found) {
  table = found;
  byId("columns").hidden = false;
  byId("missing").checked = byId("commas").checked = false;
  byId("with-commas").hidden = !table.commas;
  say(byId("advice"), table.advice);
  const best = table.guesses[0];
  byId("layout").value = best.layout;
  suggest(best.layout);
  const head = table.columns.map((each) => element("th", { scope: "col", title: each.kind }, each.name));
  byId("first").tHead.replaceChildren(element("tr", {}, ...head));
  const line = (cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
  byId("first").tBodies[0].replaceChildren(...table.first.map(line));
  const all = table.rows <= table.first.length;
  byId("first-said").textContent = all
    ? `All rows of ${table.name}`
    : `The first of ${table.rows.toLocaleString("en")} rows of ${table.name}`;
}

/** The name of the table that is open; empty before the first. */
export const opened = () => table?.name ?? "";

/** The chosen columns, as a request has them. */
export function chosen() {
  const layout = byId("layout").value;
  const roles = layouts.find((each) => each.name === layout).roles;
  const columns = Object.fromEntries(roles.map((role) => [role, byId(`role-${role}`).value]));
  const group = [...new Set([byId("group").value, byId("beside").value])].filter((name) => name !== NONE);
  return { table: table.number, layout, columns, group, drop: byId("missing").checked, commas: byId("commas").checked };
}

function suggest(name) {
  const layout = layouts.find((each) => each.name === name);
  const guess = table.guesses.find((each) => each.layout === name);
  const named = table.columns.map((each) => [each.name, `${each.name} (${each.kind})`]);
  byId("roles").replaceChildren(
    ...layout.roles.map((role) => {
      const id = `role-${role}`;
      const select = element("select", { id });
      const none = layout.optional.includes(role) ? "(none: 1 for each row)" : "(choose)";
      choices(select, [[NONE, none], ...named], guess?.columns[role] ?? NONE);
      return element("p", {}, element("label", { htmlFor: id }, called[role]), " ", select);
    }),
  );
  choices(byId("group"), [[NONE, "(each row is a group)"], ...named], guess?.group[0] ?? NONE);
  choices(byId("beside"), [[NONE, "(nothing else)"], ...named], guess?.group[1] ?? NONE);
}
