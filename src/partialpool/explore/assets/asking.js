// What the page asks of the program. Addresses are relative, so that each has the token of the page in it.

/** A refusal, whose message is a sentence for the user. */
export class Refused extends Error {}

async function answered(sent) {
  let reply;
  try {
    reply = await sent;
  } catch {
    throw new Refused("The program does not answer: it has ended. Start it again by partialpool explore.");
  }
  const json = (reply.headers.get("content-type") ?? "").includes("json");
  const found = json ? await reply.json() : await reply.blob();
  if (json && Object.keys(found).join() === "refused") throw new Refused(found.refused); // nothing but a refusal
  if (!reply.ok) throw new Refused(await found.text());
  return found;
}

const post = (address, body) =>
  answered(fetch(address, { method: "POST", body, credentials: "omit", redirect: "error" }));

/** Ask a question, and return the answer. */
export const ask = (name, question = null) => post(name, JSON.stringify(question));

/** Ask for a report, and return it as a blob. */
export const report = (question) => ask("report", question);

/** Bring a file, and return what the program makes of it. */
export async function bring(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Refused(`The browser cannot read ${file.name}: choose a file, no folder, that is still there.`);
  }
  return post(`table?name=${encodeURIComponent(file.name)}`, file);
}

/**
 * A function that does `work` for the newest request alone: while one is at work, others replace one another.
 * `work` is given a function that says whether a newer request waits.
 */
export function newest(work) {
  let busy = false;
  let again = false;
  return async function request() {
    again = true;
    if (busy) return;
    busy = true;
    try {
      while (again) {
        again = false;
        await work(() => again);
      }
    } finally {
      busy = false;
    }
  };
}
