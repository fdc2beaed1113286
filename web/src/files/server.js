// What the server has: the list of results, one result, and addresses of its files.

async function json(address) {
  const reply = await fetch(address);
  if (!reply.ok) throw new Error(`The server answered ${reply.status} to ${address}.`);
  return reply.json();
}

export const contents = () => json('results.json');

export const result = (number) => json(`results/${number}`);

export const addressOf = (number, file) => `results/${number}/${encodeURIComponent(file)}`;
