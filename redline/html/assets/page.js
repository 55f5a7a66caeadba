"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const items = all("#changes li");
  const place = document.getElementById("place");
  let current = -1;

  const visible = () => items.filter((item) => !item.hidden);
  const say = () => {
    const shown = visible();
    const index = shown.indexOf(items[current]);
    place.textContent = (index < 0 ? "–" : index + 1) + " / " + shown.length;
  };

  function show(index, focus) {
    all(".current-change").forEach((element) => element.classList.remove("current-change"));
    items.forEach((item) => { item.classList.remove("current"); item.firstElementChild.removeAttribute("aria-current"); });
    current = index;
    const item = items[index];
    item.classList.add("current");
    item.firstElementChild.setAttribute("aria-current", "true");
    const number = item.dataset.change;
    all('main [data-change="' + number + '"]').forEach((element) => element.classList.add("current-change"));
    const target = all('main [data-change="' + number + '"]').find((element) => element.offsetParent !== null);
    if (target) {
      target.scrollIntoView({ block: "center" });
      if (focus) (document.getElementById("change-" + number) || target).focus({ preventScroll: true });
    }
    item.scrollIntoView({ block: "nearest" });
    say();
  }

  function step(by) {
    const shown = visible();
    if (!shown.length) return;
    const index = shown.indexOf(items[current]);
    const next = index < 0 ? (by > 0 ? 0 : shown.length - 1) : (index + by + shown.length) % shown.length;
    show(items.indexOf(shown[next]), false);
  }

  function pairBlocks() {
    all(".story > *:not(.story-name)").forEach((block) => {
      const pair = document.createElement("div");
      pair.className = "pair";
      const now = document.createElement("div");
      now.className = "now";
      block.replaceWith(pair);
      now.append(block);
      const then = now.cloneNode(true);
      then.className = "then";
      all("[id]", then).forEach((element) => element.removeAttribute("id"));
      all("[data-before]", then).forEach((label) => { label.textContent = label.dataset.before; });
      pair.append(then, now);
    });
  }

  function setView(view) {
    if (view === "side" && !document.querySelector(".pair")) pairBlocks();
    root.dataset.view = view;
    all("[data-set-view]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.setView === view)));
    if (current >= 0) show(current, false);
  }

  items.forEach((item, index) => item.firstElementChild.addEventListener("click", (event) => {
    event.preventDefault();
    show(index, true);
  }));
  all("main [data-change]").forEach((element) => element.addEventListener("click", () => {
    const index = items.findIndex((item) => item.dataset.change === element.dataset.change);
    if (index >= 0 && !String(window.getSelection())) show(index, false);
  }));
  all("[data-step]").forEach((button) => button.addEventListener("click", () => step(Number(button.dataset.step))));
  all("[data-set-view]").forEach((button) => button.addEventListener("click", () => setView(button.dataset.setView)));
  all("[data-kind-filter]").forEach((button) => button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    items.forEach((item) => { if (item.dataset.kind === button.dataset.kindFilter) item.hidden = !on; });
    say();
  }));
  document.getElementById("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    const by = { n: 1, j: 1, p: -1, k: -1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
  });
  const linked = items.findIndex((item) => "#change-" + item.dataset.change === location.hash);
  if (linked >= 0) show(linked, false); else say();
})();
