// A strip of tabs with one stop for Tab: arrow keys, Home and End choose, and so does a click. `choose(name)` is told.
const tabList = (own, label, choose) => {
  const pick = (tab) => {
    choose(tab.dataset.key);
    tab.focus();
  };
  const walk = (event) => {
    const tabs = [...node.children];
    const at = tabs.indexOf(event.target);
    const goals = { ArrowRight: (at + 1) % tabs.length, ArrowLeft: at - 1, Home: 0, End: -1 };
    if (!(event.key in goals)) return;
    event.preventDefault();
    pick(tabs.at(goals[event.key]));
  };
  const node = h("div", { role: "tablist", "aria-label": label, class: "aknb-tablist", onkeydown: walk });
  const make = ({ name }) => h("button", { type: "button", role: "tab", id: `${own}-tab-${name}`, onclick: (event) => pick(event.currentTarget) });
  const update = (tabs, chosen) => keyed(node, tabs, (tab) => tab.name, make, (tab, { name, label }) => {
    setText(tab, label);
    setAttr(tab, "aria-selected", String(name === chosen));
    setAttr(tab, "tabindex", name === chosen ? "0" : "-1");
  });
  // Which panel belongs to a tab.
  const join = (name, panel) => {
    const tab = [...node.children].find((each) => each.dataset.key === name);
    panel.id ||= `${own}-panel-${name}`;
    setAttr(panel, "role", "tabpanel");
    setAttr(panel, "aria-labelledby", tab.id);
    setAttr(tab, "aria-controls", panel.id);
  };
  return { node, update, join, names: () => [...node.children].map((tab) => tab.dataset.key), focus: () => node.querySelector('[aria-selected="true"]')?.focus() };
};
