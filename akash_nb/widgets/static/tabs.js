const tabs = ({ model, root }) => {
  const own = `aknb-${Math.random().toString(36).slice(2)}`;
  let shown = model.get("selected");
  let frame = null;
  const select = (name) => {
    model.set("selected", name);
    model.save_changes();
  };
  const strip = tabList(own, "Studio", select);
  root.classList.add("aknb-tabs");
  root.append(strip.node);

  const page = (name) => root.closest(".aknb-studio")?.querySelector(`:scope > .aknb-page-${name}`);
  // The pages are not there yet when this is drawn for the first time.
  const join = () => {
    const pages = strip.names().map((name) => [name, page(name)]);
    for (const [name, node] of pages) if (node) strip.join(name, node);
    frame = pages.every(([, node]) => node) ? null : requestAnimationFrame(join);
  };
  const update = (view) => {
    shown = model.get("selected");
    strip.update(view.tabs, shown);
    if (frame === null) join();
  };
  // A page that goes away with the focus in it leaves it to the tab that has come.
  const turn = () => {
    const hadFocus = page(shown)?.contains(document.activeElement);
    update(model.get("view"));
    if (hadFocus) strip.focus();
  };
  model.on("change:selected", turn);
  return {
    update,
    dispose: () => {
      model.off("change:selected", turn);
      cancelAnimationFrame(frame);
    },
  };
};

export default { render: mount(tabs) };
