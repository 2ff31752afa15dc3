"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const cells = [...document.querySelectorAll("#cells > .cell")];
  const overview = byId("overview");
  const live = byId("live");
  let stepping = []; // the steppers of the cell that is open

  /** What was packed: each string is a place in the pool. */
  const unpack = (x) => {
    if (typeof x === "string") return data.pool[parseInt(x, 36)];
    if (Array.isArray(x)) return x.map(unpack);
    if (x && typeof x === "object") return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, unpack(v)]));
    return x;
  };

  /** An element with attributes and children; text is always text. */
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "class") element.className = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
    return element;
  };

  // --- facts above a trace or a proof ---------------------------------------------------------------------------------

  const facts = (rows) => {
    const list = make("dl", { class: "facts" });
    for (const [term, texts, kind] of rows) {
      const shown = (Array.isArray(texts) ? texts : [texts]).filter(Boolean);
      if (!shown.length) continue;
      list.append(make("dt", {}, term), make("dd", kind ? { class: kind } : {}, ...shown.map((t) => (t instanceof Node ? t : make("div", {}, t)))));
    }
    return list;
  };

  const assumed = (cell) => {
    if (!cell.assumes.length) return "nothing";
    return cell.assumes.map((name) => {
      const known = data.assumptions[name];
      return make("div", {}, make("b", {}, name), known ? `: ${known[0]}` : "", known && known[1] ? make("span", { class: "dim" }, ` [${known[1]}]`) : "");
    });
  };

  const stated = (cell) => {
    if (!cell.stated.what) return [];
    const word = cell.stated.as ? "as the design's file states" : `${cell.stated.standing}: the design's file states ${cell.stated.what}`;
    return [["stated", `${word}${cell.stated.why}`, cell.stated.as ? "" : "odd"]];
  };

  /** What is said above a trace or a proof. */
  const head = (cell) => {
    const trace = cell.trace;
    return facts([
      ["claim", data.properties[cell.property] || cell.property],
      ["outcome", `${cell.outcome}${cell.strength ? `: ${cell.strength}` : ""}`],
      ...(trace ? [["false at the end", trace.false, "false"], ["the VMM sees", trace.sees], ["left open", trace.open || ""], ["reach", trace.reach]] : []),
      ["covers", cell.covers],
      ["under", `contract ${cell.contract}, policy ${cell.policy}, topology ${cell.topology}`],
      ["assuming", cell.assumes.join(", ") || "nothing"],
      ...stated(cell),
      ["note", trace ? cell.texts : []],
    ]);
  };

  /** What is said below it: every name of the scope in words. */
  const scope = (cell) => {
    const said = (names, name) => (names[name] ? `${name}: ${names[name]}` : name);
    return [make("h3", {}, "Scope and assumptions in words"), facts([
      ["fixed", cell.fixed],
      ["assumptions", assumed(cell)],
      ["contract", said(data.contracts, cell.contract)],
      ["policy", said(data.policies, cell.policy)],
      ["topology", said(data.topologies, cell.topology)],
      ["reproduce", cell.command ? make("pre", {}, cell.command) : ""],
    ])];
  };

  // --- reasons: what a proof needs, what would repair a refutation ------------------------------------------------------

  const reasons = ({ why }) => {
    if (!why) return [];
    const parts = [make("h3", {}, why.title)];
    if (why.note) parts.push(make("p", {}, why.note));
    for (const [title, texts] of why.sections) {
      if (title) parts.push(make("h4", {}, title));
      parts.push(make("ul", {}, ...texts.map((t) => make("li", {}, t))));
    }
    if (why.command) parts.push(make("p", { class: "dim" }, why.sections.length ? "More reasons: " : "Asked by: ", make("code", {}, why.command)));
    return parts;
  };

  // --- proofs ---------------------------------------------------------------------------------------------------------

  const proof = (cell) => {
    const parts = [];
    if (cell.texts.length) parts.push(make("h3", {}, cell.outcome === "proved" ? "The proof" : "What is known"), make("ul", {}, ...cell.texts.map((t) => make("li", {}, t))));
    if (!cell.proof) return parts;
    if (cell.proof.groups.length) parts.push(make("h3", {}, "Lemmas"));
    for (const [title, texts] of cell.proof.groups) {
      parts.push(make("h4", {}, title), make("ol", { class: "lemmas" }, ...texts.map((t) => make("li", {}, t))));
    }
    parts.push(...reasons(cell));
    if (cell.proof.certificates.length) parts.push(make("h3", {}, "Certificate"), make("ul", {}, ...cell.proof.certificates.map((t) => make("li", {}, t))));
    if (cell.command) parts.push(make("p", { class: "dim" }, "With --certificate DIR the command below writes every obligation as SMT-LIB 2; recheck confirms it with two solvers."));
    return parts;
  };

  // --- answers about bytes and ranges: facts and tables in their own words ----------------------------------------------

  const table = ({ caption, head: heads, rows }) => make("div", { class: "wide" }, make("table", { class: "words" },
    make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((text) => make("td", {}, text)))))));

  const single = (cell) => [
    facts([...cell.facts, ["reproduce", cell.command ? make("pre", {}, cell.command) : ""]]),
    ...cell.tables.map(table),
  ];

  // --- sequence diagrams ----------------------------------------------------------------------------------------------

  const kindOf = (text) => (text.endsWith("!") ? "bad" : text.startsWith("-") && text.includes("->") ? "go" : text.startsWith("+") ? "come" : "");
  const plain = (text) => text.replace(/^-E/, "\u2011E").replace("->", " \u2192 ").replace(/!$/, " stale");

  const lanesOf = (run, row) => {
    const n = run.lanes.length;
    const middle = (k) => `${((k + 0.5) / n) * 100}%`;
    const box = make("span", { class: "lanes", "aria-hidden": "true" });
    for (let k = 0; k < n; k += 1) {
      box.append(make("span", { class: "lane" }, ...row.cells.filter(([lane]) => lane === k).map(([, text]) => make("i", { class: kindOf(text) }, plain(text)))));
    }
    if (row.from >= 0) {
      for (const to of row.to) {
        const [low, high] = [Math.min(row.from, to), Math.max(row.from, to)];
        box.append(make("span", { class: `arrow ${to > row.from ? "right" : "left"}${row.lost ? " lost" : ""}`, style: `left:${middle(low)};width:${((high - low) / n) * 100}%` }));
      }
      box.append(make("span", { class: "dot", style: `left:${middle(row.from)}` }));
    }
    return box;
  };

  const headsOf = (run) => make("li", { class: "heads" }, make("span", { class: "seqrow" },
    make("span", { class: "num" }, ""),
    make("span", { class: "lanes" }, ...run.lanes.map((name) => make("span", { class: "lane" }, name.replace("/", "/\u200b")))),
    make("span", { class: "say" }, "")));

  const diagram = (run, trace, go) => {
    const list = make("ol", { class: "seq", "aria-label": "steps of the run", style: `--n:${run.lanes.length}` }, headsOf(run));
    const rows = [];
    run.rows.forEach((row, index) => {
      const looped = trace.loop !== undefined && row.first > trace.loop;
      if (looped && (index === 0 || run.rows[index - 1].first <= trace.loop)) list.append(make("li", { class: "bar" }, "loop: what follows happens again and again, for ever"));
      const button = make("button", { type: "button", class: "seqrow", onclick: () => go(row.last) },
        make("span", { class: "num" }, row.n),
        lanesOf(run, row),
        make("span", { class: "say" },
          make("span", { class: "who" }, row.who), ` ${row.text}`,
          row.seen ? make("span", { class: "seen" }, `seen in ${trace.runs.length > 2 ? "all" : "both"} runs${row.seen.length ? `: ${row.seen.join(", ")}` : ""}`) : null,
          ...row.more.map((text) => make("span", { class: "more" }, text))));
      const item = make("li", { class: [row.fault ? "fault" : "", looped ? "loop" : "", row.seen ? "both" : ""].filter(Boolean).join(" ") }, button);
      rows.push({ row, item, button });
      list.append(item);
    });
    if (trace.loop !== undefined) {
      const still = trace.loop >= run.steps.length;
      list.append(make("li", { class: "bar" }, still ? "for ever: nothing happens any more" : `back to step ${trace.loop + 1}, for ever`));
    }
    list.append(make("li", { class: "end" }, trace.false));
    return { list, rows };
  };

  // --- states ---------------------------------------------------------------------------------------------------------

  const valueOf = (text) => {
    const parts = text.split(", ").map((part) => (part.endsWith("(stale)") ? make("span", { class: "stale" }, part.replace("->", "\u2192")) : part.replace("->", "\u2192")));
    return parts.flatMap((part, k) => (k ? [", ", part] : [part]));
  };

  const statesAt = (run, step) => {
    const now = [...run.first];
    let before = now;
    for (let k = 0; k < step; k += 1) {
      before = [...now];
      for (let j = 0; j < run.steps[k].length; j += 2) now[run.steps[k][j]] = run.steps[k][j + 1];
    }
    return { now, before: step ? before : now };
  };

  const nameOf = ([title, label]) => `${title}: ${label}`;

  /** Of runs side by side: names of what one of them changes, and of what they end in differently. */
  const apart = (runs) => {
    const ends = runs.map((run) => new Map(run.items.map((item, k) => [nameOf(item), statesAt(run, run.steps.length).now[k]])));
    const starts = runs.map((run) => new Map(run.items.map((item, k) => [nameOf(item), run.first[k]])));
    const names = [...new Set(ends.flatMap((end) => [...end.keys()]))];
    const moving = new Set(runs.flatMap((run) => run.steps.flatMap((step) => step.filter((_, k) => k % 2 === 0).map((place) => nameOf(run.items[place])))));
    const unlike = (maps, name) => new Set(maps.map((map) => map.get(name))).size > 1;
    return { told: new Set(names.filter((name) => moving.has(name) || unlike(starts, name))), unlike: new Set(names.filter((name) => unlike(ends, name))) };
  };

  /** Boxes of a state. Of several runs those first in which they end differently, and in one line what never changes. */
  const panels = (run, runs) => {
    const box = make("div", { class: "states", role: "group", "aria-label": "state after this step", tabindex: "0" });
    const slots = run.items.map(([, label]) => make("div", {}, make("dt", {}, label), make("dd")));
    const { told, unlike } = apart(runs);
    const shown = run.items.map((item) => runs.length < 2 || told.has(nameOf(item)));
    const differs = (title) => run.items.some((item) => item[0] === title && unlike.has(nameOf(item)));
    const titles = runs.length < 2 ? data.panels : [...data.panels.filter(differs), ...data.panels.filter((title) => !differs(title))];
    for (const title of titles) {
      const own = slots.filter((_, k) => run.items[k][0] === title && shown[k]);
      if (own.length) box.append(make("section", { class: "box" }, make("h4", {}, title), make("dl", {}, ...own)));
    }
    const same = run.items.flatMap(([, label], k) => (shown[k] ? [] : [`${label}: ${run.first[k].replace("->", "\u2192")}`]));
    if (same.length) box.append(make("p", { class: "same dim" }, `all along, in ${runs.length > 2 ? "all" : "both"} runs: ${same.join("; ")}`));
    return { box, slots };
  };

  const show = (run, slots, step, moved) => {
    const { now, before } = statesAt(run, step);
    const changed = [];
    slots.forEach((slot, k) => {
      const differs = moved && now[k] !== before[k];
      const value = slot.lastChild;
      value.replaceChildren(...valueOf(now[k]));
      if (differs) {
        value.append(make("span", { class: "was" }, `was: ${before[k]}`));
        changed.push(`${run.items[k][1]}: ${now[k]}`);
      }
      slot.className = differs ? "changed" : "";
    });
    return changed;
  };

  // --- the stepper ----------------------------------------------------------------------------------------------------

  const wordsOf = (run, step) => {
    if (!step) return "the start";
    if (run.silent[step]) return run.silent[step];
    const row = run.rows.find((r) => r.first <= step && step <= r.last);
    return row ? `${row.who}: ${row.text}` : "";
  };

  const stepper = (trace) => {
    const total = trace.order ? trace.order.length - 1 : trace.runs[0].steps.length;
    const placeOf = (step, k) => (trace.order ? trace.order[step][k] : step);
    const views = [];
    let at = 0;
    const button = (text, label, to) => make("button", { type: "button", "aria-label": label, onclick: (event) => { if (event.currentTarget.getAttribute("aria-disabled") !== "true") go(to()); } }, text);
    const first = button("|<", "to the start", () => 0);
    const back = button("< back", "one step back", () => at - 1);
    const next = button("forward >", "one step forward", () => at + 1);
    const last = button(">|", "to the end", () => total);
    const range = make("input", { type: "range", min: 0, max: total, value: 0, "aria-label": "step", oninput: () => go(Number(range.value)) });
    const again = trace.loop !== undefined && trace.loop < total ? button("round again", "back to where the loop begins", () => trace.loop) : null;
    const caption = make("div", { class: "at" });
    const bar = make("div", { class: "stepper", role: "group", "aria-label": "step through the trace" }, first, back, next, last, again, range, caption);
    const go = (wanted) => {
      const step = Math.max(0, Math.min(total, wanted));
      const moved = trace.runs.map((_, k) => step > 0 && placeOf(step, k) !== placeOf(step - 1, k));
      at = step;
      const said = [];
      views.forEach((view, k) => {
        const own = placeOf(step, k);
        const changed = show(view.run, view.slots, own, moved[k]);
        if (moved[k] || !step) said.push((trace.order && step ? `run ${k + 1}: ` : "") + wordsOf(view.run, own));
        view.rows.forEach(({ row, item, button: target }) => {
          const here = own > 0 && row.first <= own && own <= row.last;
          item.classList.toggle("now", here && moved[k]);
          item.classList.toggle("later", step > 0 && row.first > own);
          if (here && moved[k]) target.setAttribute("aria-current", "step");
          else target.removeAttribute("aria-current");
        });
        if (changed.length) said.push(changed.join("; "));
      });
      range.value = step;
      range.setAttribute("aria-valuetext", `step ${step} of ${total}`);
      // Not `disabled`: a disabled button that has the focus would swallow the keys.
      const idle = (buttons, now) => buttons.forEach((one) => one && one.setAttribute("aria-disabled", now));
      idle([first, back], step === 0);
      idle([next, last], step === total);
      idle([again], step !== total);
      bar.dataset.step = step;
      bar.dataset.steps = total;
      const words = step ? [...new Set(views.flatMap((view, k) => (moved[k] ? [wordsOf(view.run, placeOf(step, k))] : [])))].join(" | ") : "the start";
      caption.replaceChildren(make("b", {}, `step ${step} of ${total}`), `  ${words}`);
      live.textContent = `step ${step} of ${total}. ${said.join(". ")}`;
    };
    const runs = make("div", { class: `runs${trace.runs.length > 1 ? " many" : ""}` });
    trace.runs.forEach((run, k) => {
      const jump = (own) => go(trace.order ? trace.order.findIndex((done) => done[k] === own) : own);
      const { list, rows } = diagram(run, trace, jump);
      const { box, slots } = panels(run, trace.runs);
      const left = make("div", {},
        trace.runs.length > 1 ? make("h3", {}, `run ${k + 1}: ${run.steps.length} steps`) : null,
        run.start.length ? make("ul", { class: "start", "aria-label": "the start" }, ...run.start.map((t) => make("li", {}, t))) : null,
        list);
      views.push({ run, rows, slots });
      runs.append(make("div", { class: "run" }, left, box));
    });
    go(0);
    /** On paper stands the last state, which is the one that is wrong; afterwards the page is where it was. */
    let kept = 0;
    window.addEventListener("beforeprint", () => { kept = at; go(total); });
    window.addEventListener("afterprint", () => go(kept));
    const fair = trace.fair ? make("p", { class: "dim" }, trace.fair) : null;
    return { parts: [bar, runs, fair], holds: (target) => bar.contains(target) || runs.contains(target), key: (name) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: total }[name];
      if (to === undefined) return false;
      go(to);
      return true;
    } };
  };

  // --- one cell at a time ---------------------------------------------------------------------------------------------

  const opened = new Map();

  const ways = (id) => {
    const known = [...document.querySelectorAll("#matrix .matrix a.mark, .singles a.mark")].map((a) => a.hash.slice(1));
    const place = known.indexOf(id);
    const link = (k, text) => (k >= 0 && k < known.length ? make("a", { href: `#${known[k]}` }, text) : "");
    return make("nav", { class: "way", "aria-label": "cells" }, make("a", { href: "#matrix" }, "Back to the matrix"), link(place - 1, "Previous cell"), link(place + 1, "Next cell"));
  };

  const fill = (section) => {
    if (opened.has(section.id) || section.dataset.cell === undefined) return;
    const cell = unpack(data.cells[Number(section.dataset.cell)]);
    const body = section.querySelector(".body");
    body.append(ways(section.id), ...(cell.facts ? single(cell) : [head(cell)]));
    const own = [];
    const step = (trace) => {
      own.push(stepper(trace));
      body.append(...own.at(-1).parts.filter(Boolean));
    };
    if (cell.trace) {
      body.append(make("p", { class: "dim hint" }, "Step with the buttons, the slider or the arrow keys; Home and End go to the ends."));
      step(cell.trace);
    }
    if (!cell.trace || cell.facts) body.append(...proof(cell));
    else body.append(...reasons(cell));
    if (cell.alike) {
      body.append(make("h3", {}, cell.alike.title), facts([["false at the end", cell.alike.false, "false"], ["the VMM sees", cell.alike.sees], ["reproduce", make("pre", {}, cell.alike.command)]]));
      step(cell.alike);
    }
    body.append(...(cell.facts ? [] : scope(cell)), ways(section.id));
    opened.set(section.id, own);
  };

  const route = () => {
    const section = cells.find((c) => c.id === location.hash.slice(1));
    cells.forEach((c) => { c.hidden = c !== section; });
    overview.hidden = Boolean(section);
    stepping = [];
    live.textContent = "";
    if (section) {
      fill(section);
      stepping = opened.get(section.id) || [];
      window.scrollTo(0, 0);
      section.querySelector("h2").focus({ preventScroll: true });
      left = section.id;
    } else if (left) {
      const link = document.querySelector(`a.mark[href="#${left}"]`);
      left = "";
      if (link && link.offsetParent !== null) link.focus();
    }
  };
  let left = "";

  // --- filters, keys, colours -----------------------------------------------------------------------------------------

  const filters = byId("filters");
  const filter = () => {
    const wanted = Object.fromEntries(new FormData(filters));
    for (const part of document.querySelectorAll(".matrix")) {
      part.hidden = Boolean(wanted.contract) && part.dataset.contract !== wanted.contract;
      for (const row of part.querySelectorAll("tbody tr")) {
        row.hidden = Boolean(wanted.property && row.dataset.property !== wanted.property) || Boolean(wanted.policy && row.dataset.policy !== wanted.policy);
      }
      for (const box of part.querySelectorAll("[data-design]")) box.hidden = Boolean(wanted.design) && box.dataset.design !== wanted.design;
    }
  };
  filters.addEventListener("change", filter);

  const moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const moveFrom = (link, [down, right]) => {
    const box = link.closest("td");
    const marks = [...box.querySelectorAll("a.mark")];
    const beside = marks[marks.indexOf(link) + down + right];
    if (beside) { beside.focus(); return; }
    let row = box.parentElement;
    let column = box.cellIndex;
    for (;;) {
      column += right;
      row = down > 0 ? row.nextElementSibling : down < 0 ? row.previousElementSibling : row;
      if (!row || column < 1 || column >= row.cells.length) return;
      const target = row.cells[column].querySelector("a.mark");
      if (target && target.offsetParent !== null) { target.focus(); return; }
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target;
    if (event.key === "Escape" && overview.hidden) { location.hash = "#matrix"; return; }
    if (target.matches("#matrix a.mark, #recover a.mark, .singles a.mark") && moves[event.key]) { event.preventDefault(); moveFrom(target, moves[event.key]); return; }
    const own = stepping.find((one) => one.holds(target)) || stepping[0];
    if (own && !target.matches("input, select, textarea, pre") && own.key(event.key)) event.preventDefault();
  });

  const themes = ["system", "light", "dark"];
  let theme = 0;
  byId("theme").addEventListener("click", (event) => {
    theme = (theme + 1) % themes.length;
    if (theme) document.documentElement.dataset.theme = themes[theme];
    else delete document.documentElement.dataset.theme;
    event.currentTarget.textContent = `Colours: ${themes[theme]}`;
    event.currentTarget.setAttribute("aria-label", `Colours: ${theme ? themes[theme] : "as the system has them"}`);
  });
  byId("print").addEventListener("click", () => window.print());
  window.addEventListener("hashchange", route);
  filter();
  route();
})();
