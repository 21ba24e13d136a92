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
  if (reply.ok) return reply;
  const kind = reply.headers.get("content-type") ?? "";
  throw new Refused(kind.includes("json") ? (await reply.json()).refused : await reply.text());
}

const post = (address, body) =>
  answered(fetch(address, { method: "POST", body, credentials: "omit", redirect: "error" }));

/** Ask a question, and return the answer. */
export const ask = async (name, question = null) => (await post(name, JSON.stringify(question))).json();

/** Ask for a report, and return it as a blob. */
export const report = async (question) => (await post("report", JSON.stringify(question))).blob();

/** Bring a file, and return what the program makes of it. */
export const bring = async (file) => (await post(`table?name=${encodeURIComponent(file.name)}`, file)).json();

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
    while (again) {
      again = false;
      await work(() => again);
    }
    busy = false;
  };
}
