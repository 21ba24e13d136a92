// The page as a whole: a table comes, its columns are chosen, and every move asks for the newest fit.
import { ask, bring, newest, Refused, report } from "./asking.js";
import * as chart from "./chart.js";
import * as columns from "./columns.js";
import { byId, choices, say, sentences } from "./elements.js";
import * as priors from "./priors.js";
import * as tables from "./tables.js";

const PATIENCE = 400; // milliseconds after which the page says that it fits
const REST = 500; // milliseconds without a move, after which slow findings are asked for
const RATS = "rat_tumors";
let start = null; // what the program says at the beginning: kinds of tables, data sets, and the limit of files
let opened = null; // the columns for which the chart has its axis
let moved = null; // when the user moved something last
let resting = 0;

// --- fits ------------------------------------------------------------------------------------------------------

const question = () => ({
  ...columns.chosen(),
  ...tables.wanted(),
  prior: priors.text(),
  level: Number(byId("level").value) / 100,
  pooling: document.querySelector("[name=pooling]:checked").value,
  find: byId("find").value,
});

const late = (is) => ["findings", "population"].forEach((id) => byId(id).classList.toggle("late", is));

/** Say what has come of a table or a file; a refusal stands out. */
function tell(said, refusal = false) {
  byId("told").textContent = said;
  byId("told").classList.toggle("caution", refusal);
}

const SHOWN = {
  partial: "the median of the fit",
  none: "the median of the group alone",
  complete: "the median that all groups have if they are one",
};

/** Wait until the browser has painted what was drawn. */
const painted = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve, 0));
    setTimeout(resolve, 100); // a page in the background paints nothing
  });

/** The columns of a request, by which its fit is told from those of other columns. */
const key = ({ table, layout, columns, group, drop, commas }) =>
  JSON.stringify([table, layout, columns, group, drop, commas]);

async function drawn(fit, asked, since) {
  if (key(asked) !== opened) chart.forget();
  opened = key(asked);
  chart.draw(fit.chart);
  await painted();
  if (since !== null) performance.measure("redraw", { start: since });
}

function told(fit, asked) {
  const { theta, said } = fit.chart;
  byId("chart-said").textContent =
    `Each ring is the raw estimate of a group, the dot ${SHOWN[asked.pooling]}, the thick line the way between them, ` +
    `and the thin line the ${fit.level} interval of its ${theta}. The dashed line is the median of the ` +
    `population's mean. ${said}`;
  byId("title").textContent = fit.title;
  byId("model").textContent = fit.model;
  byId("prior-said").textContent = fit.prior;
  tables.groups(fit.groups, `The groups, with the central ${fit.level} interval. A click on a heading sorts.`);
  byId("python").textContent = fit.code.python;
  byId("shell").textContent = fit.code.shell;
}

function detailed(found) {
  tables.population(found.population);
  sentences(byId("findings"), found.findings);
  sentences(byId("warnings"), found.warnings);
  byId("accuracy").textContent = found.accuracy;
  late(false);
  byId("follow").hidden = false;
}

/** Say why there is no fit; that of the same columns stays in sight, dimmed, and any other one goes. */
function refused(why, asked) {
  say(byId("refused"), why);
  byId("busy").textContent = "";
  byId("fit").classList.toggle("none", Boolean(why) && opened !== key(asked));
  byId("results").classList.toggle("late", Boolean(why));
  byId("save").disabled = Boolean(why);
  if (!why) return;
  byId("prior-said").textContent = "";
  byId("now").textContent = "What is shown is the fit before this one.";
  byId("follow").hidden = true;
}

async function fitted(waits) {
  clearTimeout(resting);
  const asked = question();
  const since = moved;
  moved = null;
  const slow = setTimeout(() => {
    byId("results").classList.add("late");
    byId("busy").textContent = "Fitting …";
  }, PATIENCE);
  try {
    const found = await ask("fit", asked).finally(() => clearTimeout(slow));
    byId("busy").textContent = "";
    if (asked.table !== columns.chosen().table) return; // an answer about a table that is gone
    priors.show(found.priors);
    refused(found.refused ?? "", asked);
    if (!found.fit) return;
    byId("now").textContent = "";
    await drawn(found.fit, asked, since);
    late(true);
    if (waits()) return;
    told(found.fit, asked);
    const more = await ask("details", asked);
    if (waits()) return;
    detailed(more);
    resting = setTimeout(() => rested(asked), REST);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refused(error.message, asked);
  } finally {
    document.documentElement.dataset.answers = Number(document.documentElement.dataset.answers ?? 0) + 1;
  }
}

