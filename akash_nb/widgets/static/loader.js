// What each widget sends as its script: the page keeps one copy of the real one, however often a cell is run again.
// A module, once imported, stays in the page for good.
const unpacked = async (packed) => {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream, { headers: { "Content-Type": "text/javascript" } }).blob();
};
const load = async (packed) => {
  const url = URL.createObjectURL(await unpacked(packed));
  try { return await import(url); } finally { URL.revokeObjectURL(url); }
};

const scripts = (globalThis.akashNbScripts ??= new Map());
const render = async (context) => {
  const name = context.model.get("_script_name");
  if (!scripts.has(name)) {
    const script = load(context.model.get("_script"));
    script.catch(() => scripts.delete(name));
    scripts.set(name, script);
  }
  return (await scripts.get(name)).default.render(context);
};

export default { render };
