// What each widget sends as its script: the page keeps one copy of the real one, however often a cell is run again.
// A module, once imported, stays in the page for good.
const scripts = (globalThis.akashNbScripts ??= new Map());
const load = (name, text) => {
  if (!scripts.has(name)) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const module = import(url).finally(() => URL.revokeObjectURL(url));
    module.catch(() => scripts.delete(name));
    scripts.set(name, module);
  }
  return scripts.get(name);
};
const render = async (context) => {
  const module = await load(context.model.get("_script_name"), context.model.get("_script"));
  return module.default.render(context);
};

export default { render };
