const tabs = ({ model, root }) => {
  const own = `aknb-${Math.random().toString(36).slice(2)}`;
  const list = h("div", { role: "tablist", "aria-label": "Studio", class: "aknb-tablist" });
  let shown = model.get("selected");
  let frame = null;
  root.classList.add("aknb-tabs");
  root.append(list);

  const select = (tab) => {
    if (!tab) return;
    model.set("selected", tab.dataset.key);
    model.save_changes();
    tab.focus();
  };
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  const walk = (event) => {
    const all = [...list.children];
    const at = all.indexOf(event.target);
    if (event.key in steps) select(all.at((at + steps[event.key]) % all.length));
    else if (event.key === "Home" || event.key === "End") select(all.at(event.key === "Home" ? 0 : -1));
    else return;
    event.preventDefault();
  };
  list.addEventListener("keydown", walk);

  const page = (name) => root.closest(".aknb-studio")?.querySelector(`:scope > .aknb-page-${name}`);
  // The pages are not there yet when this is drawn for the first time.
  const join = () => {
    const all = [...list.children];
    const pages = all.map((tab) => page(tab.dataset.key));
    pages.forEach((node, index) => {
      if (!node) return;
      const tab = all[index];
      node.id ||= `${own}-page-${tab.dataset.key}`;
      setAttr(node, "role", "tabpanel");
      setAttr(node, "aria-labelledby", tab.id);
      setAttr(tab, "aria-controls", node.id);
    });
    frame = pages.every(Boolean) ? null : requestAnimationFrame(join);
  };
  const update = (view) => {
    shown = model.get("selected");
    keyed(list, view.tabs, (tab) => tab.name,
      (tab) => h("button", { type: "button", role: "tab", id: `${own}-${tab.name}`, onclick: (event) => select(event.currentTarget) }, tab.label),
      (node, tab) => {
        setText(node, tab.label);
        setAttr(node, "aria-selected", String(tab.name === shown));
        setAttr(node, "tabindex", tab.name === shown ? "0" : "-1");
      });
    if (frame === null) join();
  };
  // A page that goes away with the focus in it leaves it to the tab that has come.
  const turn = () => {
    const hadFocus = page(shown)?.contains(document.activeElement);
    update(model.get("view"));
    if (hadFocus) list.querySelector('[aria-selected="true"]')?.focus();
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