const fit = newest(fitted);

function move() {
  moved ??= performance.now();
  fit();
}

async function rested(asked) {
  const same = () => JSON.stringify(asked) === JSON.stringify(question());
  try {
    const found = await ask("findings", asked);
    if (!same()) return;
    if (!found.findings) {
      resting = setTimeout(() => rested(asked), REST); // the program had something else to do
      return;
    }
    sentences(byId("findings"), found.findings);
    byId("follow").hidden = true;
    byId("now").textContent = `The fit is up to date: prior ${asked.prior}, ${Math.round(100 * asked.level)}% intervals.`;
    document.documentElement.dataset.rested = JSON.stringify(asked);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (same()) byId("now").textContent = error.message;
  }
}

// --- tables ----------------------------------------------------------------------------------------------------

function opening(table) {
  priors.forget();
  tables.forget();
  byId("find").value = "";
  columns.show(table);
  byId("fit").hidden = false;
  byId("title").textContent = table.name; // until there is a fit of it
  byId("model").textContent = "";
  say(byId("refused"), "");
  tell(`${table.name} is open.`);
  fit();
}

/** Say why a file is not read; the table before it stays. */
function unread(why) {
  const before = columns.opened();
  tell(before ? `${why} ${before} stays open.` : why, true);
}

async function taken(named, come) {
  tell(`Reading ${named} …`);
  try {
    opening(await come());
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    unread(error.message);
  }
}

function file(found) {
  if (!found) return;
  if (found.size > start.limit) unread(start.too_large);
  else taken(found.name, () => bring(found));
}

function dropped({ files, items }) {
  if (items[0]?.webkitGetAsEntry?.()?.isDirectory) unread("This is a folder: drop a file.");
  else if (files.length > 1) unread("One table at a time: drop a single file.");
  else if (files.length === 0) unread("This is no file: drop a table that is saved as one.");
  else file(files[0]);
}

function dropping() {
  const zone = byId("drop");
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop") dropped(event.dataTransfer);
    });
  }
  byId("file").addEventListener("change", () => {
    file(byId("file").files[0]);
    byId("file").value = "";
  });
}

function dataset(name) {
  byId("dataset").value = ""; // so that the same one can be chosen again
  taken(name, () => ask("dataset", name));
}

// --- what is saved and copied ------------------------------------------------------------------------------------

async function saved() {
  byId("saved").textContent = "Writing the report … With thousands of groups this takes minutes.";
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await report(question()));
    link.download = "report.html";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    byId("saved").textContent = "The report is saved as report.html.";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    byId("saved").textContent = error.message;
  }
}

async function copied(name) {
  try {
    await navigator.clipboard.writeText(byId(name).textContent);
    byId("copied").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(byId(name));
    byId("copied").textContent = "The browser does not let the page copy: the text is selected, press Ctrl-C.";
  }
}

// --- the beginning -----------------------------------------------------------------------------------------------

function wired() {
  columns.load(start.layouts, start.called, () => {
    tables.first();
    fit();
  });
  priors.load(start.prior, move);
  tables.load(fit);
  byId("level").addEventListener("input", () => {
    byId("level-said").textContent = `${byId("level").value}%`;
    byId("level").setAttribute("aria-valuetext", `${byId("level").value}%`);
    move();
  });
  byId("pooling").addEventListener("change", move);
  byId("find").addEventListener("input", () => {
    tables.first();
    fit();
  });
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  byId("save").addEventListener("click", saved);
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => copied(button.dataset.copy));
  }
  byId("rats").addEventListener("click", () => dataset(RATS));
  byId("dataset").addEventListener("change", () => byId("dataset").value && dataset(byId("dataset").value));
  dropping();
}

async function begin() {
  const waiting = setTimeout(() => {
    byId("told").textContent = "Waiting for the program, which reads a table or makes a fit …";
  }, PATIENCE);
  start = await ask("start").finally(() => clearTimeout(waiting));
  const named = start.datasets.filter((each) => each.name !== RATS).map((each) => [each.name, each.title]);
  choices(byId("dataset"), [["", "(choose)"], ...named]);
  await chart.load();
  wired();
  tell(start.refused, Boolean(start.refused));
  if (start.table) opening(start.table);
  document.documentElement.dataset.ready = "";
}

begin().catch((error) => tell(error.message, true));
