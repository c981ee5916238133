// What each widget sends as its script. A page keeps each module that it has imported, so this one is short and does
// its work once for all of them: by another name when it changes, as a page may have the one of an older version.
function make() {
  const unpacked = async (packed) => {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream, { headers: { "Content-Type": "text/javascript" } }).blob();
  };
  const load = async (packed) => {
    const url = URL.createObjectURL(await unpacked(packed));
    try { return await import(url); } finally { URL.revokeObjectURL(url); }
  };
  const scripts = new Map();
  const script = (model) => {
    const name = model.get("_script_name");
    if (!scripts.has(name)) {
      const loading = load(model.get("_script"));
      loading.catch(() => scripts.delete(name));
      scripts.set(name, loading);
    }
    return scripts.get(name);
  };

  // JupyterLab keeps the comm of a closed widget for as long as its kernel runs, and a comm keeps whom it tells: the
  // model with all that it was sent, and the models in it.
  const letGo = ({ comm }) => {
    comm?.on_msg(() => {});
    comm?.on_close(() => {});
  };
  const followed = new WeakSet();
  const follow = (model) => {
    if (!model?.on || followed.has(model)) return;
    followed.add(model);
    model.on("destroy", letGo);
    follow(model.get("layout"));
  };

  const initialize = ({ model }) => follow(model);
  const render = async (context) => {
    const { model } = context;
    for (const id of model.get("_boxes")) model.widget_manager.get_model(id).then(follow, () => {});
    return (await script(model)).default.render(context);
  };
  return { scripts, initialize, render };
}

export default globalThis.akashNb ??= make();
